"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from sfdfa_compiler.diagnostics import Rule, place

CANNOT_WRITE = Rule(
    code="SNN521",
    message="this cannot be written: {why}",
    notes=("nothing was left half-written; what stood there before is as it was",),
    help="make room, or choose another place with `-o`",
)


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


def reason(error: OSError) -> str:
    """What the system says, in lower case: `no space left on device`."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
