"""The interpreter's clock session against the page read once more, spike by spike."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfdfa_compiler import data, ir
from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Batch, State, initial_state
from sfdfa_compiler.data.events import StepEvents
from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.interpreter.clock import ClockSession
from sfdfa_compiler.schedule import clock_of, lower_clock
from tests.clock import scalar
from tests.clock.nets import FORMATS, as_lists, graph, mnist, plan, random_arrivals


def assert_agreement(schedule, state: State, events: dict, rows) -> dict:
    """Both readings send the same spikes; all spikes of the interpreter, by layer."""
    forward = ClockSession(schedule, state).forward(Batch(events=events, rows=rows), record=True)
    weights = {name: array.tolist() for name, array in state.weights.items()}
    heard = {name: as_lists(steps) for name, steps in events.items()}
    spikes = {name: as_lists(steps) for name, steps in forward.spikes.items()}
    for place, row in enumerate(rows):
        sample = {name: lists[row] for name, lists in heard.items()}
        for layer, wanted in scalar.run(schedule, weights, sample).items():
            assert spikes[layer][place] == wanted, (row, layer)
    return spikes


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    profile=st.sampled_from(FORMATS),
    latency=st.integers(1, 3),
    hidden=st.integers(1, 3),
    most=st.sampled_from([1, 2, 30]),
)
def test_same_spikes_as_the_page(seed, profile, latency, hidden, most):
    sizes = [6, *[5] * hidden, 3]
    net = graph(sizes, max_spikes=most, thresholds=0.1, dt=1e-3, latency=latency)
    schedule = plan(net, profile)
    state = initial_state(net, schedule, seed)
    events = random_arrivals(seed, 6, schedule.clock.steps)
    assert_agreement(schedule, state, {"input": events}, np.array([2, 0, 3, 1]))


@pytest.mark.parametrize("profile", FORMATS)
def test_lively_nets_reach_every_line(profile):
    """The law above says something: neurons fire, several times, fall mute, and are inhibited."""
    net = graph([6, 20, 5], max_spikes=3, thresholds=0.1)
    schedule = plan(net, profile)
    state = initial_state(net, schedule, seed=1)
    events = {"input": random_arrivals(1, 6, schedule.clock.steps, samples=8)}
    forward = ClockSession(schedule, state).forward(
        Batch(events=events, rows=np.arange(8)), record=True
    )
    assert forward.saturated["layer0"] > 5
    assert 5 < np.count_nonzero(forward.activity["layer0"]) <= 20
    assert forward.activity["layer1"].sum() > 5
    assert state.weights["layer0"].min() < 0
    assert forward.counts.tolist() == [
        [sum(i == j for _, i in spikes) for j in range(5)]
        for spikes in as_lists(forward.spikes["layer1"])
    ]
    assert forward.activity["layer1"].tolist() == forward.counts.sum(axis=0).tolist()


@pytest.mark.parametrize("latency", [1, 2])
@pytest.mark.parametrize("profile", FORMATS)
def test_same_spikes_on_digits(real_data, profile, latency):
    net = mnist()
    clock = replace(clock_of(net, profile), latency=latency)
    schedule = lower_clock(net, clock)
    test = data.load(str(real_data("mnist"))).test.first(2)
    events = {"image": data.encode_steps(test, net.inputs[0], dt=clock.dt, window=net.window)}
    state = initial_state(net, schedule, seed=1)
    spikes = assert_agreement(schedule, state, events, np.arange(2))
    assert len(spikes["hidden"][0]) > 500
    assert len(spikes["output"][0]) >= 5


@pytest.mark.parametrize(
    ("profile", "spikes", "first", "last", "digest"),
    [
        ("clock:loihi2", 739, (1, 17, 284), (2, 180, 0), "3d666d723b10cadeb311318fb45c50ac"),
        ("clock:spinnaker", 791, (1, 17, 284), (2, 194, 0), "1bbb6c6c5eb33842fb91d63378d4e7ff"),
    ],
)
def test_vector_of_the_first_sample(real_data, profile, spikes, first, last, digest):
    """Seed 1, the first sample of epoch 0, initial weights: spikes as (layer, step, neuron).

    From a program written after the same page that also learns, and whose spikes and weights after
    20 samples are the published ones.
    """
    net = mnist()
    schedule = plan(net, profile)
    train = data.load(str(real_data("mnist"))).train
    row = int(draw.epoch_order(1, np.arange(len(train)), 0)[0])
    split = train.take(np.array([row]))
    events = {"image": data.encode_steps(split, net.inputs[0], dt=1e-3, window=net.window)}
    session = ClockSession(schedule, initial_state(net, schedule, 1))
    forward = session.forward(Batch(events=events, rows=np.array([0])), record=True)
    rows = [
        (number, step, neuron)
        for number, layer in enumerate(("hidden", "output"), 1)
        for step, neuron in as_lists(forward.spikes[layer])[0]
    ]
    packed = np.array(rows, "<i4").tobytes()
    assert (len(rows), rows[0], rows[-1]) == (spikes, first, last)
    assert hashlib.sha256(packed).hexdigest()[:32] == digest


def one_neuron(profile: str, weight: float, threshold: float, **settings):
    """A plan with one input and one neuron, and its state."""
    net = graph([1, 1], thresholds=threshold, drawn=ir.Constant(weight), **settings)
    schedule = plan(net, profile)
    return schedule, initial_state(net, schedule, 0)


def arrivals(*counts: tuple[int, int]) -> StepEvents:
    """One sample of one input: (step, count)."""
    step, count = np.array(counts, np.uint32).T
    return StepEvents(
        offsets=np.array([0, len(step)]), step=step, neuron=np.zeros_like(step), count=count
    )


def run(schedule, state, events):
    batch = Batch(events={"input": events}, rows=np.array([0]))
    return ClockSession(schedule, state).forward(batch, record=True).spikes["layer0"]


def test_a_sum_saturates_on_loihi2():
    """More than 1,032 arrivals of the largest weight, 127 / 64, make no difference any more."""
    schedule, state = one_neuron("clock:loihi2", 1.984375, 20.0, max_spikes=255)
    full, more, less = (arrivals((0, count), (5, 1)) for count in (1033, 2000, 900))
    assert 1033 * 127 * 2**6 > 2**23 - 1 > 1032 * 127 * 2**6
    assert_agreement(schedule, state, {"input": full}, np.array([0]))
    assert_agreement(schedule, state, {"input": more}, np.array([0]))
    spikes = [run(schedule, state, events).step.tolist() for events in (full, more, less)]
    assert spikes[0] == spikes[1] != spikes[2]


def test_a_sum_that_overflows_on_spinnaker_stops_the_run():
    schedule, state = one_neuron("clock:spinnaker", 7.99, 100.0)
    fine, bad = arrivals((0, 8192)), arrivals((0, 8000), (1, 1000))
    assert len(run(schedule, state, fine).step) > 0
    with pytest.raises(UserError) as error:
        run(schedule, state, bad)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "SNN570"
    assert diagnostic.primary.source.name == "sample 0, step 1"
    with pytest.raises(OverflowError):
        scalar.run(schedule, {"layer0": [[32727]]}, {"input": as_lists(bad)[0]})


def test_more_arrivals_in_a_step_than_can_be_added_up():
    schedule, state = one_neuron("clock:spinnaker", 0.01, 100.0)
    run(schedule, state, arrivals((2, 65535)))
    with pytest.raises(UserError, match="the weights received"):
        run(schedule, state, arrivals((2, 65536)))


def test_arrivals_after_the_last_step_are_dropped():
    net = graph([1, 1, 1], thresholds=0.01, drawn=ir.Constant(1.0), dt=1e-3, latency=7)
    schedule = plan(net, "clock:loihi2")
    state = initial_state(net, schedule, 0)
    steps = schedule.clock.steps
    for sent, heard in ((steps - 10, True), (steps - 8, False)):
        batch = Batch(events={"input": arrivals((sent, 1))}, rows=np.array([0]))
        forward = ClockSession(schedule, state).forward(batch, record=True)
        first, second = (forward.spikes[name].step.tolist() for name in ("layer0", "layer1"))
        assert first
        assert bool(second) is heard
        assert not second or second[0] > first[0] + 7


def test_an_empty_batch():
    schedule, state = one_neuron("clock:loihi2", 1.0, 0.1)
    batch = Batch(events={"input": arrivals((0, 1))}, rows=np.zeros(0, np.int64))
    forward = ClockSession(schedule, state).forward(batch, record=True)
    assert forward.counts.shape == (0, 1)
    assert len(forward.spikes["layer0"]) == 0
