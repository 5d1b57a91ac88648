"""Rounding, clipping and bounds: graphs of operations against the formulas of the page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfdfa_compiler.arith import FLOAT64, Expr, Format, Micro
from sfdfa_compiler.arith.clock import charge, crosses, leak, receive, reset
from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.arith.event import integrate
from sfdfa_compiler.arith.fixed import Variable, align, limits, narrow, product, rounded, widen
from sfdfa_compiler.arith.interval import Interval, bounds, of_format
from sfdfa_compiler.arith.nodes import assemble
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.schedule.formats import clock_formats
from tests.clock.scalar import rnd

X = Expr
Y = Expr

LOIHI2, SPINNAKER = clock_formats("clock:loihi2"), clock_formats("clock:spinnaker")
WIDE = Format("int", 64, 20)


def function(build, *settings, x: Format = WIDE, y: Format = WIDE) -> Micro:
    """The micro-function of `build`, whose inputs are annotated X and Y."""
    return assemble(build, "a test", {"X": x, "Y": y}, *settings)


def whole(format: Format):
    return st.integers(*limits(format))


@given(
    number=st.integers(-(2**62), 2**62),
    dropped=st.integers(0, 20),
    rounding=st.sampled_from(["zero", "half_up"]),
)
def test_rounding_is_that_of_the_page(number, dropped, rounding):
    def f(fraction, rounding, x: X):
        return {"y": rounded(x, fraction, rounding)}

    (y,) = evaluate(function(f, 20 - dropped, rounding), np.int64(number))
    assert int(y) == rnd(number, dropped, rounding)


@given(number=whole(Format("int", 24)), added=st.integers(0, 20))
def test_alignment_keeps_the_value(number, added):
    def f(fraction, x: X):
        return {"y": align(widen(x, 44), fraction)}

    format = Format("int", 24, 6)
    micro = function(f, 6 + added, x=format)
    (y,) = evaluate(micro, np.int32(number))
    assert int(y) == number * 2**added
    assert micro.outputs["y"].format == Format("int", 64, 6 + added)


def test_alignment_refuses_to_lose_bits():
    def f(x: X):
        return {"y": align(x, 19)}

    with pytest.raises(ValueError, match="1 fraction bits would be lost"):
        function(f)


@given(a=whole(Format("int", 24)), b=whole(Format("uint", 12)))
def test_products_are_exact(a, b):
    def f(x: X, y: Y):
        return {"y": product(x, y)}

    micro = function(f, x=Format("int", 24, 12), y=Format("uint", 12, 12))
    (y,) = evaluate(micro, np.int32(a), np.uint16(b))
    assert int(y) == a * b
    assert micro.outputs["y"].format.fraction == 24


@given(number=st.integers(-(2**40), 2**40), width=st.integers(2, 32))
def test_values_are_clipped_or_wrap(number, width):
    def f(overflow, x: X):
        return {"y": narrow(x, Variable(Format("int", width, 20), overflow))}

    low, high = limits(Format("int", width))
    (clipped,) = evaluate(function(f, "saturate"), np.int64(number))
    assert int(clipped) == min(max(number, low), high)
    (same,) = evaluate(function(f, "error"), np.int64(min(max(number, low), high)))
    assert same == clipped


def test_fractions_must_match():
    def f(x: X):
        return {"y": narrow(x, Variable(Format("int", 24, 12)))}

    with pytest.raises(ValueError, match="20 fraction bits given, 12 wanted"):
        function(f)


def test_real_numbers_pass_through():
    def f(x: X, y: Y):
        z = rounded(product(widen(x, 32), align(y, 7)), 3, "zero")
        return {"y": narrow(z, Variable(FLOAT64, "saturate"))}

    (y,) = evaluate(function(f, x=FLOAT64, y=FLOAT64), np.float64(0.1), np.float64(1e300))
    assert y == 0.1 * 1e300


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize("formats", [LOIHI2, SPINNAKER], ids=lambda formats: formats.name)
@pytest.mark.parametrize("recipe", [leak, receive, charge, crosses, reset], ids=lambda r: r.name)
@given(choice=st.data())
def test_bounds_hold(formats, recipe, choice):
    """Whatever the inputs in their intervals: the outputs lie in the intervals that are found."""
    micro = recipe.at(formats)
    ranges, numbers = {}, []
    for node in micro.inputs:
        one, other = (choice.draw(whole(node.format)) for _ in range(2))
        ranges[node.name] = Interval(min(one, other), max(one, other))
        number = choice.draw(st.integers(min(one, other), max(one, other)))
        numbers.append(dtype(node.format).type(number))
    found = bounds(micro, **ranges)
    for name, value in zip(micro.outputs, evaluate(micro, *numbers), strict=True):
        assert Interval(int(value), int(value)) in found.outputs[name]


@pytest.mark.parametrize("formats", [LOIHI2, SPINNAKER], ids=lambda formats: formats.name)
def test_a_decay_never_lifts_a_magnitude(formats):
    """What the certificate's induction needs: it holds for every bound."""
    for bits in range(1, formats.potential.format.width):
        for most in (2 ** (bits - 1), 2**bits - 1):
            found = bounds(leak.at(formats), x=Interval(-most, most))
            assert found.outputs["x"] in Interval(-most, most)
            assert not found.wraps


def test_wraps_are_found():
    def f(x: X):
        return {"y": x + x}

    format = Format("int", 32)
    assert not bounds(function(f, x=format), x=Interval(-(2**30), 2**30 - 1)).wraps
    found = bounds(function(f, x=format), x=Interval(0, 2**30))
    assert [node.op for node in found.wraps] == ["add"]
    assert found.outputs["y"] == of_format(format)


def test_charging_a_full_potential_may_wrap_on_spinnaker_only():
    A = Interval(-(2**15), 2**15)
    assert not bounds(charge.at(LOIHI2), A=A).wraps
    assert [node.op for node in bounds(charge.at(SPINNAKER), A=A).wraps] == ["convert"]


def test_intervals_are_for_integers():
    with pytest.raises(TypeError, match="no intervals for fma"):
        bounds(integrate.at(FLOAT64), **{k: Interval(0, 1) for k in ("a", "b", "w", "E")})


def test_a_sign_turns_an_interval_round():
    def f(x: X):
        return {"y": -x}

    assert bounds(function(f), x=Interval(-3, 2)).outputs["y"] == Interval(-2, 3)
