"""A target as a third party would ship it: it writes the plan, and the interpreter runs it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sfdfa_compiler.codegen import Artifact, Build, Device, Origin, Session, State
from sfdfa_compiler.interpreter import TARGET as REFERENCE
from sfdfa_compiler.ir import Capabilities
from sfdfa_compiler.schedule import Schedule


class Dummy:
    """Target `dummy`."""

    name = "dummy"
    capabilities = Capabilities(profiles=("event32",), learners=frozenset({"sfdfa"}))

    def emit(self, schedule: Schedule, origin: Origin) -> Artifact:
        """One line for each phase."""
        lines = [f"# {origin.source}"]
        lines += [f"{phase.kernel} {phase.layer}" for phase in schedule.phases]
        return Artifact({"plan.txt": "\n".join(lines) + "\n"})

    def build(self, artifact: Artifact, out: Path | None) -> Build:
        """Write the files; there is nothing to compile."""
        folder = out or Path(tempfile.mkdtemp(prefix="dummy-"))
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in artifact.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return Build(path=folder, facts={"compiler": "none"})

    def open(
        self, build: Build, schedule: Schedule, state: State, device: Device, seed: int
    ) -> Session:
        """The interpreter's session, after a look at what was built."""
        if not (build.path / "plan.txt").is_file():
            raise FileNotFoundError(build.path / "plan.txt")
        return REFERENCE.open(build, schedule, state, device, seed)


TARGET = Dummy()
