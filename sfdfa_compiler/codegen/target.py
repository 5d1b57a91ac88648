"""The door that every target comes through, ours and third parties' alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sfdfa_compiler.diagnostics import Diagnostic
from sfdfa_compiler.ir import Capabilities

if TYPE_CHECKING:  # NumPy: not for those who only ask for capabilities
    from sfdfa_compiler.codegen.session import Session, State
    from sfdfa_compiler.parallel import Exchange
    from sfdfa_compiler.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Artifact:
    """Generated files: path in the build directory -> text. Emitting needs no SDK, no device."""

    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where and how wide to run."""

    name: str = "cpu"
    threads: int = 1
    exchange: Exchange | None = None  # the processes that train together; None: there is only one


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the headers of generated files say of their source."""

    source: str  # "examples/mnist.snn"
    digest: str  # SHA-256 of the program's stable text, hex
    version: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What `Target.build` made: where it lies and what the manifest shall say."""

    path: Path
    facts: Mapping[str, object] = field(default_factory=dict)  # compiler, flags, cached ...
    warnings: tuple[Diagnostic, ...] = ()  # about what could not be made


class Target(Protocol):
    """Turns a schedule into source files, builds them, runs them.

    Import SDKs inside `build` and `open`, never at module level.
    """

    name: str
    capabilities: Capabilities

    def emit(self, schedule: Schedule, origin: Origin) -> Artifact:
        """Source files for a schedule: readable, byte-stable, no compiler needed."""
        ...

    def build(self, artifact: Artifact, out: Path | None) -> Build:
        """Compile into `out`, or into the user's cache if None."""
        ...

    def open(
        self, build: Build, schedule: Schedule, state: State, device: Device, seed: int
    ) -> Session:
        """Start a session with a state; `schedule` is what was emitted, `seed` is the run's."""
        ...
