"""What the forward passes of some samples add up to: spikes, errors, time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.ir import Readout
from sfdfa_compiler.training.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of a pass over a set, as people and files read them."""

    samples: int
    accuracy: float | None  # share of the samples that are named right; None without labels
    loss: float | None  # mean squared error of an output neuron's spike count
    spikes_per_sample: Mapping[str, float]  # by layer
    saturated: Mapping[str, int]  # by layer: neurons, over samples, that fell mute
    dead: Mapping[str, int]  # by layer: neurons that never fired in the whole pass
    wall: float  # time in the target [s]
    cpu: float  # the same of all threads together [s]

    @property
    def samples_per_s(self) -> float | None:
        """Throughput by the clock on the wall."""
        return self.samples / self.wall if self.wall > 0 else None

    @property
    def samples_per_cpu_s(self) -> float | None:
        """Throughput by processor time."""
        return self.samples / self.cpu if self.cpu > 0 else None


@dataclass(slots=True)
class Tally:
    """A pass that is under way."""

    samples: int = 0
    correct: int = 0
    squared_error: float = 0.0  # over samples and classes
    labelled: int = 0  # counts that `squared_error` adds up
    activity: dict[str, NDArray[np.int64]] = field(default_factory=dict)  # spikes of each neuron
    saturated: dict[str, int] = field(default_factory=dict)
    watch: Stopwatch = field(default_factory=Stopwatch)

    def add(
        self,
        forward: Forward,
        labels: NDArray[np.int64] | None = None,
        readout: Readout | None = None,
    ) -> None:
        """One more batch. Without labels or readout there is no accuracy and no loss."""
        self.samples += len(forward.counts)
        for layer, spikes in forward.activity.items():
            self.activity[layer] = self.activity.get(layer, 0) + spikes.astype(np.int64)
            self.saturated[layer] = self.saturated.get(layer, 0) + forward.saturated[layer]
        if labels is not None and readout is not None:
            self.correct += int((decode(forward.counts) == labels).sum())
            for error in squared_errors(forward.counts, labels, readout).tolist():
                self.squared_error += error  # one by one: batches may be cut anywhere
            self.labelled += forward.counts.size

    def summary(self) -> Summary:
        """The figures so far."""
        samples = max(self.samples, 1)
        return Summary(
            samples=self.samples,
            accuracy=self.correct / samples if self.labelled else None,
            loss=self.squared_error / self.labelled if self.labelled else None,
            spikes_per_sample={
                layer: float(spikes.sum() / samples) for layer, spikes in self.activity.items()
            },
            saturated=dict(self.saturated),
            dead={layer: int((spikes == 0).sum()) for layer, spikes in self.activity.items()},
            wall=self.watch.wall,
            cpu=self.watch.cpu,
        )


def decode(counts: NDArray[Any]) -> NDArray[np.int64]:
    """The class of each sample: most spikes; ties go to the lowest index."""
    return np.asarray(counts.argmax(axis=1), np.int64)


def squared_errors(
    counts: NDArray[np.uint32], labels: NDArray[np.int64], readout: Readout
) -> NDArray[np.float64]:
    """Of each sample: sum over classes of (wanted count - count)^2 (semantics, section 4)."""
    wanted = np.full(counts.shape, readout.other)
    wanted[np.arange(len(labels)), labels] = readout.correct
    errors: NDArray[np.float64] = ((wanted - counts) ** 2).sum(axis=1)
    return errors
