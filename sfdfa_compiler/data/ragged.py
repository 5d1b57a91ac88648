"""Rows of different lengths in one flat array: row s is `offsets[s]` to `offsets[s + 1]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.integer[Any]]


def offsets_of(counts: Index) -> NDArray[np.int64]:
    """Offsets of rows with these lengths."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def take_rows(
    offsets: NDArray[np.int64], rows: Index
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose rows, in the order given.

    Returns:
        The offsets of the chosen rows, and the positions of their elements in the flat array.
    """
    starts = offsets[rows]
    counts = offsets[np.asarray(rows) + 1] - starts
    chosen = offsets_of(counts)
    return chosen, np.repeat(starts - chosen[:-1], counts) + np.arange(chosen[-1])


def join_offsets(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The offsets of all rows of several flat arrays that are put one behind the other."""
    return offsets_of(np.concatenate([np.diff(part) for part in parts]))
