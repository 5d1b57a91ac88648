"""What a target may have besides its protocol, with an answer for targets that have not.

A target that lacks all of it is an ordinary target: it is tried last when the user names none, it
can always run, it has one device, and it keeps no cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sfdfa_compiler.codegen.target import Target
from sfdfa_compiler.diagnostics import Diagnostic, UserError

LAST = 100


def rank(target: Target) -> int:
    """`target.rank`: of the targets that can run here, the lowest is used unless one is named."""
    return int(getattr(target, "rank", LAST))


def obstacles(target: Target) -> Sequence[Diagnostic]:
    """`target.ready()` raises a UserError that says what is missing on this machine."""
    try:
        if hasattr(target, "ready"):
            target.ready()
    except UserError as error:
        return error.diagnostics
    return ()


def devices(target: Target) -> tuple[str, ...]:
    """`target.devices`: names that `--device` takes; the first is the default."""
    return tuple(getattr(target, "devices", ("cpu",)))


def cache_folder(target: Target) -> Path | None:
    """`target.cache_folder()`: where it keeps its builds."""
    folder: Path | None = target.cache_folder() if hasattr(target, "cache_folder") else None
    return folder


def clear_cache(target: Target) -> int:
    """`target.clear_cache()`: deletes those builds and says how many there were."""
    return int(target.clear_cache()) if hasattr(target, "clear_cache") else 0
