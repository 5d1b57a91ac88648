"""Rows of different lengths in one flat array: row s is `offsets[s]` to `offsets[s + 1]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Index = NDArray[np.integer[Any]]
PIECE = 1 << 18  # elements that are compared at a time: data sets are large


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


def check_columns(
    offsets: NDArray[Any], columns: Mapping[str, NDArray[Any]], kinds: Mapping[str, DTypeLike] = {}
) -> None:
    """See that flat arrays belong to these offsets; what `kinds` does not name is uint32.

    Raises:
        TypeError: If an array has another format.
        ValueError: If lengths do not fit.
    """
    wanted: dict[str, np.dtype[Any]] = {"offsets": np.dtype(np.int64)}
    wanted |= {name: np.dtype(kinds.get(name, np.uint32)) for name in columns}
    for name, array in {"offsets": offsets, **columns}.items():
        if array.dtype != wanted[name] or array.ndim != 1:
            raise TypeError(f"{name} is an array of {array.dtype}, not of {wanted[name]}")
    if not len(offsets) or offsets[0] != 0 or (np.diff(offsets) < 0).any():
        raise ValueError("offsets begin with 0 and never fall")
    for name, array in columns.items():
        if len(array) != offsets[-1]:
            raise ValueError(f"{name} has {len(array)} values, offsets end at {offsets[-1]}")


def check_below(name: str, values: NDArray[Any], end: int) -> None:
    """ValueError unless all values are below `end`."""
    largest = int(values.max(initial=0))
    if largest >= end:
        raise ValueError(f"{name} {largest} is not there: 0 to {end - 1}")


def check_order(offsets: NDArray[np.int64], keys: Sequence[NDArray[Any]], name: str) -> None:
    """ValueError unless every row is sorted by these columns, the first of them first."""
    for start in range(0, len(keys[0]) - 1, PIECE):
        piece = [key[start : start + PIECE + 1] for key in keys]
        sorted_ = np.ones(len(piece[0]) - 1, bool)
        for key in reversed(piece):
            sorted_ = (key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & sorted_)
        first = offsets[(offsets > start) & (offsets < start + len(piece[0]))]  # of a row
        sorted_[first - 1 - start] = True  # nothing of the row lies before it
        if not sorted_.all():
            row = int(np.searchsorted(offsets, start + int(sorted_.argmin()), side="right")) - 1
            raise ValueError(f"sample {row} is not sorted by {name}")
