"""What a target or session may have besides its protocol, with an answer for those that have not.

A target that lacks all of it is an ordinary target: it is tried last when the user names none, it
can always run, it has one device, it keeps no cache, it allocates as it goes, and its sessions
learn one batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.codegen.target import Target
from sfdfa_compiler.diagnostics import Diagnostic, UserError

if TYPE_CHECKING:  # NumPy: not for those who only ask for capabilities
    from sfdfa_compiler.codegen.session import Batch, Forward, Session

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


def allocates_all(target: Target) -> bool:
    """`target.allocates_all`: whether it allocates all buffers of a plan before it starts."""
    return bool(getattr(target, "allocates_all", False))


def learn_on(
    session: Session, rest: Batch, step: int, epoch: int, go_on: Callable[[], bool]
) -> Forward:
    """`session.learn_on(...)`: learns batches of an epoch, one or more, from the first on.

    A session that has it may keep all that is between two batches on its device, so that nothing
    waits for the host. It asks `go_on` behind every batch, and may stop by itself where a device's
    memory ends. Without it, one batch is learned.

    Args:
        session: What learns.
        rest: The samples of the epoch that are not learned yet, in their order.
        step: Batches done before them, over all epochs.
        epoch: From 0.
        go_on: Whether another batch may follow.

    Returns:
        The results of the samples that were learned: those of whole batches, in order.
    """
    if hasattr(session, "learn_on"):
        found: Forward = session.learn_on(rest, step, epoch, go_on)
        return found
    from sfdfa_compiler.schedule import BatchPlace

    first = replace(rest, rows=rest.rows[: session.schedule.batch])
    return session.learn(first, BatchPlace(step, epoch, len(first)))


def notices(session: Session) -> tuple[Diagnostic, ...]:
    """`session.notices`: warnings about how it had to run."""
    return tuple(getattr(session, "notices", ()))
