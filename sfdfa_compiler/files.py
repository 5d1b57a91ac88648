"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from sfdfa_compiler.diagnostics import Rule, UserError, place

CANNOT_WRITE = Rule(
    code="SNN521",
    message="this cannot be written: {why}",
    notes=("nothing was left half-written; what stood there before is as it was",),
    help="make room, or choose another place with `-o`",
)
CANNOT_FINISH = Rule(  # a stream: what is written to it is gone at once
    code="SNN521",
    message="this cannot be written: {why}",
    notes=("this is no ordinary file: it may have taken a part",),
    help="make room there, or choose another place",
)
STANDARD_OUTPUT = "<standard output>"


def write(path: Path, content: bytes | str) -> None:
    """Replace the file by `content` in one step: a crash or a full disk leaves the old one.

    Of a symbolic link it is the file behind it. A file that was there keeps its mode and its owner.
    Devices and pipes are not replaced but written to.

    Raises:
        UserError: SNN521 if it cannot be written; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    rule = CANNOT_WRITE
    try:
        before = _status(path)
        if before and not (stat.S_ISREG(before.st_mode) or stat.S_ISDIR(before.st_mode)):
            rule = CANNOT_FINISH
            with os.fdopen(os.open(path, os.O_WRONLY), "wb") as stream:
                stream.write(data)
        else:
            _replace(path.resolve(), data, before)
    except OSError as error:
        raise rule.error(place(path), why=reason(error)) from error


def fill(path: Path, data: bytes) -> None:
    """Write a new file down to the disk, for a place where a part of it does no harm.

    Raises:
        OSError: If it cannot be written.
    """
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def output_error(error: OSError) -> UserError:
    """Standard output does not take more: SNN521."""
    return CANNOT_FINISH.error(place(STANDARD_OUTPUT), why=reason(error))


def reason(error: OSError) -> str:
    """What the system says, in lower case: `no space left on device`."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def _status(path: Path) -> os.stat_result | None:
    """What is there, links followed; None if nothing is."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _replace(path: Path, data: bytes, before: os.stat_result | None) -> None:
    """Write beside the place, then move there."""
    if before and not os.access(path, os.W_OK):  # to move there, its folder's mode is enough
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fill(temporary, data)
        if before:
            _take_over(temporary, before)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _take_over(path: Path, before: os.stat_result) -> None:
    """The permissions of the file that was there, and its owner where the system allows it."""
    now = path.stat()
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with contextlib.suppress(PermissionError):
            os.chown(path, before.st_uid, before.st_gid)
    path.chmod(before.st_mode & 0o777)  # never the right to run as its owner: that may be another
