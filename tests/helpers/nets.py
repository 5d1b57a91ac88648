"""Small random networks and inputs, built straight as graphs: no parser, no data set."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sfdfa_compiler import ir
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import (
    Batch,
    Build,
    Device,
    Session,
    State,
    find_target,
    initial_state,
)
from sfdfa_compiler.data.encode import e_stop
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.learners import LEARNERS
from sfdfa_compiler.schedule import BatchPlace, Schedule, Window, lower_event

TAU_SYN = 0.13
TAU = 2 * TAU_SYN
RADIX = 65536.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """A graph, its plan, and the seed that it was drawn with."""

    graph: ir.Graph
    schedule: Schedule
    seed: int

    @property
    def window(self) -> Window:
        return self.schedule.window

    @property
    def real(self) -> np.dtype[Any]:
        return dtype(self.schedule.real)

    @property
    def inputs(self) -> int:
        return self.graph.inputs[0].size

    def state(self) -> State:
        return initial_state(self.graph, self.schedule, self.seed)


def program(
    weights: Sequence[np.ndarray],
    thresholds: Sequence[float],
    *,
    profile: str = "event32",
    window: float = 0.2,
    max_spikes: int = 30,
    learner: str = "sfdfa",
    gradient: ir.LocalGradient | None = None,
    penalty: ir.RatePenalty | None = None,
    batch: int = 8,
    shards: int = 1,
    frozen: Collection[int] = (),
    seed: int = 0,
) -> Program:
    """A chain of dense layers with the weights given, each (pre, post); the last is read out.

    The weights of `frozen` layers do not learn. All rates change between the two epochs.
    """
    layers = [
        ir.LifLayer(
            name=f"layer{index}",
            shape=(weight.shape[1],),
            tau_mem=TAU,
            tau_syn=TAU_SYN,
            threshold=threshold,
            max_spikes=max_spikes,
            index=index,
        )
        for index, (weight, threshold) in enumerate(zip(weights, thresholds, strict=True))
    ]
    source = ir.Input(name="input", shape=(weights[0].shape[0],), encoder=ir.Recorded())
    names = [source.name, *(layer.name for layer in layers)]
    projections = [
        ir.Projection(
            source=before,
            target=after,
            weight=ir.Listed(tuple(map(tuple, weight.tolist()))),
            learn=index not in frozen,
        )
        for index, (before, after, weight) in enumerate(
            zip(names[:-1], names[1:], weights, strict=True)
        )
    ]
    kind = LEARNERS[learner]
    rate = ir.Step((3e-3, 1e-3), at=(1,))
    graph = ir.Graph(
        name="net",
        window=window,
        nx=ir.digraph([source, *layers], projections),
        readout=ir.Readout(layer=names[-1], correct=4.0, other=1.0),
        learner=ir.LearnerSpec(
            name=learner,
            local_gradient=gradient or kind.local_gradient,
            batch=batch,
            epochs=2,
            shards=shards,
            feedback_rate=ir.Decay(0.1, factor=0.5, every=1),
            feedback=kind.feedback or ir.Constant(0.0),
            optimisers={layer.name: ir.Adam(rate=rate) for layer in layers},
            rate_penalties={layer.name: penalty for layer in layers[:-1]} if penalty else {},
        ),
    )
    real = np.float32 if profile == "event32" else np.float64
    epoch, E = e_stop(TAU, window, real)
    schedule = lower_event(graph, profile, Window(tau=TAU, epoch=epoch, E=float(E)))
    return Program(graph=graph, schedule=schedule, seed=seed)


def random_program(
    seed: int, *, sizes: Sequence[int] | None = None, hidden: int | None = None, **options: Any
) -> Program:
    """A lively network of one to three hidden layers: some zero weights, some twin neurons.

    Args:
        seed: Of everything drawn.
        sizes: Neurons of the input and of each layer; drawn unless given.
        hidden: Number of hidden layers, unless `sizes` are given.
        options: Passed on to `program`.
    """
    rng = np.random.default_rng(seed)
    if sizes is None:
        hidden = hidden or int(rng.integers(1, 4))
        sizes = [int(n) for n in rng.integers(3, 9, hidden + 2)]
    weights = []
    for pre, post in pairwise(sizes):
        weight = rng.uniform(-1.0, 2.0, (pre, post)) * 2 / np.sqrt(pre)
        weight[rng.random((pre, post)) < 0.05] = 0.0
        if post > 2:
            weight[:, post - 1] = weight[:, 0]  # twins fire at the same instants
        weights.append(weight)
    thresholds = rng.uniform(0.1, 0.25, len(weights)).tolist()
    if rng.random() < 0.7:
        options.setdefault("penalty", ir.RatePenalty(strength=0.3, target=1.5))
    return program(weights, thresholds, seed=seed, **options)


def random_events(
    seed: int, net: Program, samples: int = 6, *, most: int = 20, ties: bool = True
) -> Events:
    """Input events of some samples: the first sample is empty.

    With `ties`, half of the events fall on a few common instants; in a window of several epochs
    among them the borders of epochs and the numbers next to them.
    """
    rng = np.random.default_rng([seed, 1])
    end = net.window
    real = net.real.type
    common = [(0, 1.0), (0, 1.25), (0, 1.5)]
    if end.epoch:
        below = float(np.nextafter(real(RADIX), real(0)))
        common = [(e, E) for e in range(end.epoch) for E in (1.0, 1.0 + 2**-20, 1.5, below)]
        common.append((end.epoch, 1.0))
    lists = []
    for sample in range(samples):
        count = int(rng.integers(1, most + 1)) if sample else 0
        instants = [_instant(rng, end, real) for _ in range(count)]
        if ties:
            shared = rng.random(count) < 0.5
            chosen = rng.integers(0, len(common), count)
            instants = [
                common[c] if s else instant
                for c, s, instant in zip(chosen, shared, instants, strict=True)
            ]
        neurons = rng.integers(0, net.inputs, count).tolist()
        events = [(epoch, E, j) for (epoch, E), j in zip(instants, neurons, strict=True)]
        lists.append([event for event in events if event[:2] < (end.epoch, end.E)])
    return pack(lists, net)


def _instant(rng: np.random.Generator, end: Window, real: Any) -> tuple[int, float]:
    """An instant anywhere before the end, as (epoch, E)."""
    total = end.epoch * np.log(RADIX) + np.log(end.E)
    epoch, rest = divmod(float(rng.uniform(0, total)), np.log(RADIX))
    return int(epoch), float(np.clip(real(np.exp(rest)), 1, np.nextafter(real(RADIX), real(0))))


def pack(samples: Sequence[Sequence[tuple[int, float, int]]], net: Program) -> Events:
    """Lists of (epoch, E, neuron) as events; sorted here."""
    ordered = [sorted(sample) for sample in samples]
    flat = [event for sample in ordered for event in sample]
    epochs = np.array([epoch for epoch, _, _ in flat], np.uint32)
    return Events(
        offsets=np.cumsum([0, *map(len, ordered)]),
        E=np.array([E for _, E, _ in flat], net.real),
        neuron=np.array([neuron for _, _, neuron in flat], np.uint32),
        epoch=epochs if net.window.epoch else None,
    )


def batches(seed: int, net: Program, events: Events) -> list[tuple[Batch, BatchPlace]]:
    """Two batches, the second smaller, of samples in a random order, with random labels."""
    rng = np.random.default_rng([seed, 2])
    rows = rng.permutation(len(events))
    labels = rng.integers(0, net.schedule.classes, len(events))
    cut = (2 * len(rows) + 2) // 3
    inputs = {net.graph.inputs[0].name: events}
    return [
        (
            Batch(events=inputs, rows=part, labels=labels),
            BatchPlace(step=step, epoch=step, samples=len(part)),
        )
        for step, part in enumerate([rows[:cut], rows[cut:]])
    ]


def open_session(net: Program, target: str = "reference") -> Session:
    """A session of a target that needs no build, in the program's initial state."""
    build = Build(path=Path())
    return find_target(target).open(build, net.schedule, net.state(), Device(), net.seed)
