"""What runs a program: a target, one of its profiles, a device.

Chosen by what targets say of themselves, never by their names.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sfdfa_compiler.checks.memory import bytes_in_words
from sfdfa_compiler.codegen import Device, Target, find_target, target_entries
from sfdfa_compiler.codegen.optional import allocates_all, devices, obstacles, rank
from sfdfa_compiler.diagnostics import (
    Diagnostic,
    Level,
    Rule,
    Source,
    Span,
    UserError,
    place,
)
from sfdfa_compiler.schedule import Life, Schedule
from sfdfa_compiler.schedule.bound import memory_bound

FIXED_BY_BUILD = Rule(
    code="SNN532",
    message="`{option}` cannot be changed in a build directory",
    help="leave it out, or run the `.snn` file itself",
)
UNKNOWN = Rule(
    code="SNN533",
    message="there is no {what} `{name}`",
    help="{advice}",
)
NO_MEMORY = Rule(
    code="SNN534",
    message="this network needs {needed} of memory, this machine has {present}",
    notes=("the largest part is `{part}`: {size}",),
    help="{advice}",
)
CLOCK = "clock"  # `clock:NAME` is the clock profile with the formats of NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What runs a program."""

    target: Target
    profile: str
    device: Device
    warnings: tuple[Diagnostic, ...] = ()  # why it is not another one


def choose(
    target: str | None = None,
    profile: str | None = None,
    device: str | None = None,
    threads: int | None = None,
    *,
    to_run: bool = True,
) -> Machine:
    """Find a target that has the profile and can run here.

    Args:
        target: Its name. None: of those that can run here, the one with the lowest rank.
        profile: `event32`, `clock:loihi2` ... None: the target's first.
        device: `cpu`, ... None: the target's first.
        threads: None: one for every processor that this process may use. No result depends on it.
        to_run: Whether something is missing that is needed to run matters.

    Raises:
        UserError: SNN533 for an unknown target, profile or device; what the target says if it
            cannot run here.
    """
    chosen, warnings = (_named(target, to_run), []) if target else _best(profile, to_run)
    offered = devices(chosen)
    if device is not None and device not in offered:
        raise _unknown("device", device, "--device", offered, of=chosen.name)
    return Machine(
        target=chosen,
        profile=_profile(chosen, profile),
        device=Device(name=device or offered[0], threads=threads or processors()),
        warnings=tuple(warnings),
    )


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_profile(target: Target, profile: str) -> bool:
    """Whether a target has a profile; all `clock:NAME` are one to it."""
    return profile.partition(":")[0] in target.capabilities.profiles


def has_learners(machine: Machine) -> bool:
    """Whether a machine can learn at all; others are for inference."""
    can = machine.target.capabilities
    return bool(can.clock_learners if machine.profile.startswith(CLOCK) else can.learners)


def first_profile(targets: Sequence[Target]) -> str | None:
    """The first profile of the first target that all the others have too."""
    for profile in targets[0].capabilities.profiles:
        if all(has_profile(target, profile) for target in targets):
            return _with_formats(targets[0], profile)
    return None


def _named(name: str, to_run: bool) -> Target:
    if name not in target_entries():
        raise _unknown("target", name, "--target", tuple(target_entries()))
    target = find_target(name)
    if to_run and (found := obstacles(target)):
        raise UserError(found)
    return target


def _best(profile: str | None, to_run: bool) -> tuple[Target, list[Diagnostic]]:
    """The target of the lowest rank that can run here, and why those below it cannot."""
    targets = sorted(map(find_target, target_entries()), key=rank)
    passed_over: list[Diagnostic] = []
    for target in targets:
        if profile is not None and not has_profile(target, profile):
            continue
        found = obstacles(target) if to_run else ()
        if not found:
            instead = f"`{target.name}` runs instead: slower, with the same results"
            return target, [
                replace(diagnostic, level=Level.WARNING, notes=(*diagnostic.notes, instead))
                for diagnostic in passed_over
            ]
        passed_over += found
    if passed_over:
        raise UserError(passed_over)
    profiles = dict.fromkeys(p for target in targets for p in target.capabilities.profiles)
    raise _unknown("profile", profile or "", "--profile", tuple(profiles))


def _profile(target: Target, name: str | None) -> str:
    profiles = target.capabilities.profiles
    if name is None:
        return _with_formats(target, profiles[0])
    if not has_profile(target, name) or name == CLOCK:
        raise _unknown("profile", name, "--profile", profiles, of=target.name)
    return name


def _with_formats(target: Target, profile: str) -> str:
    """A clock profile in full: with the formats of the target itself."""
    return f"{CLOCK}:{target.name}" if profile == CLOCK else profile


def _unknown(what: str, name: str, option: str, offered: Sequence[str], of: str = "") -> UserError:
    shown = [f"{CLOCK}:NAME" if each == CLOCK else each for each in offered]
    close = difflib.get_close_matches(name, shown, n=len(shown) or 1)
    has = f"`{of}` has" if of else "there are"
    advice = f"{has} {', '.join(f'`{each}`' for each in shown)}"
    if close:  # of several that are as close, the first that is offered

        def likeness(each: str) -> float:
            return difflib.SequenceMatcher(None, each, name).ratio()

        advice = f"did you mean `{max(shown, key=likeness)}`? ({advice})"
    return UNKNOWN.error(_argument(option, name), what=what, name=name, advice=advice)


def _argument(option: str, value: str) -> Span:
    """A place on the command line."""
    return Span(Source(option, value), 0, len(value))


def check_memory(schedule: Schedule, target: Target) -> None:
    """What a target allocates for a plan has room in this machine's memory.

    That is all of the plan's buffers, or at least those that a run keeps from its first to its
    last batch: some targets make the others as large as the spikes of a batch need them.

    Raises:
        UserError: SNN534, with the largest part.
    """
    life = None if allocates_all(target) else Life.RUN
    needed = memory_bound(schedule, life)
    try:
        present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # a system that does not tell
        return
    if needed > present:
        parts = (each for each in schedule.buffers.values() if life in (None, each.life))
        largest = max(parts, key=lambda buffer: buffer.bytes)
        raise NO_MEMORY.error(
            place(f"network {schedule.name}"),
            needed=bytes_in_words(needed),
            present=bytes_in_words(present),
            part=largest.name,
            size=bytes_in_words(largest.bytes),
            advice=(
                "make its layers smaller"
                if largest.life is Life.RUN
                else "make its layers, their `max_spikes` or the batch smaller"
            ),
        )
