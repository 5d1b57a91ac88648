"""The interpreter's session in the clock profiles: it walks the plan, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.codegen.given import Given
from sfdfa_compiler.codegen.quantise import clock_state
from sfdfa_compiler.data.events import StepEvents, of_kind
from sfdfa_compiler.interpreter.steps import on_step
from sfdfa_compiler.schedule import BatchPlace, Schedule

Array = NDArray[Any]
CHUNK = 40_000  # samples times neurons of the widest layer, at once


class ClockSession:
    """Weights, and the steps that read them. Slow and obvious: the golden reference."""

    def __init__(self, schedule: Schedule, state: State) -> None:
        """Start from a state; see `load`."""
        self.schedule = schedule
        self._given = Given(schedule)
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
        raise ValueError(f"{self.schedule.profile} has no learning phases")

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run all steps of every sample, some samples at a time.

        Raises:
            UserError: SNN570 if a sum overflows where the profile has no rule for it.
        """
        self._given.check(batch)
        most = max(1, CHUNK // max(layer.size for layer in self.schedule.layers))
        starts = range(0, max(1, len(batch)), most)
        parts = [self._run(batch, batch.rows[start : start + most], record) for start in starts]
        return Forward.join(parts)

    def _run(self, batch: Batch, rows: NDArray[np.int64], record: bool) -> Forward:
        """Walk the plan with the samples `rows`; `sent` holds the events of every population."""
        clock = self.schedule.clock
        sent = {name: of_kind(StepEvents, e).take(rows) for name, e in batch.events.items()}
        for phase in self.schedule.forward:
            plan = self.schedule.layer(phase.layer)
            weight = self._state.weights[plan.name].astype(dtype(clock.formats.weight.format))
            sent[plan.name] = on_step(phase, plan, clock, sent[plan.source], weight, rows)
        layers = self.schedule.layers
        counts = {layer.name: _counted(sent[layer.name], layer.size) for layer in layers}
        spikes = {layer.name: sent[layer.name] for layer in layers}
        return Forward.of(self.schedule, counts, spikes if record else {})


def _counted(spikes: StepEvents, size: int) -> NDArray[np.uint32]:
    """Spikes of every neuron in every sample."""
    sample = np.repeat(np.arange(len(spikes)), np.diff(spikes.offsets))
    counts = np.bincount(sample * size + spikes.neuron, minlength=len(spikes) * size)
    return counts.reshape(len(spikes), size).astype(np.uint32)
