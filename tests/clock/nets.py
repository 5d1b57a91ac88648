"""Small clock programs, built straight as graphs, and random arrivals."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from itertools import pairwise

import numpy as np

from sfdfa_compiler import ir
from sfdfa_compiler.data.events import StepEvents
from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.schedule import Schedule, clock_of, lower_clock

WEIGHT = ir.Uniform(-1.0, 1.0)
FORMATS = ("clock:loihi2", "clock:spinnaker", "clock:float")


def graph(
    sizes: Sequence[int],
    *,
    thresholds: Sequence[float] | float = 0.2,
    max_spikes: int = 30,
    window: float = 0.05,
    tau_mem: float = 0.02,
    drawn: ir.Values = WEIGHT,
    **settings: ir.TargetValue,
) -> ir.Graph:
    """A chain of dense layers; `settings` are those of every target's block."""
    if isinstance(thresholds, float):
        thresholds = [thresholds] * (len(sizes) - 1)
    source = ir.Input(name="input", shape=(sizes[0],), encoder=ir.Recorded())
    layers = [
        ir.LifLayer(
            name=f"layer{index}",
            shape=(size,),
            tau_mem=tau_mem,
            tau_syn=tau_mem / 2,
            threshold=threshold,
            max_spikes=max_spikes,
            index=index,
        )
        for index, (size, threshold) in enumerate(zip(sizes[1:], thresholds, strict=True))
    ]
    names = [source.name, *(layer.name for layer in layers)]
    projections = [
        ir.Projection(source=before, target=after, weight=drawn)
        for before, after in pairwise(names)
    ]
    return ir.Graph(
        name="net",
        window=window,
        nx=ir.digraph([source, *layers], projections),
        readout=ir.Readout(layer=names[-1]),
        targets={
            name: ir.TargetOptions(name=name, settings=settings)
            for name in ("loihi2", "spinnaker", "float")
        }
        if settings
        else {},
    )


def plan(net: ir.Graph, profile: str) -> Schedule:
    return lower_clock(net, clock_of(net, profile))


def read(text: str) -> ir.Graph:
    """The graph of a program."""
    file, found = parse(Source("net.snn", text))
    net, more = elaborate(file)
    assert net is not None
    assert not [*found, *more]
    return net


def mnist() -> ir.Graph:
    """The program examples/mnist.snn."""
    return read((files("sfdfa_compiler.examples") / "mnist.snn").read_text(encoding="utf-8"))


def random_arrivals(seed: int, inputs: int, steps: int, *, samples: int = 4) -> StepEvents:
    """Arrivals of some samples, some of them several times in a step; the first sample is empty."""
    rng = np.random.default_rng(seed)
    parts = []
    for sample in range(samples):
        most = 0 if sample == 0 else int(rng.integers(1, 3 * inputs))
        times = np.stack([rng.integers(0, steps, most), rng.integers(0, inputs, most)], axis=1)
        parts.append(np.unique(times, axis=0))
    flat = np.concatenate(parts).astype(np.uint32)
    count = np.where(rng.random(len(flat)) < 0.3, rng.integers(2, 6, len(flat)), 1)
    return StepEvents(
        offsets=np.cumsum([0, *map(len, parts)]),
        step=flat[:, 0],
        neuron=flat[:, 1],
        count=count.astype(np.uint32),
    )


def as_lists(events: StepEvents, *, once: bool = False) -> list[list[tuple[int, int]]]:
    """Per sample (step, neuron), as often as counted, or once."""
    count = np.ones_like(events.count) if once else events.count
    lists = []
    for start, end in pairwise(events.offsets):
        rows = zip(events.step[start:end], events.neuron[start:end], count[start:end], strict=True)
        lists.append([(int(n), int(j)) for n, j, c in rows for _ in range(c)])
    return lists
