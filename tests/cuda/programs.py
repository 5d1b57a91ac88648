"""Small programs that lead through every branch of the kernels, and their training on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import (
    Artifact,
    Batch,
    Device,
    Forward,
    Session,
    State,
    Trace,
)
from sfdfa_compiler.data.encode import encode
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.data.load import load
from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.parallel import Exchange
from sfdfa_compiler.schedule import BatchPlace, lower_event
from sfdfa_compiler.targets.cuda import TARGET
from sfdfa_compiler.targets.cuda.emit import KERNELS
from tests.helpers import courses, nets, vectors
from tests.helpers.compare import assert_same_bits

EXACT, MODIFIED = ir.LocalGradient.EXACT, ir.LocalGradient.MODIFIED
PENALTY = ir.RatePenalty(strength=0.3, target=1.5)
LONG = 7.0  # seconds: several epochs

# What a person names an order, as the environment's SFDFAC_CUDA_ORDER takes it.
ORDERS = ("ascending", "descending", "1", "2", "3")

CHAINS: dict[str, dict[str, object]] = {
    "sfdfa": {"sizes": (33, 65, 47), "learner": "sfdfa", "penalty": PENALTY},
    "sfdfa_exact": {"sizes": (35, 40, 33, 5), "learner": "sfdfa", "gradient": EXACT},
    "dfa_shards": {"sizes": (34, 33, 11), "learner": "dfa", "shards": 3, "penalty": PENALTY},
    "bp": {"sizes": (33, 50, 34, 6), "learner": "bp", "gradient": EXACT, "penalty": None},
    "bp_shards": {
        "sizes": (40, 33, 3), "learner": "bp", "gradient": MODIFIED, "shards": 2,
        "penalty": PENALTY,
    },
    "long_window": {"sizes": (33, 40, 7), "learner": "sfdfa", "window": LONG, "penalty": PENALTY},
    "long_window_bp": {
        "sizes": (33, 40, 33, 5), "learner": "bp", "window": LONG, "penalty": PENALTY,
    },
    "one_neuron": {"sizes": (34, 1, 33, 1), "learner": "sfdfa", "gradient": MODIFIED},
    "frozen": {"sizes": (33, 64, 5), "learner": "bp", "frozen": (0,), "penalty": PENALTY},
    "saturated": {"sizes": (36, 64, 10), "learner": "dfa", "max_spikes": 2, "gradient": EXACT},
}  # fmt: skip

TWO_INPUTS = """\
network two_inputs {
    window = 200 ms
    cell   = lif(tau_syn = 130 ms, threshold = 0.2)

    input left[33] { encode spikes }
    input right[17] { encode spikes }
    layer near[40] { from left dense(weight ~ uniform(-1, 2)), cell }
    layer far[35] { from right dense(weight ~ uniform(-1, 2)), cell }
    layer output[6] { from near dense(weight ~ uniform(-1, 2)), cell }
    readout output spike_count
    learner sfdfa { adam(rate = 1e-3), rate_penalty(far, strength = 0.1, target = 1), batch = 8 }
}
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A program and what it is trained on."""

    name: str
    net: nets.Program
    events: dict[str, Events]
    batch: int = 4
    batches: int = 10

    @property
    def samples(self) -> int:
        """Of the data set."""
        return len(next(iter(self.events.values())))

    @property
    def text(self) -> str:
        """The kernels."""
        return TARGET.emit(self.net.schedule, courses.ORIGIN).files[KERNELS]

    def labels(self) -> np.ndarray:
        """A class for each sample."""
        rng = np.random.default_rng([self.net.seed, 3])
        return rng.integers(0, self.net.schedule.classes, self.samples)

    def course(self) -> Iterator[tuple[Batch, BatchPlace]]:
        """Batches of epochs in random orders; the last of an epoch may be smaller."""
        rng = np.random.default_rng([self.net.seed, 2])
        labels = self.labels()
        step = epoch = 0
        while step < self.batches:
            rows = rng.permutation(self.samples)
            for start in range(0, self.samples, self.batch):
                part = rows[start : start + self.batch]
                yield (
                    Batch(events=self.events, rows=part, labels=labels),
                    BatchPlace(step=step, epoch=epoch, samples=len(part)),
                )
                step += 1
                if step == self.batches:
                    return
            epoch += 1


@dataclass(frozen=True)
class Result:
    """What a training has to say: every stage of every batch, and a forward pass behind them."""

    traces: tuple[Trace, ...]
    forward: Forward


def train(case: Case, session: Session) -> Result:
    """All batches, then all samples forward."""
    traces = []
    for batch, place in case.course():
        traces.append(Trace())
        session.learn(batch, place, traces[-1])
    everything = Batch(events=case.events, rows=np.arange(case.samples))
    result = Result(tuple(traces), session.forward(everything, record=True))
    session.close()
    return result


@cache
def case_of(name: str, batches: int = 10) -> Case:
    """A case by name, trained for so many batches."""
    return replace(CASES[name](), batches=batches)


@cache
def wanted(name: str, batches: int = 10) -> Result:
    """What the reference says."""
    case = case_of(name, batches)
    return train(case, open_reference(case))


def open_reference(case: Case) -> Session:
    """A session of the interpreter."""
    opener = courses.target("reference")
    return opener(case.net.graph, case.net.schedule, case.net.state(), case.net.seed)


def open_text(case: Case, text: str, exchange: Exchange | None = None) -> Session:
    """A session of the target cuda on the CPU, with kernels that need not be those of the case."""
    build = TARGET.build(Artifact({KERNELS: text}), None)
    device = Device(name="cpu", exchange=exchange)
    return TARGET.open(build, case.net.schedule, case.net.state(), device, case.net.seed)


def final_state(case: Case, session: Session) -> State:
    """What all batches make of it."""
    for batch, place in case.course():
        session.learn(batch, place)
    return session.state()


def assert_same_result(got: Result, reference: Result) -> None:
    """Every bit of every stage."""
    for ours, theirs in zip(got.traces, reference.traces, strict=True):
        assert_same_bits(ours, theirs)
    assert got.forward.counts.tobytes() == reference.forward.counts.tobytes()
    assert got.forward.saturated == reference.forward.saturated
    for layer, spikes in reference.forward.spikes.items():
        for part in ("offsets", "E", "neuron", "epoch"):
            one, other = getattr(got.forward.spikes[layer], part), getattr(spikes, part)
            assert (one is None and other is None) or one.tobytes() == other.tobytes()


# ---------------------------------------------------------------- the cases


def chain(name: str) -> Case:
    """One of `CHAINS`: six samples, the first of them empty, with events at the same instants."""
    seed = list(CHAINS).index(name) + 1
    net = nets.random_program(seed, **CHAINS[name])
    return Case(name=name, net=net, events={"input": nets.random_events(seed, net, 6, most=40)})


def spill() -> Case:
    """More spikes in a sample than shared memory sorts, more events than a tile holds."""
    rng = np.random.default_rng(9)
    weights = [rng.uniform(0.5, 1.5, (33, 65)), rng.uniform(-0.5, 1.0, (65, 5))]
    net = nets.program(weights, [0.02, 5.0], seed=9, learner="bp", penalty=PENALTY, max_spikes=40)
    events = {"input": nets.random_events(9, net, 4, most=30)}
    return Case(name="spill", net=net, events=events, batch=3)


def two_inputs() -> Case:
    """Two inputs, each heard by a layer of its own; nobody hears the second of them."""
    net = program_of(read(TWO_INPUTS), seed=10)
    left = nets.random_events(10, net, 6, most=60)
    right = nets.random_events(11, net, 6, most=60)
    right = nets.pack(
        [
            [(0, E, neuron % 17) for E, neuron in zip(right.E[a:b], right.neuron[a:b], strict=True)]
            for a, b in zip(right.offsets[:-1], right.offsets[1:], strict=True)
        ],
        net,
    )
    return Case(name="two_inputs", net=net, events={"left": left, "right": right})


def real_size(example: str, data: str) -> Case:
    """An example as large as it is, on the first samples of a data set."""
    net = program_of(read_example(example), seed=11)
    (source,) = net.graph.inputs
    samples, tau = load(data).train.first(6), net.window.tau
    events = encode(samples, source, tau=tau, window=net.graph.window, dtype=np.float32)
    return Case(name=example, net=net, events={source.name: events}, batches=2)


def read_example(name: str) -> ir.Graph:
    """An example's program."""
    path = Path(__file__).parents[2] / "examples" / f"{name}.snn"
    return read(path.read_text(encoding="utf-8"))


def read(text: str) -> ir.Graph:
    """A program that has no errors."""
    file, errors = parse(Source("test.snn", text))
    graph, more = elaborate(file)
    assert graph is not None
    assert [*errors, *more] == []
    return graph


def program_of(graph: ir.Graph, seed: int) -> nets.Program:
    """A graph and its plan."""
    window = vectors.window_of(graph.window, graph.layers[0].tau_mem)
    return nets.Program(graph=graph, schedule=lower_event(graph, "event32", window), seed=seed)


CASES = {
    **{name: (lambda name=name: chain(name)) for name in CHAINS},
    "spill": spill,
    "two_inputs": two_inputs,
}
