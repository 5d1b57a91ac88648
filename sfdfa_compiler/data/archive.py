"""Arrays in `.npz` files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARCHIVE = b"PK\x03\x04"  # how a ZIP archive begins that is not empty
SINGLE = b"\x93NUMPY"  # how a `.npy` file begins


def npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The content of an `.npz` file, uncompressed: the same bytes for the same arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def read_npz(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz` file.

    Raises:
        ValueError: If it is none, or damaged; in words for a user.
    """
    if content.startswith(SINGLE):
        raise ValueError("it is a single array (`.npy`), not an archive of arrays")
    if not content.startswith(ARCHIVE):
        raise ValueError("it does not begin like a `.npz` file")
    try:
        arrays = dict(np.load(io.BytesIO(content), allow_pickle=False))
    except Exception as error:  # whatever the library stumbles over in a damaged file
        objects = "allow_pickle" in str(error)
        why = "it holds objects of Python, not numbers" if objects else "it is damaged"
        raise ValueError(why) from error
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError("it is an archive, but not of arrays")
    return arrays
