"""What a target can do, as data: capabilities decide, never a target's name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a target accepts. Checks compare a graph with it (SNN401, SNN402, 3xx)."""

    profiles: tuple[str, ...]  # "event32", "event64", "clock": the first is its default
    learners: frozenset[str]  # learners it can run, by name, in its event profiles
    clock_learners: frozenset[str] = frozenset()  # the same in the clock profile
    features: frozenset[str] = frozenset()  # language features beyond the common core
    shared: frozenset[str] = frozenset()  # profiles in which processes can share a batch's shards
