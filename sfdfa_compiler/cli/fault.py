"""A fault of sfdfac: say so, and keep what is needed to find it."""

from __future__ import annotations

import platform
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from sfdfa_compiler.diagnostics import Rule, place, render
from sfdfa_compiler.version import __version__

FAULT = Rule(
    code="SNN900",
    message="sfdfac has a fault: {what}",
    notes=("this is not your mistake",),
    help="please report it, with the file named above",
)
MOST_TEXT = 100_000  # characters of a program that are kept


def report(error: Exception, arguments: Sequence[str]) -> str:
    """Write a file to reproduce the fault, and word the message.

    Args:
        error: What was not foreseen.
        arguments: The command line.
    """
    what = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    text = _reproduction(error, arguments)
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / "sfdfac-fault.txt"
        try:
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return render([FAULT.at(place(path), what=what)])
    return render([FAULT.at(place("no file could be written"), what=what)]) + "\n" + text


def _reproduction(error: Exception, arguments: Sequence[str]) -> str:
    lines = [
        f"sfdfac {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command line: sfdfac {' '.join(arguments)}",
        "",
        *traceback.format_exception(error),
    ]
    for argument in arguments:
        path = Path(argument)
        if path.suffix == ".snn" and path.is_file():
            program = path.read_text(encoding="utf-8", errors="backslashreplace")[:MOST_TEXT]
            lines += ["", f"---- {path.name}", program]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"
