"""Other processes and the processor time that they take."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A process that ended well."""

    output: str
    cpu: float  # user and system time, its own children included [s]
    wall: float  # [s]


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Finished:
    """Run a command in the project's folder; `environ` is added to the environment.

    Raises:
        SystemExit: With its output, if it failed.
    """
    before, start = children_cpu(), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**clean_environment(), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return Finished(output=done.stdout, cpu=children_cpu() - before, wall=wall)


def module(name: str, *arguments: str, environ: Mapping[str, str] | None = None) -> Any:
    """Run a module of this folder as a process of its own; return the JSON that it prints."""
    return json.loads(run([sys.executable, "-m", f"bench.{name}", *arguments], environ).output)


def children_cpu() -> float:
    """User and system time of all children that have ended [s]."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def clean_environment() -> dict[str, str]:
    """The environment without what makes Python start slowly: it shall find its compiled files."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "PYTHONDEVMODE")
    return {name: value for name, value in os.environ.items() if name not in left_out}
