"""Exact gradients against finite differences of spike times, in float64.

With the output errors held fixed, BP descends L = sum over output spikes of error * time. So its
gradient must be that of L, through every spike of every hidden layer, as long as the change of a
weight creates and deletes no spike.
"""

import math

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch, State, Trace
from sfdfa_compiler.schedule import BatchPlace
from tests.helpers.compare import stage
from tests.helpers.nets import TAU, open_session, random_events, random_program
from tests.oracles.scalar import Event, Neuron, sweep
from tests.oracles.scalar_session import ScalarSession

STEP = 1e-6


def busiest_sample(net) -> Batch:
    """One sample, of a few, with the most events."""
    events = random_events(net.seed, net, 5, most=12)
    row = int(np.argmax(np.diff(events.offsets)))
    return Batch(events={"input": events}, rows=np.array([row]), labels=np.zeros(5, np.int64))


def spike_times(net, state: State, batch: Batch) -> dict[str, list[list[float]]]:
    """By layer: the times of each neuron's spikes."""
    spikes = ScalarSession(net.graph, net.window, state, net.seed).forward(batch)
    times: dict[str, list[list[float]]] = {}
    for layer in net.graph.layers:
        times[layer.name] = [[] for _ in range(layer.size)]
        for spike in spikes[layer.name][0]:
            times[layer.name][spike.neuron].append(TAU * math.log(spike.E))
    return times


def central_difference(net, batch: Batch, error, layer: str, at) -> float | None:
    """DL/dw of one weight; None if the step creates or deletes a spike anywhere."""
    losses, counts = [], []
    for step in (-STEP, STEP):
        state = net.state()
        state.weights[layer][at] += step
        times = spike_times(net, state, batch)
        output = times[net.graph.output.name]
        losses.append(sum(e * sum(train) for e, train in zip(error, output, strict=True)))
        counts.append([len(train) for trains in times.values() for train in trains])
    return (losses[1] - losses[0]) / (2 * STEP) if counts[0] == counts[1] else None


@pytest.mark.parametrize("hidden", [1, 2, 3])
@pytest.mark.parametrize("seed", [0, 1, 4])
def test_backpropagation_through_hidden_layers(seed, hidden):
    net = random_program(seed, hidden=hidden, learner="bp", profile="event64", penalty=None)
    batch = busiest_sample(net)
    trace = Trace()
    open_session(net).learn(batch, BatchPlace(0, 0, 1), trace)
    error = stage(trace, "delta", net.graph.output.name)[0]
    compared = changed = 0
    for layer in net.graph.layers:
        assert len(stage(trace, "spikes", layer.name).E) > layer.size
        gradient = stage(trace, "gradient", layer.name)
        within = 1e-6 * np.abs(gradient).max()
        for at in np.argwhere(gradient != 0):
            difference = central_difference(net, batch, error, layer.name, tuple(at))
            if difference is None:
                changed += 1
            else:
                compared += 1
                assert difference == pytest.approx(gradient[tuple(at)], abs=within)
    assert compared > 20
    assert changed < compared / 10


@pytest.mark.parametrize("seed", range(10))
def test_the_time_of_every_single_spike(seed):
    """The sweep of a single neuron, with an error of 1 at one of its spikes and 0 at the others."""
    rng = np.random.default_rng(seed)
    net = random_program(seed, hidden=1, profile="event64")
    layer = net.graph.layers[0]
    end = Event(0, np.float64(net.window.E), -1)
    instants = np.sort(rng.uniform(1, 1.6, 10))
    events = [Event(0, E, int(rng.integers(0, 4))) for E in instants]
    weight = rng.uniform(-1, 4, 4)

    def fire(weight):
        return Neuron(0, layer, ir.LocalGradient.EXACT, np.float64).run(events, weight, end)

    spikes = fire(weight)
    assert len(spikes) > 1
    for nth in range(len(spikes)):
        unit = np.eye(len(spikes))[nth]
        swept = sweep(events, spikes, unit, np.float64(layer.threshold))
        for j in range(4):
            gradient = TAU * sum(
                P * E**2 + Q * E
                for (P, Q), (_, E, neuron) in zip(swept, events, strict=True)
                if neuron == j
            )
            step = STEP * np.eye(4)[j]
            below, above = fire(weight - step), fire(weight + step)
            assert len(below) == len(above) == len(spikes)
            moved = TAU * (math.log(above[nth].E) - math.log(below[nth].E))
            assert moved / (2 * STEP) == pytest.approx(gradient, rel=1e-6, abs=1e-8)
