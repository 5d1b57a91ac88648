"""Targets are plug-ins: entry points of the group `sfdfac.targets`, ours by the same door."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from sfdfa_compiler.codegen.target import Target

GROUP = "sfdfac.targets"


@cache
def target_entries() -> dict[str, EntryPoint]:
    """Entry points by target name, sorted; nothing is imported."""
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name)}


@cache
def find_target(name: str) -> Target:
    """Import the target of that name; KeyError if no entry point has it."""
    target: Target = target_entries()[name].load()
    return target
