"""Spike times against an oracle of 50 digits that knows eq. 1 and nothing else."""

import functools

import numpy as np
import pytest
from mpmath import exp, log, mp, mpf

from sfdfa_compiler.codegen import Batch
from tests.helpers.nets import TAU, TAU_SYN, open_session, pack, program
from tests.oracles.exact_neuron import exact_spikes

NEURONS, EVENTS, MOST = 200, 12, 30
THRESHOLD = 0.25


def neurons(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """E of the events, one per synapse, and weights (events, neurons): all of them float32."""
    rng = np.random.default_rng(seed)
    E = np.sort(np.append(rng.uniform(1, 2, EVENTS - 1), 1.0))
    weights = rng.uniform(-1, 2, (EVENTS, NEURONS))
    return E.astype(np.float32), weights.astype(np.float32)


@functools.cache
def oracle(seed: int, end: float) -> list[list[mpf]]:
    """Spike times of every neuron, exactly; the sample ends at E = `end`."""
    E, weights = neurons(seed)
    with mp.workdps(50):
        constants = {"tau": mpf(TAU), "tau_syn": mpf(TAU_SYN), "theta": mpf(THRESHOLD)}
        times = [mpf(TAU) * log(mpf(float(e))) for e in E]
        return [
            exact_spikes(
                [(time, mpf(float(w))) for time, w in zip(times, column, strict=True)],
                mpf(TAU) * log(mpf(end)),
                most=MOST,
                **constants,
            )
            for column in weights.T
        ]


def errors(seed: int, profile: str) -> np.ndarray:
    """The interpreter's errors of time, in seconds; it must have fired the oracle's spikes."""
    E, weights = neurons(seed)
    nothing = np.zeros((NEURONS, 1))
    net = program([weights, nothing], [THRESHOLD, 1.0], profile=profile, max_spikes=MOST)
    events = pack([[(0, float(e), j) for j, e in enumerate(E)]], net)
    batch = Batch(events={"input": events}, rows=np.array([0]))
    spikes = open_session(net).forward(batch, record=True).spikes["layer0"]
    found = []
    for neuron, times in enumerate(oracle(seed, net.window.E)):
        own = spikes.E[spikes.neuron == neuron]
        assert len(own) == len(times), f"neuron {neuron}"
        with mp.workdps(50):
            ours = [mpf(TAU) * log(mpf(float(e))) for e in own]
            found += [float(abs(a - b)) for a, b in zip(ours, times, strict=True)]
    assert len(found) > 2 * NEURONS
    return np.array(found)


@pytest.mark.parametrize("seed", range(2))
def test_event64_to_the_last_digits_of_float64(seed):
    error = errors(seed, "event64")
    assert np.median(error) < 1e-16
    assert error.max() < 1e-13


@pytest.mark.parametrize("seed", range(2))
def test_event32_to_a_tenth_of_a_microsecond(seed):
    error = errors(seed, "event32")
    assert np.median(error) < 1e-7
    assert error.max() < 1e-5


def test_the_oracle_by_hand():
    """U = w (x - x^2) with x = exp(-t / tau) reaches 3 w / 16 at x = 3/4, and w / 4 at most."""
    with mp.workdps(50):
        constants = {"tau": mpf(2), "tau_syn": mpf(1), "most": 1}
        events = [(mpf(0), mpf(1))]
        (time,) = exact_spikes(events, mpf(9), theta=mpf(3) / 16, **constants)
        assert abs(exp(-time / 2) - mpf(3) / 4) < mpf(10) ** -29
        assert exact_spikes(events, mpf(9), theta=mpf(1) / 4 + mpf(10) ** -20, **constants) == []
        assert exact_spikes(events, time - mpf(10) ** -20, theta=mpf(3) / 16, **constants) == []
