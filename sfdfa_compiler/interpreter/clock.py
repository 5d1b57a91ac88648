"""The interpreter's session in the clock profiles: it walks the plan, layer by layer."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.codegen.quantise import clock_state
from sfdfa_compiler.data.events import Events, StepEvents
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.interpreter.steps import on_step
from sfdfa_compiler.schedule import BatchPlace, Schedule

Array = NDArray[Any]
CHUNK = 40_000  # samples times neurons of the widest layer, at once


class ClockSession:
    """Weights, and the steps that read them. Slow and obvious: the golden reference."""

    def __init__(self, schedule: Schedule, state: State) -> None:
        """Start from a state; see `load`."""
        self.schedule = schedule
        self.load(state)

    def state(self) -> State:
        """A copy of the state."""
        return self._state.copy()

    def load(self, state: State) -> None:
        """Replace the state; weights in real numbers are rounded to those of the profile.

        Raises:
            UserError: SNN571 if the weights are those of another clock profile.
        """
        self._state = clock_state(state, self.schedule)

    def close(self) -> None:
        """Nothing to free."""

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        """Refuse: no target says that it learns in a clock profile."""
        raise NotImplementedError(f"{self.schedule.profile} has no learning phases")

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run all steps of every sample, some samples at a time.

        Raises:
            UserError: SNN570 if a sum overflows where the profile has no rule for it.
        """
        most = max(1, CHUNK // max(layer.size for layer in self.schedule.layers))
        starts = range(0, max(1, len(batch)), most)
        parts = [self._run(batch, batch.rows[start : start + most]) for start in starts]
        return self._result(
            {
                layer.name: _joined([part[layer.name] for part in parts])
                for layer in self.schedule.layers
            },
            record=record,
        )

    def _run(self, batch: Batch, rows: NDArray[np.int64]) -> dict[str, StepEvents]:
        """What every population sends in the samples `rows`."""
        clock = self.schedule.clock
        events = cast("dict[str, StepEvents]", batch.events)
        sent = {name: steps.take(rows) for name, steps in events.items()}
        for phase in self.schedule.forward:
            plan = self.schedule.layer(phase.layer)
            weight = self._state.weights[plan.name].astype(dtype(clock.formats.weight.format))
            sent[plan.name] = on_step(phase, plan, clock, sent[plan.source], weight, rows)
        return sent

    def _result(self, sent: dict[str, StepEvents], *, record: bool) -> Forward:
        """What the spikes of all layers say."""
        counts = {
            layer.name: _counted(sent[layer.name], layer.size) for layer in self.schedule.layers
        }
        outputs = [counts[layer.name] for layer in self.schedule.layers if layer.is_output]
        samples = len(next(iter(sent.values())))
        return Forward(
            counts=outputs[0] if outputs else np.zeros((samples, 0), np.uint32),
            activity={name: array.sum(axis=0, dtype=np.uint32) for name, array in counts.items()},
            saturated={
                layer.name: int((counts[layer.name] >= layer.max_spikes).sum())
                for layer in self.schedule.layers
            },
            spikes=cast("dict[str, Events]", sent) if record else {},
        )


def _counted(spikes: StepEvents, size: int) -> NDArray[np.uint32]:
    """Spikes of every neuron in every sample."""
    sample = np.repeat(np.arange(len(spikes)), np.diff(spikes.offsets))
    counts = np.bincount(sample * size + spikes.neuron, minlength=len(spikes) * size)
    return counts.reshape(len(spikes), size).astype(np.uint32)


def _joined(parts: list[StepEvents]) -> StepEvents:
    """Samples of one part behind those of the other."""
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("step", "neuron", "count")
    }
    lengths = np.concatenate([np.diff(part.offsets) for part in parts])
    return StepEvents(offsets=offsets_of(lengths), **columns)
