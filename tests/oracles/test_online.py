"""The online form against the reverse sweep: two ways to one gradient, in float64."""

import math

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Trace
from sfdfa_compiler.interpreter.online import GradedSpike, OnlineNetwork
from tests.helpers.compare import stage
from tests.helpers.nets import (
    RADIX,
    TAU,
    batches,
    open_session,
    program,
    random_events,
    random_program,
)

WITHIN = 1e-10  # relative to the largest number of an array


def in_seconds(events, row) -> list[GradedSpike]:
    """A sample's events with their times in seconds."""
    span = slice(events.offsets[row], events.offsets[row + 1])
    time = np.log(events.E[span])
    if events.epoch is not None:
        time += events.epoch[span] * math.log(RADIX)
    return [
        GradedSpike(float(t), int(neuron))
        for t, neuron in zip(TAU * time, events.neuron[span], strict=True)
    ]


def train_both(net, events):
    """The first batch: the reference's trace, and what the online form learned."""
    state = net.state()
    batch, place = batches(net.seed, net, events)[0]
    trace = Trace()
    open_session(net).learn(batch, place, trace)
    hidden = net.graph.hidden
    if net.graph.learner.name == "sfdfa":
        perturbations = {x.name: stage(trace, "perturbation", x.name) for x in hidden}
    else:
        perturbations = {x.name: np.zeros((len(batch), x.size)) for x in hidden}
    learned = OnlineNetwork(net.graph, state.weights, state.feedback).learn(
        [in_seconds(events, row) for row in batch.rows], batch.labels[batch.rows], perturbations
    )
    return trace, learned


def assert_close(got, wanted):
    assert np.abs(got - wanted).max() <= WITHIN * np.abs(wanted).max()


@pytest.mark.parametrize("learner", ["sfdfa", "dfa"])
@pytest.mark.parametrize("gradient", ir.LocalGradient)
@pytest.mark.parametrize("hidden", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_random_networks(learner, gradient, hidden, seed):
    options = {"learner": learner, "gradient": gradient, "profile": "event64"}
    net = random_program(seed, hidden=hidden, **options)
    trace, learned = train_both(net, random_events(seed, net))
    for layer in net.graph.layers:
        spikes = stage(trace, "spikes", layer.name)
        ours = [spike for sample in learned.samples for spike in sample.spikes[layer.name]]
        assert len(ours) == len(spikes.E) > 0
        times = TAU * np.log(spikes.E)
        assert np.abs(np.array([spike.time for spike in ours]) - times).max() < 1e-12
        assert_close(learned.delta[layer.name], stage(trace, "delta", layer.name))
        assert_close(learned.gradient[layer.name], stage(trace, "gradient", layer.name))
    for layer in net.graph.hidden:
        assert_close(learned.feedback[layer.name], stage(trace, "feedback", layer.name))
    if learner == "sfdfa":
        derivative = np.array([sample.derivative for sample in learned.samples])
        assert_close(derivative, stage(trace, "derivative"))


def test_what_those_networks_contain():
    """Neurons that fire several times, that stay silent, and that fire at the same instant."""
    counts, twins = [], 0
    for seed in range(3):
        net = random_program(seed, hidden=2, profile="event64")
        trace, learned = train_both(net, random_events(seed, net))
        counts += [sample.counts["layer0"] for sample in learned.samples]
        spikes = stage(trace, "spikes", "layer0")
        twins += int((np.diff(spikes.E) == 0).sum())
    fired = np.concatenate(counts)
    assert (fired == 0).sum() > 10
    assert (fired > 1).sum() > 10
    assert twins > 10


@pytest.mark.parametrize("max_spikes", [1, 2])
@pytest.mark.parametrize("gradient", ir.LocalGradient)
def test_long_windows_and_saturated_neurons(max_spikes, gradient):
    net = random_program(
        3, hidden=2, window=6.5, max_spikes=max_spikes, gradient=gradient, profile="event64"
    )
    trace, learned = train_both(net, random_events(3, net, 8))
    counts = np.array([sample.counts["layer2"] for sample in learned.samples])
    assert np.array_equal(counts, stage(trace, "counts"))
    assert counts.max() == max_spikes
    for layer in net.graph.layers:
        assert_close(learned.gradient[layer.name], stage(trace, "gradient", layer.name))


def test_one_spike_by_hand():
    """An event at 0 with weight w: u = w (x - x^2) with x = exp(-t / tau), threshold 3 w / 16."""
    w = 2.0
    net = program([np.array([[w]]), np.array([[0.0]])], [3 * w / 16, 1.0], gradient="modified")
    network = OnlineNetwork(net.graph, {"layer0": np.array([[w]]), "layer1": np.zeros((1, 1))}, {})
    sample = network.sample([GradedSpike(0.0, 0)])
    time = TAU * math.log(4 / 3)  # x = 3/4
    assert sample.spikes["layer0"][0].time == pytest.approx(time, rel=1e-14)
    current = w * 9 / 16
    dt_dw = TAU / current * (9 / 16 - 3 / 4)
    assert sample.counts["layer0"] == 1
    assert sample.eligibility["layer0"][0, 0] == pytest.approx(dt_dw, rel=1e-14)
