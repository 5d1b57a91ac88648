"""Reads a `.snn` file: bytes to text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sfdfa_compiler.diagnostics import Source, Span, UserError, place
from sfdfa_compiler.dsl import messages

MOST_BYTES: Final = 2**20

_BYTE_ORDER_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_source(path: str | os.PathLike[str]) -> Source:
    """The text of a file, named as the user named it.

    Raises:
        UserError: If it is missing, unreadable (SNN560), not UTF-8 (SNN002) or too large (SNN008).
    """
    name = os.fsencode(path).decode("utf-8", "replace")
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)  # a device may have no end
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unreadable(name, error) from error
    if len(data) > MOST_BYTES:
        raise messages.TOO_BIG.error(place(name))
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _not_utf8(name, data, error.start) from error


def _unreadable(name: str, error: OSError | ValueError) -> UserError:
    reason = getattr(error, "strerror", None) or str(error)
    match error:
        case FileNotFoundError():
            fix = "check the name; `sfdfac new` writes a first program"
        case IsADirectoryError():
            fix = f"name a file in it, such as `{name.rstrip('/')}/net.snn`"
        case PermissionError():
            fix = "make it readable"
        case _:
            fix = "name a file that holds a network"
    return messages.UNREADABLE.error(place(name), reason=reason.lower(), fix=fix)


def _not_utf8(name: str, data: bytes, at: int) -> UserError:
    encoding = _BYTE_ORDER_MARKS.get(data[:2])
    source = Source(name, data.decode("utf-8", "replace"))
    start = len(data[:at].decode("utf-8"))
    return messages.NOT_UTF8.error(
        Span(source, start, start + 1),
        what=f"it is {encoding}" if encoding else f"byte 0x{data[at]:02X} cannot stand here",
    )
