"""Fixed-point numbers in expression graphs: integers that know their fraction bits.

Each function keeps the value it stands for, or rounds it at one visible place; no bit is lost
between. A value of format float passes through unchanged, so that a formula written with these
functions is also the formula in real numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sfdfa_compiler.arith.nodes import (
    Expr,
    Format,
    constant,
    convert,
    maximum,
    minimum,
    select,
)

Rounding = Literal["zero", "half_up"]
Overflow = Literal["saturate", "error"]


@dataclass(frozen=True, slots=True)
class Variable:
    """How a variable is kept: its format, and what becomes of a value that does not fit.

    "error": it wraps; that this never happens is proved, or found out while running.
    """

    format: Format
    overflow: Overflow = "error"


def limits(format: Format) -> tuple[int, int]:
    """The smallest and the largest integer of a format."""
    if format.kind == "uint":
        return 0, 2**format.width - 1
    return -(2 ** (format.width - 1)), 2 ** (format.width - 1) - 1


def nearest(value: float, format: Format) -> int | float:
    """A real constant in a format, floor(value * 2^fraction + 0.5) in float64; it may not fit."""
    if format.kind == "float":
        return value
    return math.floor(value * 2.0**format.fraction + 0.5)


def as_real(number: float, format: Format) -> float:
    """The real number that an integer of a format stands for."""
    return number if format.kind == "float" else number / 2.0**format.fraction


def widen(x: Expr, bits: int) -> Expr:
    """The same number in an integer of at least `bits` bits: 32 or 64."""
    if x.format.kind == "float":
        return x
    return convert(x, Format("int", 32 if bits <= 32 else 64, x.format.fraction))


def align(x: Expr, fraction: int) -> Expr:
    """The same number with more fraction bits; x must be wide enough for them."""
    added = fraction - x.format.fraction
    if x.format.kind == "float" or added == 0:
        return x
    if added < 0:
        raise ValueError(f"{-added} fraction bits would be lost: round instead")
    return _shifted("shl", x, added, fraction)


def product(x: Expr, y: Expr) -> Expr:
    """The exact product: fraction bits add up."""
    if x.format.kind == "float":
        return x * y
    bits = x.format.width + y.format.width
    x, y = widen(x, bits), widen(y, bits)
    fraction = x.format.fraction + y.format.fraction
    return Expr("mul", (x, y), Format("int", x.format.width, fraction))


def rounded(x: Expr, fraction: int, rounding: Rounding) -> Expr:
    """The number rounded to fewer fraction bits: toward zero, or to nearest with ties up."""
    dropped = x.format.fraction - fraction
    if x.format.kind == "float" or dropped <= 0:
        return align(x, fraction)
    if rounding == "zero":
        bias = select(x < 0, constant(2**dropped - 1, x.format), 0)  # lifts floor to ceiling
    else:
        bias = constant(2 ** (dropped - 1), x.format)
    return _shifted("shr", x + bias, dropped, fraction)


def narrow(x: Expr, variable: Variable) -> Expr:
    """The number as `variable` keeps it: clipped, or its low bits."""
    format = variable.format
    if format.kind == "float":
        return x
    if x.format.fraction != format.fraction:
        raise ValueError(f"{x.format.fraction} fraction bits given, {format.fraction} wanted")
    if variable.overflow == "saturate":
        low, high = limits(format)
        x = minimum(maximum(x, low), high)
    return convert(x, format)


def _shifted(op: str, x: Expr, bits: int, fraction: int) -> Expr:
    format = Format(x.format.kind, x.format.width, fraction)
    return Expr(op, (x, constant(bits, x.format)), format)
