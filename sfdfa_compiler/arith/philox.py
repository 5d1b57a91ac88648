"""Philox4x32-10, the only source of random numbers (Salmon et al. 2011).

A number depends on what it is for, not on when it is drawn: the counter names purpose, layer,
neuron, sample and step (semantics, section 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from sfdfa_compiler.arith.nodes import Expr, Format, Word, convert, micro

UINT64 = Format("uint", 64)
ROUNDS = 10


class Purpose(IntEnum):
    """What a number is for: the upper half of counter word 2."""

    # The table of the semantics; nothing draws yet for those that are reserved: 4, 7, 11.
    WEIGHT = 1
    PERTURBATION = 2
    ORDER = 3
    ROUNDING = 4
    FEEDBACK = 5
    VALIDATION = 6
    CLOCK_ROUNDING = 7
    FUZZING = 11


def _product(x: Expr, multiplier: int) -> tuple[Expr, Expr]:
    """High and low word of the exact product of two 32-bit words."""
    product = convert(x, UINT64) * multiplier
    return convert(product >> 32, x.format), convert(product, x.format)


@micro("Salmon et al. 2011, Philox4x32-10")
def philox(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> Mapping[str, Expr]:
    """Four random words for one counter and key."""
    for _ in range(ROUNDS):
        high0, low0 = _product(c0, 0xD2511F53)
        high1, low1 = _product(c2, 0xCD9E8D57)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 = k0 + 0x9E3779B9
        k1 = k1 + 0xBB67AE85
    return {"x0": c0, "x1": c1, "x2": c2, "x3": c3}
