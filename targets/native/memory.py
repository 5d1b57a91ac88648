"""Arrays that C works on: aligned, zeroed, owned by Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

ALIGNMENT = 64  # bytes: a cache line, and the widest vector


def aligned(shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array of zeros whose first element is aligned, all pages touched."""
    kind = np.dtype(dtype)
    size = int(np.prod(shape)) * kind.itemsize
    raw = np.empty(size + 2 * ALIGNMENT, np.uint8)
    raw.fill(0)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(kind).reshape(shape)


def address(array: NDArray[Any] | None) -> int | None:
    """Where an array lies; None for none."""
    return None if array is None else array.ctypes.data


def blocks_of(size: int) -> list[tuple[int, int]]:
    """Cut a layer into blocks (first, width) of 64, 32 and 16 neurons.

    Every block begins at a multiple of 32, where a sum over 32 neurons begins too (semantics,
    section 3); only the last is padded.
    """
    blocks, first = [], 0
    while first < size:
        left = size - first
        width = 64 if left >= 64 else 32 if left > 16 else 16
        blocks.append((first, width))
        first += width
    return blocks
