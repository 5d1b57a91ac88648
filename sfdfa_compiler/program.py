"""A program as the stages behind the checks take it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sfdfa_compiler.diagnostics import Diagnostic, Source
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.ir.text import to_text


def texts_of(overrides: Sequence[str] | str) -> tuple[str, ...]:
    """What follows `--set`, each time that it is given; a text alone is one of them."""
    return (overrides,) if isinstance(overrides, str) else tuple(overrides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A build directory that was read and is as it was built."""

    folder: Path
    source: Source
    overrides: tuple[str, ...]
    target: str
    profile: str
    seed: int
    weights: Path  # the state that it starts from
    facts: Mapping[str, object]  # what the target said of its build


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program without errors."""

    source: Source
    overrides: tuple[str, ...]
    graph: Graph
    warnings: tuple[Diagnostic, ...]
    built: Built | None = None  # the build directory that it comes from

    @property
    def text(self) -> str:
        """The complete program in its stable form, no value left implicit."""
        return to_text(self.graph)

    @property
    def digest(self) -> str:
        """SHA-256 of that text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def folder(self) -> Path:
        """Where it lies: paths in it are relative to this folder."""
        return Path(self.source.name).parent
