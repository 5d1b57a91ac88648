"""Kernel `on_step`: the steps of a sample, arrivals in, spikes out (docs/clock.md, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen.clock_rules import Sum, overflow
from sfdfa_compiler.data.events import StepEvents
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.schedule import Clock, LayerPlan, Phase
from sfdfa_compiler.schedule.clock import most_added

Array = NDArray[Any]
Index = NDArray[np.int64]


def on_step(
    phase: Phase, plan: LayerPlan, clock: Clock, heard: StepEvents, weight: Array, names: Index
) -> StepEvents:
    """All spikes of a layer in some samples, each in the step in which it is sent.

    Args:
        phase: The plan's phase.
        plan: The layer.
        clock: Steps and numbers.
        heard: What the layer hears, each in the step in which it was sent.
        weight: (pre, post).
        names: Of the samples, for messages.

    Raises:
        UserError: SNN570 if a sum overflows where the profile has no rule for it.
    """
    micros, constants = phase.micros, phase.constants
    potential, total, decay = (
        dtype(variable.format)
        for variable in (clock.formats.potential, clock.formats.total, clock.formats.decay)
    )
    theta = potential.type(constants["theta"])
    left_mem, left_syn = decay.type(constants["left_mem"]), decay.type(constants["left_syn"])

    delay = 0 if plan.source_is_input else clock.latency
    arrivals = _Arrivals.of(heard, delay, clock.steps)
    if len(crowded := arrivals.beyond(most_added(clock))):
        sample, step = arrivals.sample[crowded[0]], arrivals.step[crowded[0]]
        raise overflow(Sum.RECEIVED, plan.name, clock, names[sample], step)
    shape = (len(heard), plan.size)
    mem, syn, spikes = (np.zeros(shape, kind) for kind in (potential, potential, np.int64))
    sent: list[tuple[Index, Index, Index]] = []
    for step in range(clock.steps):
        (mem,) = evaluate(micros["leak"], mem, left_mem)
        (syn,) = evaluate(micros["leak"], syn, left_syn)
        received = np.zeros(shape, total)
        for sample, neuron in arrivals.groups(step):
            (received[sample],) = evaluate(micros["receive"], received[sample], weight[neuron])
        mem, *mem_fits = evaluate(micros["charge"], mem, received)
        syn, *syn_fits = evaluate(micros["charge"], syn, received)
        for fits in (*mem_fits, *syn_fits):
            if not fits.all():
                sample = np.nonzero(~fits)[0][0]
                raise overflow(Sum.POTENTIALS, plan.name, clock, names[sample], step)
        (crosses,) = evaluate(micros["crosses"], mem, syn, theta)
        sample, neuron = np.nonzero(crosses & (spikes < plan.max_spikes))
        (mem[sample, neuron],) = evaluate(micros["reset"], mem[sample, neuron], theta)
        spikes[sample, neuron] += 1
        sent.append((sample, np.full(len(sample), step), neuron))
    return _packed(len(heard), sent)


def _packed(samples: int, sent: list[tuple[Index, Index, Index]]) -> StepEvents:
    """Spikes in order of (step, sample, neuron) as events of the samples."""
    sample, step, neuron = (np.concatenate(column) for column in zip(*sent, strict=True))
    order = np.argsort(sample, kind="stable")
    return StepEvents(
        offsets=offsets_of(np.bincount(sample, minlength=samples)),
        step=step[order].astype(np.uint32),
        neuron=neuron[order].astype(np.uint32),
        count=np.ones(len(sample), np.uint32),
    )


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """What some samples hear, one element an arrival, sorted by (step, rank, sample)."""

    sample: Index
    step: Index
    rank: Index  # of the arrival among those of its sample and step, by neuron
    neuron: Index
    starts: Index  # (steps + 1,): arrivals of step n are starts[n]:starts[n + 1]

    @classmethod
    def of(cls, heard: StepEvents, delay: int, steps: int) -> _Arrivals:
        """The arrivals of events that were sent `delay` steps before; later ones are dropped."""
        step = heard.step.astype(np.int64) + delay
        in_time = np.flatnonzero(step < steps)
        each = np.repeat(in_time, heard.count[in_time])
        sample = np.repeat(np.arange(len(heard)), np.diff(heard.offsets))[each]
        step, neuron = step[each], heard.neuron[each].astype(np.int64)
        first = np.ones(len(each), bool)
        first[1:] = (sample[1:] != sample[:-1]) | (step[1:] != step[:-1])
        position = np.arange(len(each))
        rank = position - np.maximum.accumulate(np.where(first, position, 0))
        order = np.lexsort((sample, rank, step))
        starts = np.searchsorted(step[order], np.arange(steps + 1))
        return cls(sample[order], step[order], rank[order], neuron[order], starts)

    def beyond(self, most: float) -> Index:
        """Those that are more than `most` in their sample and step."""
        return np.flatnonzero(self.rank >= most)

    def groups(self, step: int) -> Iterator[tuple[Index, Index]]:
        """The arrivals of a step in rounds: samples that hear one more spike, and its neuron."""
        span = slice(self.starts[step], self.starts[step + 1])
        cuts = np.flatnonzero(np.diff(self.rank[span])) + 1
        samples, neurons = np.split(self.sample[span], cuts), np.split(self.neuron[span], cuts)
        yield from zip(samples, neurons, strict=True)
