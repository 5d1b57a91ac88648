"""A session of a few lines: quick, deterministic, and easy to spoil.

Its spikes are a plain function of weights and samples; it stands in for a target where the loop,
the checkpoints or the comparison are tested, not the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sfdfa_compiler.arith import FLOAT32
from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.data import Events
from sfdfa_compiler.ir import Readout
from sfdfa_compiler.schedule import BatchPlace, LayerPlan, Schedule, Window
from sfdfa_compiler.training import Samples

HIDDEN, OUTPUT = 4, 3
READOUT = Readout(layer="output", correct=5.0, other=1.0)


def layer(name: str, size: int, source: str, source_size: int, index: int) -> LayerPlan:
    """A layer's plan."""
    return LayerPlan(
        name=name,
        size=size,
        source=source,
        source_size=source_size,
        source_is_input=index == 0,
        index=index,
        max_spikes=30,
        is_output=name == "output",
        learns=True,
    )


def plan(batch: int = 4, epochs: int = 3) -> Schedule:
    """A plan without phases: the fake session needs none."""
    return Schedule(
        name="fake",
        profile="event32",
        real=FLOAT32,
        time=Window(tau=0.26, epoch=0, E=2.0),
        layers=(
            layer("hidden", HIDDEN, "input", 2, 0),
            layer("output", OUTPUT, "hidden", HIDDEN, 1),
        ),
        forward=(),
        learn=(),
        buffers={},
        classes=OUTPUT,
        batch=batch,
        room=batch,
        epochs=epochs,
        shards=1,
    )


def start() -> State:
    """Some weights."""
    weights = {
        "hidden": np.linspace(-1, 1, 2 * HIDDEN, dtype=np.float32).reshape(2, HIDDEN),
        "output": np.linspace(1, -1, HIDDEN * OUTPUT, dtype=np.float32).reshape(HIDDEN, OUTPUT),
    }
    zeros = {name: np.zeros_like(weight) for name, weight in weights.items()}
    feedback = {"hidden": np.zeros((HIDDEN, OUTPUT), np.float32)}
    return State(weights=weights, feedback=feedback, m=zeros, v=dict(zeros))


def samples(count: int, seed: int = 0) -> Samples:
    """Two events a sample, and a label."""
    random = np.random.default_rng(seed)
    events = Events(
        offsets=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        E=np.sort(random.uniform(1, 2, (count, 2)).astype(np.float32), axis=1).ravel(),
        neuron=np.tile(np.arange(2, dtype=np.uint32), count),
    )
    return Samples(events={"input": events}, labels=random.integers(0, OUTPUT, count))


class FakeSession:
    """Counts its calls; `spoil` may change every trace and forward pass on its way out."""

    def __init__(self, schedule: Schedule | None = None, state: State | None = None) -> None:
        self.schedule = schedule or plan()
        self._state = state or start()
        self.learned: list[tuple[BatchPlace, list[int]]] = []
        self.spoil_forward: Callable[[Forward, Batch], Forward] = lambda forward, batch: forward
        self.spoil_trace: Callable[[Trace, int], None] = lambda trace, step: None
        self.after_learning: Callable[[int], None] = lambda count: None

    def state(self) -> State:
        return self._state.copy()

    def load(self, state: State) -> None:
        self._state = state.copy()

    def close(self) -> None:
        pass

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        result = self._forward(batch)
        result = self.spoil_forward(result, batch)
        if record:
            return result
        return Forward(counts=result.counts, activity=result.activity, saturated=result.saturated)

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        result = self._forward(batch)
        gradient = {
            name: np.float32(0.01) * np.float32(batch.rows.sum() + place.epoch) * weight
            for name, weight in self._state.weights.items()
        }
        for name, weight in self._state.weights.items():
            self._state.weights[name] = weight - gradient[name]
        self._state.step += 1
        if trace is not None:
            for name in ("hidden", "output"):
                trace.add("spikes", name, result.spikes[name])
            trace.add("counts", "output", result.counts)
            for name in ("hidden", "output"):
                trace.add("gradient", name, gradient[name])
            for name in ("hidden", "output"):
                trace.add("weights", name, self._state.weights[name].copy())
            self.spoil_trace(trace, place.step)
        self.learned.append((place, batch.rows.tolist()))
        self.after_learning(len(self.learned))
        return result

    def _forward(self, batch: Batch) -> Forward:
        heard = batch.events["input"].take(batch.rows)
        times = heard.E.reshape(-1, 2)
        spikes, counts = {}, {}
        for name, size in (("hidden", HIDDEN), ("output", OUTPUT)):
            total = float(np.abs(self._state.weights[name]).sum())
            number = (np.floor(times[:, :1] * 7 + total) % (1 + np.arange(size))).astype(np.int64)
            counts[name] = number.astype(np.uint32)
            spikes[name] = _spread(number, times[:, 0])
        return Forward(
            counts=counts["output"],
            activity={n: c.sum(axis=0, dtype=np.uint32) for n, c in counts.items()},
            saturated={n: int((c >= 3).sum()) for n, c in counts.items()},
            spikes=spikes,
        )


def _spread(number: np.ndarray, first: np.ndarray) -> Events:
    """So many spikes of each neuron and sample, sorted by (E, neuron)."""
    E, neuron, offsets = [], [], [0]
    for counts, begin in zip(number, first, strict=True):
        train = sorted(
            (float(np.float32(begin + 0.01 * (k + 1) + 0.001 * i)), i)
            for i, count in enumerate(counts)
            for k in range(count)
        )
        E += [time for time, _ in train]
        neuron += [index for _, index in train]
        offsets.append(len(E))
    return Events(
        offsets=np.array(offsets, np.int64),
        E=np.array(E, np.float32),
        neuron=np.array(neuron, np.uint32),
    )
