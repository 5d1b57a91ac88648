"""Data sets in memory: images or recorded spikes with labels, as read, not yet encoded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.ragged import Index, take_rows

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Samples(ABC):
    """What images and recorded spikes have in common."""

    labels: Labels | None  # (samples,), class numbers from 0; None: for `run` only
    index: NDArray[np.int64]  # (samples,): place of the sample in its file, a Philox counter
    origin: str = field(repr=False)  # the file, as diagnostics name it

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.index)

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of input neurons that the data need."""

    @abstractmethod
    def take(self, samples: Index) -> Self:
        """The samples at these positions, in that order; each keeps its `index`."""

    def first(self, count: int) -> Self:
        """The first `count` samples, or all if there are fewer."""
        return self.take(np.arange(min(count, len(self))))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Images(_Samples):
    """Still images, one row of pixels a sample: bytes, or floating point numbers in [0, 1]."""

    pixels: NDArray[np.uint8] | NDArray[np.floating[Any]]  # (samples, neurons)

    @property
    def width(self) -> int:
        """Number of pixels of an image."""
        return int(self.pixels.shape[1])

    def take(self, samples: Index) -> Self:
        """The images at these positions, in that order; each keeps its `index`."""
        return type(self)(
            pixels=self.pixels[samples],
            labels=None if self.labels is None else self.labels[samples],
            index=self.index[samples],
            origin=self.origin,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spikes(_Samples):
    """Recorded spikes: sample s has those from `offsets[s]` to `offsets[s + 1]`, times ascending.

    Times keep the file's precision: 16, 32 or 64 bit floating point numbers.
    """

    offsets: NDArray[np.int64]  # (samples + 1,)
    times: NDArray[np.floating[Any]]  # (spikes,) [s]
    units: NDArray[np.uint32]  # (spikes,): the neuron that fired

    @property
    def width(self) -> int:
        """The largest unit and one; 0 if nothing fires."""
        return int(self.units.max()) + 1 if len(self.units) else 0

    def take(self, samples: Index) -> Self:
        """The samples at these positions, in that order; each keeps its `index`."""
        offsets, spikes = take_rows(self.offsets, samples)
        return type(self)(
            offsets=offsets,
            times=self.times[spikes],
            units=self.units[spikes],
            labels=None if self.labels is None else self.labels[samples],
            index=self.index[samples],
            origin=self.origin,
        )


Split = Images | Spikes


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was read: enough to know it again."""

    name: str
    sha256: str  # of the file as it lies there, compressed or not


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """A training and a test set. A file that holds a single set gives it twice, as one object."""

    name: str
    train: Split
    test: Split
    classes: int  # as the files name them, else the largest label and one; 0 without labels
    provenance: tuple[DataFile, ...]

    @property
    def single(self) -> bool:
        """Whether the test set is the training set: an accuracy on it is no test."""
        return self.train is self.test
