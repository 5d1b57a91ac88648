"""Random values by counter: NumPy front of Philox (semantics, section 4)."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.arith.nodes import FLOAT32
from sfdfa_compiler.arith.philox import Purpose, philox

Words = tuple[NDArray[np.uint32], ...]


def words(
    seed: int, purpose: Purpose, layer: int, c0: ArrayLike, c1: ArrayLike, c3: ArrayLike
) -> Words:
    """Four random words for every counter; c0, c1, c3 broadcast.

    Args:
        seed: The run's seed, 64 bits.
        purpose: What the numbers are for.
        layer: Philox layer; 0 where the purpose has none.
        c0: First counter word.
        c1: Second counter word.
        c3: Fourth counter word.
    """
    key = (np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF))
    c2 = np.uint32(purpose * 65536 + layer)
    counter = [np.asarray(word).astype(np.uint32) for word in (c0, c1)]
    with np.errstate(over="ignore"):
        return evaluate(philox.at(FLOAT32), *counter, c2, np.asarray(c3).astype(np.uint32), *key)


@cache
def normal_table() -> NDArray[np.float32]:
    """65,536 quantiles of the standard normal distribution, float32."""
    quantile = NormalDist().inv_cdf
    return np.array([quantile((k + 0.5) / 65536) for k in range(65536)], np.float64).astype(
        np.float32
    )


def unit(random: Words, bits: Literal[24, 53]) -> NDArray[np.float64]:
    """Uniforms on [0, 1) of so many random bits: 53 in event64, 24 elsewhere."""
    if bits == 24:
        return (random[0] >> np.uint32(8)) / np.float64(2**24)
    high = (random[0] >> np.uint32(5)).astype(np.float64)
    return (high * 2**26 + (random[1] >> np.uint32(6))) / np.float64(2**53)


def uniform(random: Words, low: float, high: float, bits: Literal[24, 53]) -> NDArray[np.float64]:
    """Uniforms on [low, high), formed from left to right, not yet rounded to a profile's format."""
    return np.asarray(low + (high - low) * unit(random, bits))


def normal(random: Words, mean: float, sd: float) -> NDArray[np.float64]:
    """Normal values, mean + sd * table entry, not yet rounded to a profile's format."""
    entries = normal_table()[random[0] >> np.uint32(16)].astype(np.float64)
    return np.asarray(mean + sd * entries)


def perturbations(
    seed: int,
    layer: int,
    neuron: NDArray[np.integer[Any]],
    sample: NDArray[np.integer[Any]],
    step: int,
) -> NDArray[np.float32]:
    """Perturbations p of first spikes, N(0, 1), for pairs of neuron and sample index."""
    random = words(seed, Purpose.PERTURBATION, layer, neuron, sample, step)
    return np.asarray(normal_table()[random[0] >> np.uint32(16)])


def epoch_order(seed: int, samples: NDArray[np.integer[Any]], epoch: int) -> NDArray[np.int64]:
    """The samples (indices in their file) in the order of an epoch."""
    return _by_key(words(seed, Purpose.ORDER, 0, samples, 0, epoch), samples)


def held_out(seed: int, samples: NDArray[np.integer[Any]], share: float) -> NDArray[np.int64]:
    """The given share of the samples (rounded down), held out for validation, ascending."""
    order = _by_key(words(seed, Purpose.VALIDATION, 0, samples, 0, 0), samples)
    return np.sort(order[: int(len(samples) * share)])


def _by_key(random: Words, samples: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    key = random[0].astype(np.uint64) << np.uint64(32) | random[1]
    return np.asarray(samples, np.int64)[np.lexsort((samples, key))]
