"""What a running target looks like from outside: one state, batches in, results out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.events import AnyEvents, Events, StepEvents, of_kind
from sfdfa_compiler.schedule import BatchPlace, Schedule

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some samples of a data set that is resident as `Events`: nothing is copied.

    `rows` names the samples: positions in `events` and `labels`, which are their indices in the
    data set's file, as the random numbers of a sample depend on them.
    """

    events: Mapping[str, AnyEvents]  # by input
    rows: NDArray[np.int64]  # (samples,)
    labels: NDArray[np.int64] | None = None  # of the whole data set; needed to learn

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """What a forward pass says of a batch, cheaply; spikes only when recorded."""

    counts: NDArray[np.uint32]  # spikes of the readout layer, (samples, classes)
    activity: Mapping[str, NDArray[np.uint32]]  # by layer: spikes of each neuron, (size,)
    saturated: Mapping[str, int]  # by layer: neurons, over samples, that fell mute
    spikes: Mapping[str, AnyEvents] = field(default_factory=dict)  # by layer, if recorded

    @classmethod
    def of(
        cls,
        schedule: Schedule,
        counts: Mapping[str, NDArray[np.uint32]],
        spikes: Mapping[str, AnyEvents],
    ) -> Forward:
        """What the spikes of a batch say.

        Args:
            schedule: The plan.
            counts: By layer: spikes of each neuron in each sample, (samples, size).
            spikes: By layer, if recorded.
        """
        some = next(iter(counts.values()))
        outputs = [counts[layer.name].copy() for layer in schedule.layers if layer.is_output]
        return cls(
            counts=outputs[0] if outputs else np.zeros((len(some), 0), np.uint32),
            activity={name: array.sum(axis=0, dtype=np.uint32) for name, array in counts.items()},
            saturated={
                layer.name: int(np.count_nonzero(counts[layer.name] >= layer.max_spikes))
                for layer in schedule.layers
            },
            spikes=spikes,
        )

    @classmethod
    def join(cls, parts: Sequence[Forward]) -> Forward:
        """One result of several, their samples one after the other."""
        if len(parts) == 1:
            return parts[0]
        first = parts[0]
        return cls(
            counts=np.concatenate([part.counts for part in parts]),
            activity={
                name: np.sum([part.activity[name] for part in parts], axis=0, dtype=np.uint32)
                for name in first.activity
            },
            saturated={name: sum(p.saturated[name] for p in parts) for name in first.saturated},
            spikes={name: _joined([p.spikes[name] for p in parts]) for name in first.spikes},
        )


def _joined(parts: Sequence[AnyEvents]) -> AnyEvents:
    if isinstance(parts[0], Events):
        return Events.join([of_kind(Events, part) for part in parts])
    return StepEvents.join([of_kind(StepEvents, part) for part in parts])


@dataclass(slots=True, kw_only=True)
class State:
    """Everything that training changes, as plain arrays of the profile's format."""

    weights: dict[str, Array]  # by layer, (pre, post)
    feedback: dict[str, Array] = field(default_factory=dict)  # by hidden layer, (neuron, class)
    m: dict[str, Array] = field(default_factory=dict)  # Adam's moments, as weights
    v: dict[str, Array] = field(default_factory=dict)
    step: int = 0  # batches (clock profile: samples) trained so far

    def copy(self) -> State:
        """An independent copy."""
        return State(
            weights={k: a.copy() for k, a in self.weights.items()},
            feedback={k: a.copy() for k, a in self.feedback.items()},
            m={k: a.copy() for k, a in self.m.items()},
            v={k: a.copy() for k, a in self.v.items()},
            step=self.step,
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """One result on the way of a batch: the unit in which targets are compared."""

    name: str  # "spikes", "counts", "perturbation", "derivative", "feedback", "delta" ...
    layer: str | None
    value: Array | AnyEvents


@dataclass(slots=True)
class Trace:
    """All stages of a batch, in the order of the plan. Layers are in execution order."""

    stages: list[Stage] = field(default_factory=list)

    def add(self, name: str, layer: str | None, value: Array | AnyEvents) -> None:
        """Record a stage."""
        self.stages.append(Stage(name, layer, value))

    def __iter__(self) -> Iterator[Stage]:
        """The stages in order."""
        return iter(self.stages)


class Session(Protocol):
    """One trained state on one device; epochs, checkpoints, progress exist once, in training."""

    schedule: Schedule

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run the forward phases; with `record`, return all spikes of all layers."""
        ...

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        """Train on one batch; `trace`, if given, is filled with every stage."""
        ...

    def state(self) -> State:
        """A copy of the state."""
        ...

    def load(self, state: State) -> None:
        """Replace the state."""
        ...

    def close(self) -> None:
        """Free what the session holds outside of Python."""
        ...
