"""Finds a C compiler: `$CC`, then cc, gcc, clang, then the package `ziglang`."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from sfdfa_compiler.diagnostics import Rule, place

MISSING = Rule(
    code="SNN540",
    message="there is no C compiler: {tried}",
    notes=("the target `native` compiles the C code that it generates",),
    help="install gcc or clang, or `pip install ziglang`, or use `--target reference`",
)


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler that answered."""

    command: tuple[str, ...]
    version: str  # first line of --version

    @property
    def name(self) -> str:
        """How a person calls it."""
        return " ".join(self.command)

    @property
    def is_clang(self) -> bool:
        """Whether it is clang, by any name (zig has one inside); else it takes gcc's options."""
        return "clang" in self.version.lower() or "ziglang" in self.command


def find_compiler() -> Compiler:
    """The first compiler that answers; SNN540 if none does."""
    tried = []
    for command in _candidates(os.environ.get("CC", "")):
        version = _version(command)
        if version:
            return Compiler(command, version)
        tried.append(" ".join(command))
    raise MISSING.error(
        place("native"), tried="tried " + ", ".join(tried) if tried else "none found"
    )


def _candidates(cc: str) -> list[tuple[str, ...]]:
    if cc.strip():
        return [tuple(shlex.split(cc))]
    found: list[tuple[str, ...]] = [
        (name,) for name in ("cc", "gcc", "clang") if shutil.which(name)
    ]
    if importlib.util.find_spec("ziglang"):
        found.append((sys.executable, "-m", "ziglang", "cc"))
    return found


@cache
def _version(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout else ""
