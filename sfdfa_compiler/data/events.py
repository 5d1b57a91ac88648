"""Events of samples as every target takes them: flat arrays with offsets, ready for a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.ragged import (
    Index,
    check_below,
    check_columns,
    check_order,
    join_offsets,
    take_rows,
)

Real = NDArray[np.floating[Any]]
RADIX = 65536.0  # E starts again from 1 in the next epoch


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

    def check(self, size: int, real: np.dtype[Any], last_epoch: int) -> None:
        """See that they are what this class promises.

        Args:
            size: Neurons of the population.
            real: The profile's format of times.
            last_epoch: That of the window's end.

        Raises:
            TypeError: If an array has another format.
            ValueError: If lengths do not fit, a value is out of range, or the order is another.
        """
        columns = {"neuron": self.neuron} if self.epoch is None else {
            "neuron": self.neuron, "epoch": self.epoch
        }  # fmt: skip
        check_columns(self.offsets, {"E": self.E, **columns}, {"E": real})
        check_below("neuron", self.neuron, size)
        if self.epoch is not None:
            check_below("epoch", self.epoch, last_epoch + 1)
        if not (self.E.min(initial=1) >= 1 and self.E.max(initial=1) <= RADIX):
            raise ValueError(f"E is exp(t / tau): 1 to {RADIX:g}")
        keys = [self.E, self.neuron] if self.epoch is None else [self.epoch, self.E, self.neuron]
        check_order(self.offsets, keys, "(epoch, E, neuron)")

    def take(self, samples: Index) -> Events:
        """Events of the samples named, in that order."""
        offsets, index = take_rows(self.offsets, samples)
        return Events(
            offsets=offsets,
            E=self.E[index],
            neuron=self.neuron[index],
            epoch=None if self.epoch is None else self.epoch[index],
        )

    @classmethod
    def join(cls, parts: Sequence[Events]) -> Events:
        """The samples of all parts, one part after the other."""
        epochs = [part.epoch for part in parts if part.epoch is not None]
        return cls(
            offsets=join_offsets([part.offsets for part in parts]),
            E=np.concatenate([part.E for part in parts]),
            neuron=np.concatenate([part.neuron for part in parts]),
            epoch=np.concatenate(epochs) if epochs else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvents:
    """The same in the clock profile: arrivals by step, sorted by (step, neuron), none twice."""

    offsets: NDArray[np.int64]  # (samples + 1,): events of sample s are offsets[s]:offsets[s + 1]
    step: NDArray[np.uint32]  # (events,): in which step they arrive
    neuron: NDArray[np.uint32]  # (events,)
    count: NDArray[np.uint32]  # (events,): how often that neuron arrives in that step

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.offsets) - 1

    def check(self, size: int, steps: int) -> None:
        """See that they are what this class promises; `size` neurons, `steps` steps.

        Raises:
            TypeError: If an array has another format.
            ValueError: If lengths do not fit, a value is out of range, or the order is another.
        """
        columns = {"step": self.step, "neuron": self.neuron, "count": self.count}
        check_columns(self.offsets, columns)
        check_below("neuron", self.neuron, size)
        check_below("step", self.step, steps)
        check_order(self.offsets, [self.step, self.neuron], "(step, neuron)")

    def take(self, samples: Index) -> StepEvents:
        """Events of the samples named, in that order."""
        offsets, index = take_rows(self.offsets, samples)
        return StepEvents(
            offsets=offsets,
            step=self.step[index],
            neuron=self.neuron[index],
            count=self.count[index],
        )

    @classmethod
    def join(cls, parts: Sequence[StepEvents]) -> StepEvents:
        """The samples of all parts, one part after the other."""
        return cls(
            offsets=join_offsets([part.offsets for part in parts]),
            step=np.concatenate([part.step for part in parts]),
            neuron=np.concatenate([part.neuron for part in parts]),
            count=np.concatenate([part.count for part in parts]),
        )


AnyEvents = Events | StepEvents  # of an event profile, or of a clock profile
Kind = TypeVar("Kind", Events, StepEvents)


def of_kind(kind: type[Kind], events: AnyEvents) -> Kind:
    """The events, which must be of this kind; TypeError if they are of another profile."""
    if not isinstance(events, kind):
        raise TypeError(f"{kind.__name__} wanted, {type(events).__name__} given")
    return events
