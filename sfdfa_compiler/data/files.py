"""Files of data sets: read whole, decompressed if they need it, and remembered by their digest."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable
from importlib.resources.abc import Traversable
from typing import TypeVar

from sfdfa_compiler.data.model import DataFile
from sfdfa_compiler.data.rules import BAD_GZIP, UNREADABLE
from sfdfa_compiler.diagnostics import Diagnostic, UserError, place

Result = TypeVar("Result")

GZIP_MAGIC = b"\x1f\x8b"


def read(path: Traversable) -> tuple[bytes, DataFile]:
    """The content of a file and its digest, see `unpack`.

    Raises:
        UserError: SNN502 if the file cannot be read, SNN503 if its compression is damaged.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UNREADABLE.error(place(path), why=error.strerror or error) from error
    return unpack(raw, name=str(path)), DataFile(str(path), hashlib.sha256(raw).hexdigest())


def unpack(raw: bytes, *, name: str) -> bytes:
    """`raw`, decompressed if it is gzip.

    The first two bytes tell, not the name: browsers decompress on the way and keep the `.gz`.

    Raises:
        UserError: SNN503 if the compression is damaged.
    """
    if not raw.startswith(GZIP_MAGIC):
        return raw
    try:
        return gzip.decompress(raw)
    except EOFError as error:
        raise BAD_GZIP.error(place(name), why="it ends too early") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BAD_GZIP.error(place(name), why="what is in it is not what was compressed") from error


def all_of(*readers: Callable[[], Result]) -> list[Result]:
    """Call every reader, even after one has failed, so that all that is wrong is told at once."""
    results: list[Result] = []
    diagnostics: list[Diagnostic] = []
    for reader in readers:
        try:
            results.append(reader())
        except UserError as error:
            diagnostics += error.diagnostics
    if diagnostics:
        raise UserError(diagnostics)
    return results
