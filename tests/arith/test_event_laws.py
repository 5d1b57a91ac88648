"""What the event profile's micro-functions promise, as laws that hold for any numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sfdfa_compiler.arith import FLOAT32, FLOAT64, Recipe, event
from sfdfa_compiler.arith.evaluate import evaluate

REALS = {FLOAT32: np.float32, FLOAT64: np.float64}
RADIX = 2.0**16

formats = st.sampled_from([FLOAT32, FLOAT64])
weights = st.floats(-4, 4, width=32)
instants = st.floats(1, 2, width=32)  # E: from the sample's start to 0.7 tau
thresholds = st.floats(0.0625, 1, width=32)
errors = st.floats(-15, 15, width=32)
positive = st.floats(0.0625, 4, width=32)


def call(recipe: Recipe, format, **inputs) -> Any:
    """The outputs of a micro-function by name; numbers are rounded to the format first."""
    micro = recipe.at(format)
    rounded = [
        np.bool_(inputs[node.name])
        if node.format.kind == "bool"
        else REALS[format](inputs[node.name])
        for node in micro.inputs
    ]
    return dict(zip(micro.outputs, evaluate(micro, *rounded), strict=True))


def potential(a, b, E) -> float:
    """Of a neuron with sums a and b, at E; in float64."""
    z = 1 / float(E)
    return float(b) * z - float(a) * z * z


def integrated(format, events) -> tuple[Any, Any]:
    """A and b of a neuron after some (w, E)."""
    a = b = 0.0
    for w, E in events:
        a, b = call(event.integrate, format, a=a, b=b, w=w, E=E).values()
    return a, b


# ---------------------------------------------------------------- forward


@given(formats, st.lists(st.tuples(weights, instants), max_size=6), instants)
def test_integrate_forms_the_potential_of_eq_1(format, events, E):
    a, b = integrated(format, events)
    wanted = sum(w * (Ej / E - (Ej / E) ** 2) for w, Ej in events)
    size = sum(abs(w) for w, _ in events)
    assert potential(a, b, E) == pytest.approx(wanted, abs=8e-6 * size)


def rising(format, w, E_now, E_next, theta):
    """A neuron that hears one event at E_now, and whether and when it crosses the threshold."""
    a, b = integrated(format, [(w, E_now)])
    found = call(
        event.crossing, format, a=a, b=b, E_now=E_now, E_next=E_next, theta=theta, theta4=4 * theta
    )
    return a, b, bool(found["fires"]), float(found["up"])


@given(formats, weights, instants, instants, thresholds)
def test_the_potential_is_the_threshold_where_it_crosses(format, w, E_now, E_next, theta):
    assume(E_now < E_next)
    a, b, fires, up = rising(format, w, E_now, E_next, theta)
    within = 1e-5 * abs(w)
    if fires:
        assert E_now <= up <= E_next
        assert potential(a, b, up) == pytest.approx(theta, abs=within)
    else:
        highest = 2 * float(a) / float(b) if b > 0 else E_next
        for E in (E_next, np.clip(highest, E_now, E_next)):
            assert potential(a, b, E) < theta + within


def test_a_crossing_by_hand():
    """U = 2 (z - z^2) for E = 1 / z; it is 3/8 at z = 3/4 and again at 1/4, and 1/2 at most."""
    a, b, fires, up = rising(FLOAT32, 2.0, 1.0, 5.0, 0.375)
    assert (a, b, fires) == (2, 2, True)
    assert up == np.float32(4 / 3)
    assert rising(FLOAT32, 2.0, 1.0, 1.25, 0.375)[2] is False  # it ends before
    assert rising(FLOAT32, 2.0, 1.0, 1.5, 0.375)[2] is True  # it ends above
    assert rising(FLOAT32, 2.0, 1.0, 5.0, 0.625)[2] is False  # too high
    assert rising(FLOAT32, -2.0, 1.0, 5.0, 0.375)[2] is False  # inhibited


@given(formats, weights, st.lists(instants, min_size=3, max_size=3, unique=True), thresholds)
def test_an_interval_may_be_cut_anywhere(format, w, three, theta):
    """No spike is lost or doubled at the border that two intervals share."""
    E_now, cut, E_next = sorted(three)
    a, b, fires, up = rising(format, w, E_now, E_next, theta)
    highest = 2 * float(a) / float(b) if b > 0 else 1.0
    assume(abs(potential(a, b, max(highest, E_now)) - theta) > 1e-5 * abs(w))  # not a tangent
    same = {"a": a, "b": b, "theta": theta, "theta4": 4 * theta}
    first = call(event.crossing, format, **same, E_now=E_now, E_next=cut)
    second = call(event.crossing, format, **same, E_now=cut, E_next=E_next)
    assert fires == (bool(first["fires"]) or bool(second["fires"]))
    if first["fires"]:
        assert first["up"] == pytest.approx(up, rel=1e-6)


@pytest.mark.parametrize("format", REALS, ids=str)
@pytest.mark.parametrize("theta", [0.0625, 0.125, 0.7, 5.0])
def test_the_alert_never_misses_a_crossing(format, theta):
    """On neurons whose potential just reaches the threshold: at a peak or at the end."""
    real, rng, count = REALS[format], np.random.default_rng(0), 100_000
    E_now = 2 ** rng.uniform(0, 15.9, count)
    E_next = np.minimum(E_now * (1 + 2 ** rng.uniform(-24, 4, count)), RADIX)
    inside = E_now + (E_next - E_now) * rng.random(count)
    top = np.choose(rng.integers(0, 3, count), [E_now, E_next, inside])
    near = 1 + rng.integers(-4, 5, (2, count)) * np.finfo(real).eps
    peak_b = 2 * theta * top * near[0]
    peak_a = peak_b * top / 2 * near[1]
    end_a = theta * E_next**2 * 2 ** rng.uniform(-8, 4, count)
    end_b = (theta * E_next**2 + end_a) / E_next * near[0]
    levels = real(theta), real(4 * theta)
    for sums in ((peak_a, peak_b), (end_a, end_b)):
        a, b, now, until = (x.astype(real) for x in (*sums, E_now, E_next))
        (fires,) = evaluate(event.crossing.at(format), a, b, now, until, *levels, want=("fires",))
        (level,) = evaluate(event.alert_level.at(format), *levels, now, until)
        (alert,) = evaluate(event.alert.at(format), a, b, until, level)
        assert count / 20 < fires.sum() < count * 19 / 20
        assert not (fires & ~alert).any()


@given(formats, weights, instants, instants, thresholds)
def test_a_spike_takes_the_threshold_off_the_potential(format, w, E_now, E_next, theta):
    assume(E_now < E_next)
    a, b, fires, up = rising(format, w, E_now, E_next, theta)
    if not fires:
        return
    floor = theta / 2**20
    for recipe in (event.fire_modified, event.fire_exact):
        spike = call(recipe, format, a=a, b=b, up=up, theta=theta, theta_floor=floor)
        assert potential(a, spike["b"], up) == pytest.approx(0, abs=1e-5 * abs(w))
        assert spike["z"] * up == pytest.approx(1, rel=1e-6)
        assert 0 < spike["A"] <= 1.001 / floor


def test_local_gradients_by_hand():
    """I = a z^2 = 2 * 9/16."""
    inputs = {"a": 2.0, "b": 2.0, "up": 4 / 3, "theta": 0.375, "theta_floor": 0.375 / 2**20}
    assert call(event.fire_modified, FLOAT64, **inputs)["A"] == pytest.approx(8 / 9, rel=1e-14)
    assert call(event.fire_exact, FLOAT64, **inputs)["A"] == pytest.approx(4 / 3, rel=1e-14)
    tangent = {"a": 2.0, "b": 2.0, "up": 2.0, "theta": 0.5, "theta_floor": 0.5 / 2**20}
    assert call(event.fire_exact, FLOAT64, **tangent)["A"] == 2**21


@given(formats, weights, weights, instants)
def test_nothing_happens_at_the_border_of_an_epoch(format, a, b, E):
    a, b = a * RADIX**2, b * RADIX  # as in the middle of a long window
    carried = call(event.next_epoch, format, a=a, b=b)
    assert potential(carried["a"], carried["b"], E) == potential(a, b, E * RADIX)


# ---------------------------------------------------------------- forward gradient and feedback


@given(formats, weights, weights, weights)
def test_grades_are_sums(format, s, w, d):
    received = call(event.receive_grade, format, s=s, w=w, d=d)["s"]
    assert received == pytest.approx(s + w * d, rel=1e-6, abs=1e-6)
    assert call(event.perturb, format, s=s, p=d)["d"] == REALS[format](s) + REALS[format](d)
    assert call(event.collect_grade, format, s=s, d=d)["d"] == REALS[format](s) + REALS[format](d)


@given(formats, weights, weights, st.integers(1, 50))
def test_feedback_follows_the_mean(format, B, c, count):
    mean = REALS[format](c) / REALS[format](count)
    inputs = {"c": c, "count": count}
    assert call(event.follow, format, B=B, alpha=0.0, **inputs)["B"] == REALS[format](B)
    assert call(event.follow, format, B=mean, alpha=0.25, **inputs)["B"] == mean
    near = call(event.follow, format, B=B, alpha=0.5, **inputs)["B"]
    assert near == pytest.approx((B + c / count) / 2, rel=1e-6, abs=1e-6)


@given(formats, st.lists(st.tuples(weights, weights), max_size=8))
def test_correlation_and_projection_are_scalar_products(format, pairs):
    c = delta = 0.0
    for x, y in pairs:
        c = call(event.correlate, format, c=c, d=x, p=y)["c"]
        delta = call(event.project_error, format, delta=delta, B=x, e=y)["delta"]
    assert c == delta == pytest.approx(sum(x * y for x, y in pairs), rel=1e-5, abs=1e-4)


# ---------------------------------------------------------------- errors


@given(formats, st.integers(0, 100), st.booleans())
def test_the_output_error_is_what_is_wanted_less_what_is(format, n, is_label):
    inputs = {"n": n, "is_label": is_label, "correct": 15.0, "other": 3.0}
    assert call(event.output_error, format, **inputs)["e"] == (15 if is_label else 3) - n


@given(formats, st.integers(0, 1000), st.integers(1, 64), positive)
def test_the_regulariser_pulls_towards_its_target(format, total, N, beta):
    def error(n_hat):
        return call(event.rate_error, format, total=total, N=N, beta=beta, n_hat=n_hat)["r"]

    mean = REALS[format](total) / REALS[format](N)
    assert error(mean) == 0
    assert error(mean + 1) > 0 > error(mean - 1)
    assert call(event.regularise, format, delta=1.5, r=0.25)["delta"] == 1.75


# ---------------------------------------------------------------- reverse sweep


@given(formats, errors, instants, instants, positive)
def test_one_spike_gives_eq_18(format, delta, E, E_spike, A):
    assume(E_spike >= E)
    spike = {"E": E_spike, "z": 1 / E_spike, "A": A, "delta": delta, "theta": 0.5}
    P, Q = call(event.reverse_spike, format, P=0.0, Q=0.0, **spike).values()
    share = call(event.reverse_event, format, P=P, Q=Q, E=E)["x"]
    x = E / E_spike
    assert share == pytest.approx(delta * A * (x * x - x), rel=1e-5, abs=1e-4)


@given(errors, errors, instants, instants, positive, positive, instants)
def test_two_spikes_give_the_recursion_of_h(delta1, delta2, E1, E2, A1, A2, E):
    """The earlier spike moves the later one by theta / tau of its own gradient (eq. 17, 18)."""
    assume(E <= E1 <= E2)
    theta = 0.5

    def spike(P, Q, E, A, delta):
        inputs = {"P": P, "Q": Q, "E": E, "z": 1 / E, "A": A, "delta": delta, "theta": theta}
        return call(event.reverse_spike, FLOAT64, **inputs).values()

    P, Q = spike(*spike(0.0, 0.0, E2, A2, delta2), E1, A1, delta1)
    first = A1 * ((E / E1) ** 2 - E / E1)  # dt/dw over tau
    h = E - theta * E1 * first
    second = A2 * ((E / E2) ** 2 - h / E2)
    share = call(event.reverse_event, FLOAT64, P=P, Q=Q, E=E)["x"]
    assert share == pytest.approx(delta1 * first + delta2 * second, rel=1e-9, abs=1e-9)


@given(weights, weights, weights, instants)
def test_an_event_is_handed_the_derivative_of_its_share(w, P, Q, E):
    """Of w (P E^2 + Q E), by the time of the event over tau: E d/dE."""
    step = 1e-6
    shares = [P * (E + s) ** 2 + Q * (E + s) for s in (-step, step)]
    derivative = w * E * (shares[1] - shares[0]) / (2 * step)
    handed = call(event.hand_down, FLOAT64, w=w, P=P, Q=Q, E=E)["x"]
    assert handed == pytest.approx(derivative, rel=1e-6, abs=1e-6)


@given(formats, weights, weights, instants)
def test_shares_do_not_change_at_the_border_of_an_epoch(format, P, Q, E):
    """An event at E of an epoch is one at E / R of the next."""
    back = call(event.previous_epoch, format, P=P, Q=Q)
    here = call(event.reverse_event, format, **back, E=E)["x"]
    assert here == call(event.reverse_event, format, P=P, Q=Q, E=E / RADIX)["x"]


# ---------------------------------------------------------------- update


def step(format, t, g, w=0.5, m=0.0, v=0.0):
    """One step of Adam with the usual constants."""
    constants = {
        "rate": 3e-3, "beta1": 0.9, "beta2": 0.999, "nbeta1": 1 - 0.9, "nbeta2": 1 - 0.999,
        "c1": 1 / (1 - 0.9**t), "c2": 1 / (1 - 0.999**t), "epsilon": 1e-8,
    }  # fmt: skip
    return call(event.adam, format, w=w, m=m, v=v, g=g, **constants)


@given(formats, st.floats(2**-10, 2**10, width=32), st.sampled_from([1, -1]))
def test_the_first_step_has_the_size_of_the_rate(format, size, sign):
    assert step(format, 1, sign * size)["w"] == pytest.approx(0.5 - sign * 3e-3, rel=1e-4)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=12))
def test_adam_as_its_authors_write_it(gradients):
    w, m, v = 0.5, 0.0, 0.0
    ours = {"w": w, "m": m, "v": v}
    for t, g in enumerate(gradients, 1):
        ours = step(FLOAT64, t, g, **ours)
        m, v = 0.9 * m + (1 - 0.9) * g, 0.999 * v + (1 - 0.999) * g * g
        w -= 3e-3 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
    assert ours["w"] == pytest.approx(w, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("format", REALS, ids=str)
def test_the_state_of_a_weight_that_fell_silent_becomes_exactly_zero(format):
    state = step(format, 1, 1.0)
    smallest = np.finfo(REALS[format]).smallest_normal
    for t in range(2, 600):
        state = step(format, t, 0.0, **state)
        assert state["m"] == 0 or abs(state["m"]) >= 2.0**-60 > smallest
    assert state["m"] == 0
    assert np.signbit(state["m"]) == 0
    tiny = step(format, 600, 0.0, w=0.5, v=2.0**-120)
    assert tiny["v"] == 0
    assert tiny["w"] == 0.5


@given(formats, weights)
def test_a_weight_without_gradient_stays(format, w):
    assert step(format, 5, 0.0, w=w)["w"] == REALS[format](w)


@given(formats, weights, positive)
def test_the_mean_gradient_is_scaled(format, g, factor):
    scaled = call(event.mean_gradient, format, g=g, factor=factor)["g"]
    assert scaled == REALS[format](g) * REALS[format](factor)
