"""Target `native`: C11 for the user's own processor, compiled and cached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.codegen import Artifact, Build, Device, Origin
from sfdfa_compiler.ir import Capabilities
from sfdfa_compiler.learners import LEARNERS
from sfdfa_compiler.schedule import Clock, Schedule

if TYPE_CHECKING:  # NumPy: not for those who only ask for capabilities
    from sfdfa_compiler.codegen import Session, State


class Native:
    """The embedded default."""

    name = "native"
    rank = 0  # the first choice, where there is a compiler
    allocates_all = True
    capabilities = Capabilities(
        profiles=("event32", "event64", "clock"),
        learners=frozenset(LEARNERS),
        shared=frozenset({"event32", "event64"}),
    )

    def emit(self, schedule: Schedule, origin: Origin) -> Artifact:
        """C files: no compiler is needed for that."""
        from sfdfa_compiler.targets.native.emit import emit

        return emit(schedule, origin)

    def build(self, artifact: Artifact, out: Path | None) -> Build:
        """Compile them into `out`, or into the cache."""
        from sfdfa_compiler.targets.native.build import build

        return build(artifact, out)

    def open(
        self, build: Build, schedule: Schedule, state: State, device: Device, seed: int
    ) -> Session:
        """Load the library and start a session."""
        from sfdfa_compiler.targets.native.build import usable
        from sfdfa_compiler.targets.native.clock.run import ClockSession
        from sfdfa_compiler.targets.native.run import NativeSession

        folder = usable(build.path)
        if isinstance(schedule.time, Clock):
            return ClockSession(folder, schedule, state, device.threads)
        return NativeSession(folder, schedule, state, device.threads, seed, device.exchange)

    def ready(self) -> None:
        """Raise SNN540 if there is no compiler."""
        from sfdfa_compiler.targets.native.compiler import find_compiler

        find_compiler()

    def cache_folder(self) -> Path:
        """Where cached builds lie."""
        from sfdfa_compiler.targets.native.build import cache_folder

        return cache_folder()

    def clear_cache(self) -> int:
        """Delete cached builds; return how many there were."""
        from sfdfa_compiler.targets.native.build import clear_cache

        return clear_cache()


TARGET = Native()
