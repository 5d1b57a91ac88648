"""Files that are there whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.diagnostics import place
from sfdfa_compiler.training.rules import CANNOT_WRITE


def write(path: Path, content: bytes | str) -> None:
    """Replace the file by `content` in one step: a crash or a full disk leaves the old one.

    Raises:
        UserError: SNN521 if it cannot be written; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CANNOT_WRITE.error(place(path), why=reason(error)) from error


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


def reason(error: OSError) -> str:
    """What the system says, in lower case: `no space left on device`."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
