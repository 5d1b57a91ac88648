"""The vectorised interpreter against the scalar form: every stage of a training, bit by bit."""

from dataclasses import replace

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch, Trace
from sfdfa_compiler.schedule import BatchPlace
from tests.helpers.compare import assert_same_bits, stage
from tests.helpers.nets import (
    Program,
    batches,
    open_session,
    pack,
    program,
    random_events,
    random_program,
)
from tests.oracles.scalar_session import ScalarSession

LEARNERS = ("sfdfa", "dfa", "bp")
PROFILES = ("event32", "event64")
SHORT, LONG = 0.2, 6.5  # seconds: a part of the first epoch of E; the third epoch


def assert_agreement(net: Program, events, parts=None) -> list[Trace]:
    """Train both on the same batches; the traces, for tests that look into them."""
    reference = open_session(net)
    scalar = ScalarSession(net.graph, net.window, net.state(), net.seed)
    traces = []
    for batch, place in parts or batches(net.seed, net, events):
        got, wanted = Trace(), Trace()
        reference.learn(batch, place, got)
        scalar.learn(batch, place, wanted)
        assert_same_bits(got, wanted)
        traces.append(wanted)
    return traces


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("gradient", ir.LocalGradient)
@pytest.mark.parametrize("seed", range(3))
def test_random_networks(learner, profile, gradient, seed):
    net = random_program(seed, learner=learner, profile=profile, gradient=gradient)
    spikes = stage(assert_agreement(net, random_events(seed, net))[0], "spikes", "layer1")
    assert len(spikes.E) > 10


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(3))
def test_windows_of_several_epochs(learner, profile, seed):
    """Events on the borders of epochs and beside them, epochs without events."""
    net = random_program(seed, learner=learner, profile=profile, window=LONG)
    assert net.window.epoch == 2
    events = random_events(seed, net, 8, most=12)
    late = (events.epoch > 0) & (events.E == 1)
    assert late.any()
    spikes = stage(assert_agreement(net, events)[0], "spikes", "layer0")
    assert set(spikes.epoch) >= {0, 1}


@pytest.mark.parametrize("window", [SHORT, LONG])
@pytest.mark.parametrize("max_spikes", [1, 2])
@pytest.mark.parametrize("learner", LEARNERS)
def test_saturated_neurons(learner, max_spikes, window):
    net = random_program(5, hidden=2, learner=learner, max_spikes=max_spikes, window=window)
    trace = assert_agreement(net, random_events(5, net))[0]
    assert stage(trace, "counts").max() == max_spikes


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("shards", [2, 3, 7])
def test_shards(learner, shards):
    """Also more shards than samples."""
    net = random_program(7, learner=learner, shards=shards)
    assert_agreement(net, random_events(7, net, 7))


@pytest.mark.parametrize("learner", LEARNERS)
def test_weights_that_do_not_learn(learner):
    net = random_program(8, hidden=2, learner=learner, frozen=[1])
    trace = assert_agreement(net, random_events(8, net))[0]
    assert [s.layer for s in trace if s.name == "gradient"] == ["layer0", "layer2"]


@pytest.mark.parametrize("sizes", [(5, 40, 3), (4, 33, 70, 2), (3, 1, 1)])
def test_layers_of_any_size_hand_errors_down(sizes):
    """A layer of one neuron, of a block and one more, of three blocks."""
    net = random_program(11, sizes=sizes, learner="bp")
    assert_agreement(net, random_events(11, net, 4))


@pytest.mark.parametrize("learner", LEARNERS)
def test_samples_without_spikes(learner):
    net = random_program(2, learner=learner)
    trace = assert_agreement(net, pack([[], [], []], net))[0]
    assert not stage(trace, "counts").any()
    assert not stage(trace, "gradient", "layer0").any()


@pytest.mark.parametrize("learner", LEARNERS)
def test_weights_that_are_zero(learner):
    net = program([np.zeros((6, 5)), np.ones((5, 3))], [0.2, 0.2], learner=learner)
    trace = assert_agreement(net, random_events(4, net))[0]
    assert len(stage(trace, "spikes", "layer0").E) == 0


@pytest.mark.parametrize("window", [SHORT, LONG])
@pytest.mark.parametrize("learner", LEARNERS)
def test_twin_neurons_fire_at_the_same_instant(learner, window):
    net = random_program(3, sizes=(6, 6, 6, 4), learner=learner, window=window)
    spikes = stage(assert_agreement(net, random_events(3, net))[0], "spikes", "layer0")
    same = (np.diff(spikes.E) == 0) & (spikes.neuron[:-1] == 0) & (spikes.neuron[1:] == 5)
    assert same.any()


def train_one_neuron(events: list[tuple[int, float, int]], end: float) -> list[float]:
    """E of the spikes of a neuron that hears the events; the sample ends at E = `end`.

    After an event at E = 1 its potential is 2.25 / E - 2.25 / E^2: 0.5, the threshold, at 1.5.
    All of these are short numbers, so nothing is rounded.
    """
    net = program([np.array([[2.25]]), np.array([[1.0]])], [0.5, 0.5])
    schedule = replace(net.schedule, time=replace(net.window, E=end))
    net = replace(net, schedule=schedule)
    heard = {"input": pack([events], net)}
    batch = Batch(events=heard, rows=np.array([0]), labels=np.array([0]))
    (trace,) = assert_agreement(net, heard["input"], [(batch, BatchPlace(0, 0, 1))])
    return stage(trace, "spikes", "layer0").E.tolist()


def test_a_spike_exactly_at_the_end_of_the_sample():
    assert train_one_neuron([(0, 1.0, 0)], end=1.5) == [1.5]
    assert train_one_neuron([(0, 1.0, 0)], end=1.5 - 2**-23) == []


def test_a_spike_exactly_at_an_event_is_fired_once():
    assert train_one_neuron([(0, 1.0, 0), (0, 1.5, 0)], end=1.5 + 2**-23) == [1.5]
