"""Arrays in `.npz` files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The content of an `.npz` file, uncompressed: the same bytes for the same arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def read_npz(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz` file.

    Raises:
        ValueError: If it is none, or damaged.
    """
    try:
        loaded = np.load(io.BytesIO(content), allow_pickle=False)
        arrays = {} if isinstance(loaded, np.ndarray) else dict(loaded)
    except Exception as error:  # whatever the library stumbles over in a damaged file
        raise ValueError(str(error) or type(error).__name__) from error
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError("it is an archive, but not of arrays")
    return arrays
