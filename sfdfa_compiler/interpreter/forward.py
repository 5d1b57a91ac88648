"""Kernels `forward` and `sort`: events in, spikes out (semantics, section 2)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.interpreter.spikes import Log
from sfdfa_compiler.interpreter.train import MARKER, Train
from sfdfa_compiler.schedule import Phase

Array = NDArray[Any]


def forward(phase: Phase, train: Train, weight: Array, max_spikes: int) -> Log:
    """All spikes of a layer in a batch, in the order in which they were found.

    Vectorised over samples and neurons, element by element; samples with many elements come
    first, so that those still running are a prefix.

    Args:
        phase: The plan's `forward` phase.
        train: What the layer hears.
        weight: (pre, post).
        max_spikes: A neuron is mute once it has fired so often in a sample.
    """
    order = np.argsort(-train.count, kind="stable")
    train = train.rows(order)
    real = weight.dtype
    shape = (len(order), weight.shape[1])
    a, b = np.zeros(shape, real), np.zeros(shape, real)
    fired = np.zeros(shape, np.int64)
    spikes = _Spikes(phase, train, fired, max_spikes)
    for k in range(train.E.shape[1]):
        live = int(np.searchsorted(-train.count, -k, side="left"))
        _integrate(phase, train, weight, k, live, a, b)
        tested = np.flatnonzero(train.close[:live, k] != train.E[:live, k])
        if len(tested) == 0:
            continue  # the same instant: integrate all of it first
        rows = slice(live) if len(tested) == live else tested
        now, end = train.E[rows, k, None], train.close[rows, k, None]
        (fires,) = evaluate(
            phase.micros["crossing"], a[rows], b[rows], now, end, *spikes.levels, want=("fires",)
        )
        row, neuron = np.nonzero(fires)
        if len(row):
            spikes.fire(k, tested[row], neuron, a, b)
    log = spikes.log(real)
    return log.take(np.arange(len(log))) if len(order) == 0 else _restore(log, order)


def _restore(log: Log, order: Array) -> Log:
    """Samples by their number in the batch again."""
    columns = {name: getattr(log, name) for name in Log.__dataclass_fields__}
    return Log(**{**columns, "sample": order[log.sample]})


def _integrate(
    phase: Phase, train: Train, weight: Array, k: int, live: int, a: Array, b: Array
) -> None:
    """Element k of the samples still running: an event joins the sums, a marker rescales them."""
    neuron = train.neuron[:live, k]
    rows: slice | Array = slice(live)
    if "next_epoch" in phase.micros:
        marked = np.flatnonzero(neuron == MARKER)
        a[marked], b[marked] = evaluate(phase.micros["next_epoch"], a[marked], b[marked])
        rows = np.flatnonzero(neuron != MARKER)
        neuron = neuron[rows]
    a[rows], b[rows] = evaluate(
        phase.micros["integrate"], a[rows], b[rows], weight[neuron], train.E[rows, k, None]
    )


class _Spikes:
    """The inner loop of a few neurons that fire, and what it logs."""

    def __init__(self, phase: Phase, train: Train, fired: Array, max_spikes: int) -> None:
        self.phase = phase
        self.train = train
        self.fired = fired  # (samples, neurons): spikes so far
        self.max_spikes = max_spikes
        real = train.E.dtype.type
        self.theta = real(phase.constants["theta"])
        self.levels = (self.theta, real(phase.constants["theta4"]))
        self.floor = real(phase.constants["theta_floor"])
        self.parts: list[Log] = []

    def fire(self, k: int, sample: Array, neuron: Array, a: Array, b: Array) -> None:
        """Let the neurons fire that passed the test at element k, as often as they pass it."""
        now, end = self.train.E[sample, k], self.train.close[sample, k]
        epoch = self.train.epoch[sample, k]
        while True:
            sums = a[sample, neuron], b[sample, neuron]
            fires, up = evaluate(self.phase.micros["crossing"], *sums, now, end, *self.levels)
            fires &= self.fired[sample, neuron] < self.max_spikes
            sample, neuron, epoch, end = sample[fires], neuron[fires], epoch[fires], end[fires]
            if len(sample) == 0:
                return
            now = up[fires]
            b[sample, neuron], z, A = evaluate(
                self.phase.micros["fire"],
                *(part[fires] for part in sums),
                now,
                self.theta,
                self.floor,
            )
            self.parts.append(
                Log(
                    sample=sample,
                    element=np.full(len(sample), k),
                    neuron=neuron,
                    rank=self.fired[sample, neuron],
                    epoch=epoch,
                    E=now,
                    z=z,
                    A=A,
                )
            )
            self.fired[sample, neuron] += 1

    def log(self, real: np.dtype[Any]) -> Log:
        """All that was logged."""
        nothing, none = np.zeros(0, np.int64), np.zeros(0, real)
        empty = Log(
            sample=nothing, element=nothing, neuron=nothing, rank=nothing, epoch=nothing,
            E=none, z=none, A=none,
        )  # fmt: skip
        return Log.join([empty, *self.parts])
