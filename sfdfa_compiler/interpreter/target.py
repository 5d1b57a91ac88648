"""The interpreter as a target like any other: nothing is emitted, nothing is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.codegen import Artifact, Build, Device, Origin
from sfdfa_compiler.ir import Capabilities
from sfdfa_compiler.learners import LEARNERS
from sfdfa_compiler.schedule import Clock, Schedule

if TYPE_CHECKING:  # NumPy: not for those who only ask for capabilities
    from sfdfa_compiler.codegen import Session, State


class Reference:
    """Target `reference`."""

    name = "reference"
    rank = 10  # slow, and always there
    capabilities = Capabilities(
        profiles=("event32", "event64", "clock"), learners=frozenset(LEARNERS)
    )

    def emit(self, schedule: Schedule, origin: Origin) -> Artifact:
        """No files: the plan itself is what runs."""
        del schedule, origin
        return Artifact({})

    def build(self, artifact: Artifact, out: Path | None) -> Build:
        """Nothing to compile."""
        del artifact
        return Build(path=out or Path())

    def open(
        self, build: Build, schedule: Schedule, state: State, device: Device, seed: int
    ) -> Session:
        """A session that walks the plan."""
        from sfdfa_compiler.interpreter.clock import ClockSession
        from sfdfa_compiler.interpreter.session import EventSession

        del build, device
        if isinstance(schedule.time, Clock):
            return ClockSession(schedule, state)
        return EventSession(schedule, state, seed)


TARGET = Reference()
