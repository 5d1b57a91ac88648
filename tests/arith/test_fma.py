"""The fused multiply-add of NumPy against the C library's, on the cases where rounding is hard."""

import ctypes
from itertools import product

import numpy as np
import pytest

from sfdfa_compiler.arith.exact import fma32, fma64

LIBM = ctypes.CDLL(None)
WIDTHS = {
    np.float32: (fma32, "fmaf", ctypes.c_float, np.uint32, 23, 149),
    np.float64: (fma64, "fma", ctypes.c_double, np.uint64, 52, 1074),
}


@pytest.fixture(params=WIDTHS, ids=lambda real: real.__name__)
def real(request):
    return request.param


def assert_like_libm(*operands):
    """Equal bits for every element; one NaN is as good as another."""
    operands = np.broadcast_arrays(*operands)
    real = operands[0].dtype.type
    fma, name, c_type, word, _, _ = WIDTHS[real]
    libm = ctypes.CFUNCTYPE(c_type, c_type, c_type, c_type)((name, LIBM))
    with np.errstate(all="ignore"):
        got = fma(*operands)
    wanted = np.array([libm(*each) for each in zip(*(o.tolist() for o in operands), strict=True)])
    wanted = wanted.astype(real)
    differ = (got.view(word) != wanted.view(word)) & ~(np.isnan(got) & np.isnan(wanted))
    where = np.flatnonzero(differ)[:3]
    cases = [(*(o[i].hex() for o in operands), got[i].hex(), wanted[i].hex()) for i in where]
    assert not differ.any(), f"{differ.sum()} of {len(got)}: x, y, z, got, wanted = {cases}"


def significands(rng, real, count, bits=None):
    """Random numbers in [1, 2) of `bits` bits, the last of them set, with either sign."""
    bits = WIDTHS[real][4] + 1 if bits is None else bits
    whole = rng.integers(2 ** (bits - 1), 2**bits, count) | 1
    return (np.ldexp(whole.astype(np.float64), 1 - bits) * rng.choice([-1, 1], count)).astype(real)


def test_operands_of_like_size(real):
    rng = np.random.default_rng(1)
    count = 400_000
    x, y, z = (significands(rng, real, count) for _ in range(3))
    assert_like_libm(x, y, np.ldexp(z, rng.integers(-60, 60, count)).astype(real))


def test_products_that_end_halfway_between_two_numbers(real):
    """Such a product and something very small: rounding twice would go the wrong way."""
    rng = np.random.default_rng(2)
    count = 300_000
    bits = WIDTHS[real][4] + 2  # one more than a number holds
    x = significands(rng, real, count, bits // 2)
    y = significands(rng, real, count, bits - bits // 2)
    small = np.ldexp(significands(rng, real, count), rng.integers(-140, -20, count)).astype(real)
    assert_like_libm(x, y, small)
    assert_like_libm(x, y, np.zeros(count, real))


def test_sums_that_end_halfway_between_two_numbers(real):
    """Z makes up what the product lacks to a midpoint, up to a few of its own last bits."""
    rng = np.random.default_rng(3)
    count = 300_000
    x, y = (significands(rng, real, count) for _ in range(2))
    rounded = x * y
    ulp = np.spacing(np.abs(rounded)).astype(real)
    shift = real(2.0) ** rng.integers(0, 20, count).astype(real)
    midpoint = (rounded * shift + ulp * shift * real(0.5)).astype(real)
    assert_like_libm(x, y, (midpoint - rounded).astype(real))
    half = ulp * shift * (rng.integers(-8, 8, count) + 0.5).astype(real)
    assert_like_libm(x, y, half)
    assert_like_libm(x, y, np.nextafter(half, real(0)))


def test_cancellation(real):
    rng = np.random.default_rng(4)
    count = 200_000
    x, y = (significands(rng, real, count) for _ in range(2))
    z = -(x * y)
    assert_like_libm(x, y, z)
    assert_like_libm(x, y, np.nextafter(z, real(0)))
    scale = np.ldexp(real(1), -WIDTHS[real][5] // 2)
    assert_like_libm(x * scale, y, z * scale)


def test_results_below_the_normal_numbers(real):
    rng = np.random.default_rng(5)
    count = 60_000
    lowest = WIDTHS[real][5]
    x, y, z = (significands(rng, real, count) for _ in range(3))
    half = lowest // 2
    x = np.ldexp(x, rng.integers(-half - 4, -half + 30, count)).astype(real)
    y = np.ldexp(y, -half).astype(real)
    assert_like_libm(x, y, np.ldexp(z, rng.integers(-lowest, -lowest + 40, count)).astype(real))
    assert_like_libm(x, y, np.zeros(count, real))


def test_results_about_the_largest_number(real):
    rng = np.random.default_rng(6)
    count = 60_000
    largest = np.finfo(real).maxexp
    x, y, z = (significands(rng, real, count) for _ in range(3))
    half = largest // 2
    x = np.ldexp(x, rng.integers(half - 3, half + 2, count)).astype(real)
    y = np.ldexp(y, half - 1).astype(real)
    assert_like_libm(x, y, np.ldexp(z, rng.integers(largest - 4, largest, count)).astype(real))


def test_any_bits(real):
    rng = np.random.default_rng(7)
    word = WIDTHS[real][3]
    count = 300_000 if real is np.float32 else 40_000
    x, y, z = rng.integers(0, np.iinfo(word).max, (3, count), word, endpoint=True).view(real)
    assert_like_libm(x, y, z)


def test_all_triples_of_special_numbers(real):
    info = np.finfo(real)
    some = [0.0, 1.0, 3.0, info.smallest_subnormal, info.smallest_normal, info.max, np.inf]
    some += [real(1) + info.eps, np.nextafter(info.smallest_normal, real(0)), info.eps]
    signed = np.array([sign * number for number in some for sign in (1, -1)] + [np.nan], real)
    x, y, z = np.array(list(product(signed, repeat=3)), real).T.copy()
    assert_like_libm(x, y, z)


def test_operands_broadcast_and_scalars_stay_scalars(real):
    fma = WIDTHS[real][0]
    x, y, z = np.ones((2, 1), real), np.full(3, 2, real), real(3)
    assert fma(x, y, z).tolist() == [[5.0] * 3] * 2
    assert fma(real(2), real(3), real(4)).shape == ()
    tie = fma(real(1) + np.finfo(real).eps, real(1), np.finfo(real).eps / real(2))
    assert tie == real(1) + 2 * np.finfo(real).eps
    assert fma(x, y, z).dtype == real
