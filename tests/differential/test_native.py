"""Native code against the interpreter: the same bits on random networks, at every stage."""

from dataclasses import replace

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch, Forward, Trace
from tests.helpers import courses, nets
from tests.helpers.compare import assert_same_bits

EXACT, MODIFIED = ir.LocalGradient.EXACT, ir.LocalGradient.MODIFIED
PENALTY = ir.RatePenalty(strength=0.3, target=1.5)


def compare(net, seed, *, threads=1, samples=8):
    """Two batches on both targets, stage by stage; then a forward pass with the new weights."""
    events = nets.random_events(seed, net, samples)
    sessions = [
        courses.target(name, threads)(net.graph, net.schedule, net.state(), net.seed)
        for name in ("reference", "native")
    ]
    spikes = 0
    for batch, place in nets.batches(seed, net, events):
        traces = [Trace(), Trace()]
        for session, trace in zip(sessions, traces, strict=True):
            session.learn(batch, place, trace)
        assert_same_bits(traces[1], traces[0])
        spikes += sum(len(stage.value.E) for stage in traces[0] if stage.name == "spikes")
    assert spikes  # silent networks would agree about nothing
    everything = Batch(events=batch.events, rows=np.arange(len(events)))
    results = [session.forward(everything, record=True) for session in sessions]
    for name in results[0].spikes:
        for part in ("offsets", "E", "neuron", "epoch"):
            one, other = (getattr(result.spikes[name], part) for result in results)
            assert (one is None and other is None) or one.tobytes() == other.tobytes()
    assert results[0].saturated == results[1].saturated
    for session in sessions:
        session.close()


@pytest.mark.parametrize("profile", ["event32", "event64"])
@pytest.mark.parametrize(
    ("learner", "hidden", "options"),
    [
        ("sfdfa", 1, {"penalty": PENALTY}),
        ("sfdfa", 3, {"gradient": EXACT, "penalty": None}),
        ("dfa", 2, {"penalty": PENALTY, "gradient": EXACT}),
        ("bp", 1, {"penalty": None}),
        ("bp", 3, {"penalty": PENALTY, "gradient": MODIFIED}),
        ("sfdfa", 1, {"penalty": PENALTY, "shards": 3}),
        ("bp", 2, {"penalty": None, "shards": 2}),
        ("sfdfa", 2, {"penalty": PENALTY, "window": 7.0}),
        ("bp", 2, {"penalty": PENALTY, "window": 7.0}),
        ("sfdfa", 2, {"penalty": PENALTY, "max_spikes": 1}),
    ],
)
def test_random_networks(profile, learner, hidden, options):
    for seed in range(4):
        net = nets.random_program(seed, hidden=hidden, profile=profile, learner=learner, **options)
        compare(net, seed, threads=1 + seed % 3)


@pytest.mark.parametrize(
    "sizes", [(5, 63, 2), (7, 64, 65), (3, 33, 16, 17), (9, 97, 47), (4, 129, 31)]
)
@pytest.mark.parametrize("learner", ["sfdfa", "bp"])
def test_layers_of_any_size(learner, sizes):
    """Sizes around the widths of a block."""
    net = nets.random_program(11, sizes=sizes, learner=learner, penalty=PENALTY)
    compare(net, 11, threads=3, samples=9)


@pytest.mark.parametrize("learner", ["sfdfa", "bp"])
def test_single_neurons(learner):
    net = nets.program([np.array([[3.0]]), np.array([[3.0]])], [0.1, 0.1], learner=learner)
    compare(net, 1, threads=2)


@pytest.mark.parametrize("threshold", [1e-3, 0.1, 0.125, 50.0])
def test_thresholds_around_the_alert(threshold):
    """Below 4 theta = 1/2 every neuron is tested; above, only those that the alert lets through."""
    rng = np.random.default_rng(5)
    weights = [rng.uniform(-1, 2, (6, 40)) * threshold * 10, rng.uniform(-1, 2, (40, 5))]
    net = nets.program(weights, [threshold, 0.2], seed=3, max_spikes=5)
    compare(net, 3, samples=12)


def test_samples_without_spikes():
    net = nets.random_program(2, hidden=1, penalty=PENALTY)
    events = nets.pack([[], [], []], net)
    sessions = [
        courses.target(name)(net.graph, net.schedule, net.state(), net.seed)
        for name in ("reference", "native")
    ]
    batch = Batch(
        events={net.graph.inputs[0].name: events},
        rows=np.arange(3),
        labels=np.zeros(3, np.int64),
    )
    traces = [Trace(), Trace()]
    for session, trace in zip(sessions, traces, strict=True):
        result = session.learn(batch, nets.BatchPlace(0, 0, 3), trace)
        assert not result.counts.any()
    assert_same_bits(traces[1], traces[0])


@pytest.mark.parametrize("stop_after", [1, 2, 99])
def test_batches_in_a_row_say_what_each_of_them_says(stop_after):
    """Up to the one behind which nobody wants more; figures are added up on the way."""
    net = nets.random_program(7, sizes=(6, 40, 5), batch=4, max_spikes=2)
    events = nets.random_events(7, net, 14)
    rest = Batch(
        events={net.graph.inputs[0].name: events},
        rows=np.random.default_rng(7).permutation(14),
        labels=np.arange(14) % 5,
    )
    row, alone = (
        courses.target(name)(net.graph, net.schedule, net.state(), net.seed)
        for name in ("native", "reference")
    )
    more = iter([True] * (stop_after - 1) + [False] * 9)
    found = row.learn_on(rest, 3, 1, lambda: next(more))
    cuts = [(start, min(start + 4, 14)) for start in range(0, 14, 4)][:stop_after]
    each = [
        alone.learn(
            replace(rest, rows=rest.rows[start:end]), nets.BatchPlace(3 + k, 1, end - start)
        )
        for k, (start, end) in enumerate(cuts)
    ]
    wanted = Forward.join(each)
    assert found.saturated == wanted.saturated
    assert found.saturated["layer0"] > 0
    assert (found.counts == wanted.counts).all()
    for name, activity in wanted.activity.items():
        assert (found.activity[name] == activity).all()
    for name, weights in alone.state().weights.items():
        assert row.state().weights[name].tobytes() == weights.tobytes()
