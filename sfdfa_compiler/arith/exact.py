"""Fused multiply-add in NumPy, rounded once, for arrays of float32 and float64.

NumPy has no fma. In float32 the product is exact in float64, but the sum is rounded to 53 bits
before it is rounded to 24: the result can differ only where the first rounding ends on a tie of
the second (or where the result is so small that float32 has fewer bits). Just those elements are
computed again, with the first rounding replaced by rounding to odd (Boldo and Melquiond 2008).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_BELOW = np.uint64(0x1FFFFFFF)  # bits of a float64 below float32's last
_TIE = np.uint64(0x10000000)
_TINY32 = np.float32(2.0**-125)  # below twice the smallest normal float32
_SPLITTER = 134217729.0  # 2^27 + 1, Veltkamp


def fma32(x: Array, y: Array, z: Array) -> Array:
    """X * y + z for float32, rounded once; operands broadcast."""
    product = np.multiply(x, y, dtype=np.float64)
    total = np.asarray(product + z)
    result = total.astype(np.float32)
    doubtful = (total.view(np.uint64) & _BELOW) == _TIE
    doubtful |= (np.abs(result) < _TINY32) & (total != 0)
    if doubtful.any():
        at = np.nonzero(doubtful) if total.ndim else ()
        addend = np.broadcast_to(np.asarray(z, np.float64), total.shape)[at]
        factor = np.broadcast_to(product, total.shape)[at]
        result[at] = add_to_odd(factor, addend).astype(np.float32)
    return result


def fma64(x: Array, y: Array, z: Array) -> Array:
    """X * y + z for float64, rounded once (Boldo and Melquiond 2008); operands broadcast.

    Where the product is so small that its low half leaves the range of float64, or so large that
    splitting overflows, the element is computed in exact integers.
    """
    x, y, z = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (x, y, z)))
    high, low = _two_product(x, y)
    upper, lower = _two_sum(z, low)
    head, tail = _two_sum(high, upper)
    zero = (x == 0) | (y == 0)  # then the product is exact, and so is its sign
    result = np.where(zero, high + z, head + add_to_odd(tail, lower))
    magnitude = np.abs(high)
    rare = ((magnitude < 2.0**-960) & ~zero) | ~(magnitude < 2.0**960)
    rare |= ~(np.abs(x) < 2.0**990) | ~(np.abs(y) < 2.0**990) | ~(np.abs(z) < 2.0**960)
    if rare.any():
        flat = result.reshape(-1)
        columns = (x.reshape(-1), y.reshape(-1), z.reshape(-1))
        for index in np.flatnonzero(rare):
            flat[index] = _fma_exact(*(float(column[index]) for column in columns))
        result = flat.reshape(result.shape)
    return result


def add_to_odd(x: Array, y: Array) -> Array:
    """X + y in float64, rounded to odd: an inexact sum takes the neighbour whose last bit is 1."""
    total, error = _two_sum(x, y)
    even = (np.asarray(total).view(np.uint64) & np.uint64(1)) == 0
    with np.errstate(invalid="ignore"):
        toward = np.where(error > 0, np.inf, -np.inf)
        odd = np.nextafter(total, toward)
    return np.where((error != 0) & even & np.isfinite(total), odd, total)


def _two_sum(x: Array, y: Array) -> tuple[Array, Array]:
    """X + y as a float64 and its rounding error (Knuth)."""
    with np.errstate(invalid="ignore", over="ignore"):
        total = x + y
        part = total - x
        return total, (x - (total - part)) + (y - part)


def _two_product(x: Array, y: Array) -> tuple[Array, Array]:
    """X * y as a float64 and its rounding error (Dekker)."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        product = x * y
        x_high, x_low = _split(x)
        y_high, y_low = _split(y)
        error = x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)
        return product, error


def _split(x: Array) -> tuple[Array, Array]:
    scaled = _SPLITTER * x
    high = scaled - (scaled - x)
    return high, x - high


def _fma_exact(x: float, y: float, z: float) -> float:
    """One float64 fma by exact integers; infinities and NaN as IEEE 754 has them."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return x * y + z
    if not math.isfinite(z):
        return z  # whatever the product: it is finite, even where it does not fit a float64
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if exact == 0:
        return x * y + z  # only the sign of zero is left to decide
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
