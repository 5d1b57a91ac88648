"""The machine that figures were taken on, in words: a figure without it means nothing."""

from __future__ import annotations

import os
import platform
from pathlib import Path

QUIET = 0.5  # load average of the last minute below which the clock on the wall tells something


def describe() -> str:
    """Processor, memory, compiler, Python and NumPy, and how busy the machine is."""
    import numpy as np

    from sfdfa_compiler.targets.native.compiler import find_compiler

    parts = [
        f"{processor(_read('/proc/cpuinfo'))}, {os.cpu_count()} cores",
        f"{platform.system()} {platform.machine()}",
        find_compiler().version,
        f"Python {platform.python_version()}, NumPy {np.__version__}",
        f"load average {load():.1f} at the start",
    ]
    return "Machine: " + "; ".join(parts) + "."


def processor(cpuinfo: str) -> str:
    """The processor's name in the text of `/proc/cpuinfo`, with family and model as numbers.

    Virtual machines often hide the name's last word; the numbers still tell the generation.
    """
    facts: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    name = facts.get("model name") or platform.processor() or "unknown processor"
    if "cpu family" in facts and "model" in facts:
        name += f" (family {facts['cpu family']}, model {facts['model']})"
    return name


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
