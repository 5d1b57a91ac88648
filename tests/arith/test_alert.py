"""The alert is a necessary condition for firing: the proof of docs/semantics.md, section 2, tried.

Whatever numbers a neuron holds: where `crossing` says that it fires, `alert` has said so before.
"""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sfdfa_compiler.arith import FLOAT32, FLOAT64, event
from sfdfa_compiler.arith.evaluate import evaluate

REALS = {FLOAT32: np.float32, FLOAT64: np.float64}
RADIX = 2.0**16
EIGHTH = 0.125  # up to this threshold, 4 theta a can round to 0: every neuron is tested

formats = st.sampled_from(list(REALS))


def around(number, real):
    """A number and its two neighbours."""
    number = real(number)
    return [np.nextafter(number, real(0)), number, np.nextafter(number, real(np.inf))]


def asked(format, a, b, E_now, E_next, theta):
    """What `crossing` says, what `alert` says, and the level; arrays are rounded to the format."""
    real = REALS[format]
    a, b, now, until, theta = (np.asarray(x, real) for x in (a, b, E_now, E_next, theta))
    theta4 = real(4) * theta
    crossing, alert = event.crossing.at(format), event.alert.at(format)
    (fires,) = evaluate(crossing, a, b, now, until, theta, theta4, want=("fires",))
    (level,) = evaluate(event.alert_level.at(format), theta, theta4, now, until)
    (alerted,) = evaluate(alert, a, b, until, level)
    return fires, alerted, level


def assert_alerted(format, *numbers):
    """No neuron fires unnoticed; returns how many fire."""
    fires, alerted, _ = asked(format, *numbers)
    missed = np.flatnonzero(fires & ~alerted)
    columns = np.broadcast_arrays(*numbers)
    assert len(missed) == 0, [np.ravel(column)[missed[0]] for column in columns]
    return int(fires.sum())


# ---------------------------------------------------------------- any numbers at all


@given(
    formats,
    st.floats(width=32),
    st.floats(width=32),
    st.floats(1, RADIX, width=32),
    st.floats(1, RADIX, width=32),
    st.floats(1e-9, 1e9),
)
@example(FLOAT32, 2.0**-149, 2.0**-149, 1.0, 4.0, EIGHTH)  # 4 theta a is a tie, and rounds to 0
@example(FLOAT64, 5e-324, 5e-324, 1.0, 4.0, EIGHTH)
@example(FLOAT32, np.inf, 1.0, 1.0, 4.0, EIGHTH)  # how native code keeps a neuron mute
def test_numbers_from_anywhere(format, a, b, one, other, theta):
    assume(one != other)
    assert_alerted(format, a, b, min(one, other), max(one, other), theta)


@given(formats, st.floats(0, 1), st.floats(0, 16), st.floats(-24, 4), st.floats(2**-9, 1e9),
       st.integers(-3, 3), st.integers(-3, 3))  # fmt: skip
def test_peaks_that_just_reach_the_threshold(format, where, start, length, theta, more_a, more_b):
    """B = 2 theta E* and a = theta E*^2, give or take a few last places."""
    E_now = 2.0**start
    E_next = min(E_now * (1 + 2.0**length), RADIX)
    assume(REALS[format](E_now) < REALS[format](E_next))
    ulp = float(np.finfo(REALS[format]).eps)
    top = E_now + where * (E_next - E_now)
    a, b = theta * top * top * (1 + more_a * ulp), 2 * theta * top * (1 + more_b * ulp)
    assert_alerted(format, a, b, E_now, E_next, theta)


# ---------------------------------------------------------------- very many of them


def intervals(rng, real, count):
    """From a last place to a whole epoch long."""
    E_now = (2 ** rng.uniform(0, 16, count)).astype(real)
    E_next = np.minimum(E_now * (1 + 2 ** rng.uniform(-25, 16, count)), RADIX).astype(real)
    proper = E_now < E_next
    return E_now[proper], E_next[proper]


def sums_at_a_peak(rng, theta, E_now, E_next, near):
    """Of neurons whose potential just reaches the threshold: at an end, or anywhere inside."""
    inside = E_now + (E_next - E_now) * rng.random(len(E_now))
    top = np.choose(rng.integers(0, 4, len(E_now)), [E_now, E_next, inside, inside])
    b = 2 * theta * top * near[0]
    return b * top / 2 * near[1], b


def sums_at_the_end(rng, theta, E_now, E_next, near):
    """Of neurons whose potential just reaches the threshold when the interval ends."""
    del E_now
    a = theta * E_next**2 * 2 ** rng.uniform(-12, 6, len(E_next))
    return a, (theta * E_next**2 + a) / E_next * near[0]


def sums_from_all_scales(rng, theta, E_now, E_next, near):
    """Peaks of neurons that are far above the threshold, or far too weak."""
    del E_next
    b = theta * E_now * 2 ** rng.uniform(-60, 12, len(E_now))
    return b * E_now / 2 * near[1] * 2 ** rng.uniform(-1, 3, len(E_now)), b


SUMS = [sums_at_a_peak, sums_at_the_end, sums_from_all_scales]


@pytest.mark.parametrize("sums", SUMS, ids=lambda sums: sums.__name__)
@pytest.mark.parametrize(("format", "count"), [(FLOAT32, 200_000), (FLOAT64, 50_000)], ids=str)
def test_neurons_near_the_threshold(format, count, sums):
    """In float32 3.6 million neurons, in float64 0.9 million."""
    real, rng = REALS[format], np.random.default_rng(1)
    fired = 0
    for theta in map(float, map(real, (*around(EIGHTH, real), 0.7 / 0.26, 5.0, 1e6))):
        E_now, E_next = intervals(rng, real, count)
        near = 1 + rng.integers(-3, 4, (2, len(E_now))) * np.finfo(real).eps
        a, b = sums(rng, theta, *(x.astype(np.float64) for x in (E_now, E_next)), near)
        fired += assert_alerted(format, a, b, E_now, E_next, theta)
    assert fired > count / 10  # neurons that are all silent would agree about nothing


@pytest.mark.parametrize("format", REALS, ids=str)
def test_all_neurons_with_the_smallest_numbers(format):
    """Every pair of sums of up to eight units of the smallest subnormal."""
    real = REALS[format]
    unit = np.finfo(real).smallest_subnormal
    few = np.arange(-8, 9).astype(real) * unit
    borders = np.array([1, 1 + np.finfo(real).eps, 1.4, 1.5, 1.6, 2, 3, 4, 100, RADIX], real)
    thetas = np.array([1e-9, 0.1, *around(EIGHTH, real), 0.2, 1.0, 1e9], real)
    grids = np.meshgrid(few, few, borders, borders, thetas, indexing="ij")
    a, b, E_now, E_next, theta = (grid.ravel() for grid in grids)
    proper = E_now < E_next
    assert assert_alerted(format, *(x[proper] for x in (a, b, E_now, E_next, theta))) > 0


# ---------------------------------------------------------------- the steps of the proof


@pytest.mark.parametrize("format", REALS, ids=str)
def test_at_one_eighth_the_level_alone_would_miss_a_neuron(format):
    """Why the alert gives up there: half of the smallest number is rounded to 0."""
    real = REALS[format]
    unit = np.finfo(real).smallest_subnormal
    fires, alerted, level = asked(format, unit, unit, 1, 4, EIGHTH)
    assert (bool(fires), bool(alerted), float(level)) == (True, True, -np.inf)
    above = np.nextafter(real(EIGHTH), real(1))
    fires, alerted, level = asked(format, unit, unit, 1, 4, above)
    assert (bool(fires), bool(alerted), float(level) > 0.8) == (False, False, True)


@pytest.mark.parametrize("sums", SUMS, ids=lambda sums: sums.__name__)
def test_what_a_firing_neuron_reaches(sums):
    """(1 - u)^5 of the exact level; the level, with its own roundings and the slack, is less."""
    rng = np.random.default_rng(2)
    E_now, E_next = intervals(rng, np.float32, 300_000)
    near = 1 + rng.integers(-3, 4, (2, len(E_now))) * np.finfo(np.float32).eps
    theta = float(np.float32(0.7 / 0.26))
    a, b = (
        x.astype(np.float32)
        for x in sums(rng, theta, E_now.astype(np.float64), E_next.astype(np.float64), near)
    )
    fires, _, level = asked(FLOAT32, a, b, E_now, E_next, theta)
    reached = (b * E_next - a)[fires].astype(np.float64)
    now, until = (x[fires].astype(np.float64) for x in (E_now, E_next))
    exact = theta * now * (2 * until - now)
    u = 2.0**-24
    assert fires.sum() > 10_000
    assert (reached >= (1 - u) ** 5 * exact).all()
    assert (level[fires] <= (1 + u) ** 4 * (1 - 2.0**-18) * exact * (1 + 2.0**-50)).all()
    assert (1 + u) ** 4 * (1 - 2.0**-18) < (1 - u) ** 5


def test_the_alert_is_worth_having():
    """Of neurons that are a tenth below the threshold, it lets few through."""
    rng = np.random.default_rng(3)
    E_now = (2 ** rng.uniform(0, 1, 100_000)).astype(np.float32)
    E_next = (E_now * (1 + 2 ** rng.uniform(-12, -6, len(E_now)))).astype(np.float32)
    near = np.full((2, len(E_now)), 0.95)
    a, b = sums_at_a_peak(rng, 1.0, E_now.astype(np.float64), E_next.astype(np.float64), near)
    fires, alerted, _ = asked(FLOAT32, a, b, E_now, E_next, 1.0)
    assert not fires.any()
    assert alerted.mean() < 0.01
