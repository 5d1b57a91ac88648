"""The event profile's arithmetic: every formula of semantics.md, sections 2 to 4.

Symbols are the paper's: E = exp(t / tau) of an event or spike, a and b the two sums of a neuron,
u = b z - a z^2 with z = 1 / E its potential, I = a z^2 its current, theta its threshold. One
operation written here is one rounding; `fma` is one rounding. Every sum starts at +0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sfdfa_compiler.arith.nodes import (
    Expr,
    Flag,
    Real,
    absolute,
    constant,
    fma,
    micro,
    select,
    sqrt,
)

RADIX = 2.0**16  # E lies in [1, RADIX); beyond, the next epoch of a long window begins

Outputs = Mapping[str, Expr]


# ---------------------------------------------------------------- forward


@micro("section 2, from eq. 1")
def integrate(a: Real, b: Real, w: Real, E: Real) -> Outputs:
    """One input event at E through a synapse of weight w: a += w E^2, b += w E."""
    F = E * E
    return {"a": fma(w, F, a), "b": fma(w, E, b)}


@micro("section 2, eq. 3")
def crossing(a: Real, b: Real, E_now: Real, E_next: Real, theta: Real, theta4: Real) -> Outputs:
    """Whether the neuron fires between E_now and E_next, and when (`up`).

    It fires if it is at or above threshold when the interval ends, or if it rises to the threshold
    and falls again inside. Neighbouring intervals share the comparison at their border, so no
    spike is lost or doubled by rounding. theta4 is 4 theta.
    """
    t = b * E_next
    aa = a + a
    d = fma(b, b, -(theta4 * a))
    goal = theta * (E_next * E_next)
    end = (a > 0.0) & (t - a >= goal)
    peak = (aa < t) & (aa > b * E_now) & (d >= 0.0)
    up = aa / (b + sqrt(select(d >= 0.0, d, 0.0)))
    up = select(up < E_now, E_now, up)
    up = select(up > E_next, E_next, up)
    return {"fires": end | peak, "up": up}


@micro("section 2; a necessary condition for `crossing`, proved in docs/semantics.md")
def alert_level(theta: Real, theta4: Real, E_now: Real, E_next: Real) -> Outputs:
    """What b E_next - a reaches in every interval in which a neuron fires.

    At the end of the interval firing means at least theta E_next^2. A peak at E* inside means
    b >= 2 theta E* and a = b E* / 2, so b E_next - a >= theta E* (2 E_next - E*), which is least
    for E* = E_now. The factor is more than all roundings together. Where 4 theta a could round to
    0 (4 theta <= 1/2, a subnormal) nothing is promised, and every neuron is tested.
    """
    level = (theta * (E_now * ((E_next + E_next) - E_now))) * (1 - 2.0**-18)
    return {"level": select(theta4 > 0.5, level, -math.inf)}


@micro("section 2; a necessary condition for `crossing`, proved in docs/semantics.md")
def alert(a: Real, b: Real, E_next: Real, level: Real) -> Outputs:
    """Whether `crossing` is worth asking: it never fires where this says no."""
    return {"alert": b * E_next - a >= level}


@micro("section 2; modified local gradient, eq. 18")
def fire_modified(a: Real, b: Real, up: Real, theta: Real, theta_floor: Real) -> Outputs:
    """A spike at `up`: the reset of b, and z and A = 1 / I for the local gradient."""
    del theta_floor
    z = 1.0 / up
    current = (a * z) * z
    return {"b": fma(-theta, up, b), "z": z, "A": 1.0 / current}


@micro("section 2; exact local gradient, eq. 17")
def fire_exact(a: Real, b: Real, up: Real, theta: Real, theta_floor: Real) -> Outputs:
    """A spike at `up`: the reset of b, and z and A = 1 / (I - theta), kept finite."""
    z = 1.0 / up
    slope = (a * z) * z - theta
    slope = select(slope >= theta_floor, slope, theta_floor)
    return {"b": fma(-theta, up, b), "z": z, "A": 1.0 / slope}


@micro("section 2, long windows")
def next_epoch(a: Real, b: Real) -> Outputs:
    """The sums of a neuron, carried into the next epoch: exact, powers of two."""
    return {"a": a * RADIX**-2, "b": b * RADIX**-1}


# ---------------------------------------------------------------- forward gradient and feedback


@micro("section 4, eq. 7 to 9")
def receive_grade(s: Real, w: Real, d: Real) -> Outputs:
    """An incoming event of grade d: s += w d."""
    return {"s": fma(w, d, s)}


@micro("section 4, eq. 7 to 9")
def perturb(s: Real, p: Real) -> Outputs:
    """The grade of a neuron's first spike: what it has collected, and its perturbation."""
    return {"d": s + p}


@micro("section 4, eq. 7 to 9")
def collect_grade(d: Real, s: Real) -> Outputs:
    """A spike of an output neuron: its grade s joins the directional derivative d."""
    return {"d": d + s}


@micro("section 4, feedback update")
def correlate(c: Real, d: Real, p: Real) -> Outputs:
    """One sample in which the neuron fired: c += d p."""
    return {"c": fma(d, p, c)}


@micro("section 4, feedback update")
def follow(B: Real, c: Real, count: Real, alpha: Real) -> Outputs:
    """A feedback weight follows the mean of d p over the samples in which its neuron fired."""
    return {"B": fma(-alpha, B - c / count, B)}


# ---------------------------------------------------------------- errors


@micro("section 4")
def output_error(n: Real, is_label: Flag, correct: Real, other: Real) -> Outputs:
    """Error of an output neuron: the spike count wanted less the count n."""
    return {"e": select(is_label, correct, other) - n}


@micro("section 4")
def project_error(delta: Real, B: Real, e: Real) -> Outputs:
    """One class of the error, through direct feedback: delta += B e."""
    return {"delta": fma(B, e, delta)}


@micro("section 4, A1")
def rate_error(total: Real, N: Real, beta: Real, n_hat: Real) -> Outputs:
    """The regulariser of a neuron that fired `total` times in a batch of N samples."""
    return {"r": beta * (n_hat - total / N)}


@micro("section 4")
def regularise(delta: Real, r: Real) -> Outputs:
    """The regulariser joins the error."""
    return {"delta": delta + r}


# ---------------------------------------------------------------- reverse sweep


@micro("section 3")
def reverse_spike(P: Real, Q: Real, E: Real, z: Real, A: Real, delta: Real, theta: Real) -> Outputs:
    """A logged spike, latest first: the two numbers per neuron that carry all its gradients."""
    x = fma(-(theta * E), Q, delta) * A
    xz = x * z
    return {"P": fma(xz, z, P), "Q": Q - xz}


@micro("section 3")
def reverse_event(P: Real, Q: Real, E: Real) -> Outputs:
    """An input event, backwards: what it adds to the gradient of its synapse."""
    F = E * E
    return {"x": fma(F, P, E * Q)}


@micro("section 3, BP")
def hand_down(w: Real, P: Real, Q: Real, E: Real) -> Outputs:
    """What one neuron adds to the error of the input event at E."""
    F = E * E
    return {"x": w * fma(F + F, P, E * Q)}


@micro("section 3")
def join(x: Real, y: Real) -> Outputs:
    """One addition of a sum whose order is fixed: events of a synapse, shards, halves, blocks."""
    return {"x": x + y}


@micro("section 2, long windows")
def previous_epoch(P: Real, Q: Real) -> Outputs:
    """P and Q, carried back into the epoch before: exact, powers of two."""
    return {"P": P * RADIX**-2, "Q": Q * RADIX**-1}


# ---------------------------------------------------------------- update


@micro("section 4")
def mean_gradient(g: Real, factor: Real) -> Outputs:
    """The gradient of the batch; `factor` is tau / N."""
    return {"g": g * factor}


@micro("section 4, Adam")
def adam(
    w: Real,
    m: Real,
    v: Real,
    g: Real,
    rate: Real,
    beta1: Real,
    beta2: Real,
    nbeta1: Real,
    nbeta2: Real,
    c1: Real,
    c2: Real,
    epsilon: Real,
) -> Outputs:
    """Adam without subnormals in its state; the state of a silent weight becomes exactly zero."""
    m = fma(beta1, m, nbeta1 * g)
    v = fma(beta2, v, nbeta2 * (g * g))
    zero = constant(0.0, v.format)
    m = select(absolute(m) < 2.0**-60, zero, m)
    v = select(v < 2.0**-120, zero, v)
    step = (rate * (m * c1)) / (sqrt(v * c2) + epsilon)
    return {"w": w - step, "m": m, "v": v}
