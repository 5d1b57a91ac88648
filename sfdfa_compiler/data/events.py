"""Events of samples as every target takes them: flat arrays with offsets, ready for a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events of one population for some samples, sorted by (epoch, E, neuron, order of firing).

    Times are in the exponential time domain, E = exp(t / tau), with an epoch where the window is
    long (semantics, section 2): `E` in [1, 2^16].
    """

    offsets: NDArray[np.int64]  # (samples + 1,): events of sample s are offsets[s]:offsets[s + 1]
    E: Real  # (events,), float32 or float64 by profile
    neuron: NDArray[np.uint32]  # (events,)
    epoch: NDArray[np.uint32] | None = None  # (events,); None: the window is short, all are 0

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.offsets) - 1

    def take(self, samples: NDArray[np.integer[Any]]) -> Events:
        """Events of the samples named, in that order."""
        starts = self.offsets[samples]
        counts = self.offsets[np.asarray(samples) + 1] - starts
        offsets = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        index = np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])
        return Events(
            offsets=offsets,
            E=self.E[index],
            neuron=self.neuron[index],
            epoch=None if self.epoch is None else self.epoch[index],
        )
