"""Exact quantities with a dimension: what numbers are until they enter the program.

A value of the source stays a fraction through every constant and every operation; `nearest` rounds
it once to float64. Dimensions are powers of the second: a time is 1, a frequency -1, a number 0
(potentials, weights and thresholds are plain numbers in one common scale).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from sfdfa_compiler.diagnostics import Diagnostic, Rule, Span

LARGEST: Final = Fraction(10) ** 300  # beyond it no float64 is left to round to safely
MOST_BITS: Final = 8192  # of an exact numerator or denominator: keeps every operation short
MOST_EXPONENT: Final = 64

MISMATCH = Rule(
    code="SNN101", message="{what} needs {wanted}", label="this is {found}", help="write {wanted}"
)
TOO_LARGE = Rule(
    code="SNN112",
    message="this value is beyond what the compiler keeps",
    notes=("a value lies between 1e-300 and 1e300, or is 0, and has at most 2,400 exact digits",),
    help="write another value: is there a slip in an exponent?",
)
NOT_FINITE = Rule(
    code="SNN112",
    message="every number is finite: there is no `{word}`",
    notes=("a value lies between 1e-300 and 1e300, or is 0",),
    help="write a number",
)
BAD_EXPONENT = Rule(
    code="SNN113",
    message="an exponent is a whole number from -64 to 64",
    label="this is {found}",
    help="write the exponent as such a number: `x ^ 2`, `x ^ -1`",
)
ZERO_DIVISION = Rule(
    code="SNN114",
    message="division by zero",
    label="this is 0",
    help="write a divisor that is not 0",
)


class QuantityError(Exception):
    """An operation without a result; the caller knows the place: `error.at(span)`."""

    def __init__(self, rule: Rule, **words: str) -> None:
        """Keep the message and what fills its braces."""
        super().__init__(rule.message)
        self._rule = rule
        self._words: dict[str, Any] = dict(words)

    def at(self, span: Span) -> Diagnostic:
        """The message at a place."""
        return self._rule.at(span, **self._words)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value in SI units: `value` seconds to the power of `dimension`."""

    value: Fraction
    dimension: int = 0

    def __neg__(self) -> Quantity:
        """The opposite."""
        return Quantity(-self.value, self.dimension)

    def __add__(self, other: Quantity) -> Quantity:
        """The sum of two quantities of one dimension."""
        self._same_dimension("+", other)
        return _bounded(self.value + other.value, self.dimension)

    def __sub__(self, other: Quantity) -> Quantity:
        """The difference of two quantities of one dimension."""
        self._same_dimension("-", other)
        return _bounded(self.value - other.value, self.dimension)

    def __mul__(self, other: Quantity) -> Quantity:
        """The product; dimensions add."""
        return _bounded(self.value * other.value, self.dimension + other.dimension)

    def __truediv__(self, other: Quantity) -> Quantity:
        """The quotient; dimensions subtract."""
        if not other.value:
            raise QuantityError(ZERO_DIVISION)
        return _bounded(self.value / other.value, self.dimension - other.dimension)

    def __pow__(self, exponent: Quantity) -> Quantity:
        """A whole power."""
        power = exponent.value
        if exponent.dimension or power.denominator != 1 or abs(power) > MOST_EXPONENT:
            raise QuantityError(BAD_EXPONENT, found=str(exponent))
        if power < 0 and not self.value:
            raise QuantityError(ZERO_DIVISION)
        return _bounded(self.value ** int(power), self.dimension * int(power))

    def nearest(self) -> float:
        """The float64 nearest to the exact value: the only rounding there is."""
        return self.value.numerator / self.value.denominator  # integers divide correctly rounded

    def __str__(self) -> str:
        """As a user would write it: `20 ms`, `0.5`."""
        if self.dimension not in _WRITTEN:
            return f"{_decimal(self.value)} {_name_of(self.dimension)}"
        steps = _WRITTEN[self.dimension]
        unit = next((u for u in steps if abs(self.value) >= UNITS[u].factor), steps[-1])
        if not self.value:
            unit = steps[0]
        return f"{_decimal(self.value / UNITS[unit].factor)} {unit}".rstrip()

    def _same_dimension(self, sign: str, other: Quantity) -> None:
        if self.dimension != other.dimension:
            raise QuantityError(
                MISMATCH,
                what=f"`{sign}` after {dimension_name(self.dimension)}",
                wanted=f"{dimension_name(self.dimension)} on its right too",
                found=dimension_name(other.dimension),
            )


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit multiplies its number by, and the dimension it gives."""

    factor: Fraction
    dimension: int


NUMBER, TIME, FREQUENCY = 0, 1, -1

UNITS: Final[dict[str, Unit]] = {
    "s": Unit(Fraction(1), TIME),
    "ms": Unit(Fraction(1, 10**3), TIME),
    "us": Unit(Fraction(1, 10**6), TIME),
    "\u00b5s": Unit(Fraction(1, 10**6), TIME),  # micro sign
    "\u03bcs": Unit(Fraction(1, 10**6), TIME),  # Greek mu
    "ns": Unit(Fraction(1, 10**9), TIME),
    "Hz": Unit(Fraction(1), FREQUENCY),
    "kHz": Unit(Fraction(10**3), FREQUENCY),
    "MHz": Unit(Fraction(10**6), FREQUENCY),
    "%": Unit(Fraction(1, 100), NUMBER),
    "": Unit(Fraction(1), NUMBER),
}
UNIT_WORDS: Final = tuple(unit for unit in UNITS if unit)
ASCII_UNITS: Final = "s ms us ns Hz kHz MHz %"  # for messages

_WRITTEN = {TIME: ("s", "ms", "us", "ns"), FREQUENCY: ("MHz", "kHz", "Hz"), NUMBER: ("",)}

# Units of other simulators. Known only to be refused with advice.
ELECTRICAL: Final = frozenset(
    prefix + unit
    for unit in ("V", "A", "S", "F", "Ohm", "ohm", "C", "volt", "amp", "siemens", "farad")
    for prefix in ("", "k", "M", "G", "m", "u", "n", "p", "\u00b5", "\u03bc")
)
SPELLED_OUT: Final[dict[str, str]] = {
    **dict.fromkeys(("sec", "secs", "second", "seconds", "S"), "s"),
    **dict.fromkeys(("msec", "msecs", "millisecond", "milliseconds", "MS", "mS"), "ms"),
    **dict.fromkeys(("usec", "usecs", "microsecond", "microseconds"), "us"),
    **dict.fromkeys(("nsec", "nanosecond", "nanoseconds"), "ns"),
    **dict.fromkeys(("hz", "HZ", "hertz", "Hertz"), "Hz"),
    **dict.fromkeys(("khz", "KHz", "KHZ"), "kHz"),
    **dict.fromkeys(("mhz", "MHZ"), "MHz"),
    **dict.fromkeys(("percent", "pct"), "%"),
}


def quantity(digits: str, unit: str = "") -> Quantity:
    """The exact value of `digits` (as the grammar has numbers) times a unit of `UNITS`.

    Raises:
        QuantityError: If the value is beyond 1e300, or below 1e-300 and not 0.
    """
    mantissa, _, exponent = digits.replace("_", "").lower().partition("e")
    if len(mantissa) > MOST_BITS // 4 or len(exponent.lstrip("+-0")) > 3:
        raise QuantityError(TOO_LARGE)  # before 10 ** exponent is formed
    value = Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
    return _bounded(value * UNITS[unit].factor, UNITS[unit].dimension)


def in_words(value: float, dimension: int = NUMBER) -> str:
    """A float of the program as a user would write it: 0.26 s is `260 ms`."""
    return str(Quantity(Fraction(repr(value)), dimension)) if abs(value) < float("inf") else "inf"


def dimension_name(dimension: int) -> str:
    """`a number`, `a time`, `a frequency`, `a quantity in s^2`."""
    names = {NUMBER: "a number", TIME: "a time", FREQUENCY: "a frequency"}
    return names.get(dimension, f"a quantity in {_name_of(dimension)}")


def _name_of(dimension: int) -> str:
    return f"s^{dimension}"


def _bounded(value: Fraction, dimension: int) -> Quantity:
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if bits > MOST_BITS or (value and not 1 / LARGEST <= abs(value) <= LARGEST):
        raise QuantityError(TOO_LARGE)
    if abs(dimension) > MOST_EXPONENT:
        raise QuantityError(TOO_LARGE)
    return Quantity(value, dimension)


def _decimal(value: Fraction) -> str:
    """Short: at most nine digits, no exponent where it is not needed."""
    mantissa, e, exponent = f"{value.numerator / value.denominator:.9g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa
