"""What a target may have besides its protocol; `codegen.optional` asks, with an answer for all.

A target that lacks one of these attributes is an ordinary target: it is tried last when the user
names none, it can always run, and it keeps no cache.
"""

from __future__ import annotations

from pathlib import Path

from sfdfa_compiler.codegen.target import Target

LAST = 100


def rank(target: Target) -> int:
    """`target.rank`: of the targets that can run here, the lowest is used unless one is named."""
    return int(getattr(target, "rank", LAST))


def obstacle(target: Target) -> str | None:
    """`target.obstacle()`: what is missing on this machine, and what to install; None: nothing.

    For example "no C compiler was found: install gcc or clang".
    """
    found: str | None = target.obstacle() if hasattr(target, "obstacle") else None
    return found


def devices(target: Target) -> tuple[str, ...]:
    """`target.devices`: names that `--device` takes; the first is the default."""
    return tuple(getattr(target, "devices", ("cpu",)))


def cache(target: Target) -> Path | None:
    """`target.cache()`: the folder that keeps its builds, which may be deleted at any time."""
    folder: Path | None = target.cache() if hasattr(target, "cache") else None
    return folder
