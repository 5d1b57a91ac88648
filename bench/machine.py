"""The machine that figures were taken on, in words: a figure without it means nothing."""

from __future__ import annotations

import os
import platform
from pathlib import Path

TICK = 0.01  # the unit of `/proc/stat` on Linux [s]


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


def busy(stat: str | None = None) -> float:
    """Seconds that all processors together have worked since the machine was started.

    What a virtual machine was not given (steal) counts too: nothing of ours could run then.

    Args:
        stat: The text of `/proc/stat`; read unless given.
    """
    line = (_read("/proc/stat") if stat is None else stat).partition("\n")[0]
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    ticks = dict(zip(names, map(int, line.split()[1:]), strict=False))
    return sum(ticks.get(name, 0) for name in names if name not in ("idle", "iowait")) * TICK


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
