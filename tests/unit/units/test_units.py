"""Exact quantities: what a user writes becomes the nearest float64, once."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfdfa_compiler.units import (
    TIME,
    UNITS,
    Quantity,
    QuantityError,
    dimension_name,
    in_words,
    quantity,
)

numbers = st.builds(
    lambda digits, point, exponent: f"{digits[:point] or 0}.{digits[point:] or 0}e{exponent}",
    st.text("0123456789", min_size=1, max_size=20),
    st.integers(0, 20),
    st.integers(-200, 200),
)


@given(numbers, st.sampled_from([unit for unit in UNITS if unit != "%"]))
def test_number_times_unit_is_the_nearest_float(digits: str, unit: str) -> None:
    """`Decimal` shifts its point without rounding, and `float` of its text rounds correctly."""
    shift = {"ms": -3, "us": -6, "\u00b5s": -6, "\u03bcs": -6, "ns": -9, "kHz": 3, "MHz": 6}
    exact = Decimal(digits).scaleb(shift.get(unit, 0))
    found = quantity(digits, unit).nearest()
    assert found == float(str(exact))


@pytest.mark.parametrize(
    ("digits", "unit", "value"),
    [
        ("9", "ms", 0.009),  # 9 * 0.001 is 0.009000000000000001
        ("130", "ms", 0.13),
        ("0.4", "ms", 0.0004),
        ("10", "%", 0.1),
        ("60_000", "", 60000.0),
        ("3e-3", "", 0.003),
        ("1.5", "\u00b5s", 1.5e-6),
        ("2", "kHz", 2000.0),
    ],
)
def test_known_values(digits: str, unit: str, value: float) -> None:
    assert quantity(digits, unit).nearest() == value


def test_operations_are_exact() -> None:
    assert quantity("1.2") / quantity("0.2") == Quantity(Fraction(6))
    assert quantity("0.1") + quantity("0.2") == quantity("0.3")
    assert quantity("260", "ms") == quantity("2") * quantity("130", "ms")
    assert (quantity("0.2") / quantity("0.26")).nearest() == 0.2 / 0.26 == 0.7692307692307693
    assert quantity("2") ** quantity("10") == quantity("1024")
    assert -quantity("3") - quantity("4") == quantity("0") - quantity("7")


def test_dimensions() -> None:
    period = quantity("1") / quantity("50", "Hz")
    assert period == quantity("20", "ms")
    assert (period / quantity("1", "ms")).dimension == 0
    assert dimension_name((period * period).dimension) == "a quantity in s^2"
    with pytest.raises(QuantityError):
        period + quantity("1")
    with pytest.raises(QuantityError):
        period - quantity("1", "Hz")


@pytest.mark.parametrize(
    "compute",
    [
        lambda: quantity("1e999"),
        lambda: quantity("1e301"),
        lambda: quantity("1e-301"),
        lambda: quantity("1e99999999999999999999"),
        lambda: quantity("1e300") * quantity("10"),
        lambda: quantity("9") ** quantity("64") ** quantity("64"),
        lambda: quantity("1") / quantity("0"),
        lambda: quantity("0") ** quantity("-1"),
        lambda: quantity("2") ** quantity("65"),
        lambda: quantity("2") ** quantity("0.5"),
        lambda: quantity("2") ** quantity("1", "ms"),
        lambda: quantity("1", "s") ** quantity("60") ** quantity("60"),
    ],
)
def test_limits(compute: object) -> None:
    assert callable(compute)
    with pytest.raises(QuantityError):
        compute()


def test_endless_digits_are_refused_at_once() -> None:
    """Denominators double with every square: the limit on digits keeps each step short."""

    def squares() -> None:
        value = quantity("1") / quantity("3")
        for _ in range(100):
            value = value * value / (value * value + quantity("1")) + quantity("1")

    with pytest.raises(QuantityError):
        squares()


@pytest.mark.parametrize(
    ("value", "dimension", "words"),
    [
        (0.26, TIME, "260 ms"),
        (1.0, TIME, "1 s"),
        (0.0, TIME, "0 s"),
        (2.5e-7, TIME, "250 ns"),
        (1e-12, TIME, "0.001 ns"),
        (0.25, 0, "0.25"),
        (1e-9, 0, "1e-9"),
        (float("inf"), 0, "inf"),
        (50.0, -1, "50 Hz"),
        (4.0, 2, "4 s^2"),
    ],
)
def test_words(value: float, dimension: int, words: str) -> None:
    assert in_words(value, dimension) == words
