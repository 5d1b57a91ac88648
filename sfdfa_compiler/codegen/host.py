"""Compilers for this machine's own processor: which one, how it is run, where its work is put."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sfdfa_compiler.diagnostics import Rule, Source, Span, place

UNREADABLE = Rule(
    code="SNN543",
    message="`{variable}` is not the command of a compiler alone: {why}",
    notes=("sfdfac gives all flags itself, so that every compiler computes the same bits",),
    help="name the compiler and nothing else: `{variable}={name}`",
)
# Options that let a compiler compute something else than what is written, or the whole process.
LOOSE = re.compile(r"-Ofast|-f[a-z-]*math|-ffp-|-fexcess-|-fno-signed-|-fcx-|-fsingle-|-m\w*-?ftz")


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler that answered."""

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

    def run(self, arguments: Sequence[str], work: Path, product: str, failed: Rule) -> None:
        """Run it in a folder, where it shall leave `product`.

        Raises:
            UserError: The rule `failed` with `compiler` and `output` if it does not.
        """
        done = subprocess.run(
            [*self.command, *arguments], cwd=work, capture_output=True, text=True, check=False
        )
        output = done.stderr.strip()[:2000]
        if not done.returncode and not (work / product).is_file():
            output = f"it ended well, but there is no {product}"
        elif not done.returncode:
            return
        raise failed.error(place(self.name), compiler=self.name, output=output)


def find_compiler(variable: str, names: Sequence[str], missing: Rule, where: str) -> Compiler:
    """The first compiler that answers.

    Args:
        variable: The environment variable that names one.
        names: Those to try if it names none; the last resort is that of the package `ziglang`,
            called as the first of them.
        missing: The rule for none, with `tried`.
        where: The place of its diagnostic.

    Raises:
        UserError: `missing`, or SNN543 if the variable has flags that would change bits.
    """
    tried = []
    for command in _candidates(variable, names):
        version = _version(command)
        if version:
            return Compiler(command, version)
        tried.append(" ".join(command))
    raise missing.error(place(where), tried="tried " + ", ".join(tried) if tried else "none found")


def _candidates(variable: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    wanted = os.environ.get(variable, "")
    if wanted.strip():
        return [_words(variable, wanted, names[0])]
    found: list[tuple[str, ...]] = [(name,) for name in names if shutil.which(name)]
    if importlib.util.find_spec("ziglang"):
        found.append((sys.executable, "-m", "ziglang", names[0]))
    return found


def _words(variable: str, text: str, usual: str) -> tuple[str, ...]:
    """The words of a command line without flags that change bits."""
    why, name = "", usual
    try:
        words = shlex.split(text)
        name = words[0]
        loose = [word for word in words[1:] if LOOSE.match(word)]
        why = f"`{loose[0]}` would change results" if loose else ""
    except ValueError as error:
        why = str(error)[:1].lower() + str(error)[1:]
    if why:
        span = Span(Source(variable, text), 0, len(text))
        raise UNREADABLE.error(span, variable=variable, why=why, name=name)
    return tuple(words)


@cache
def _version(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout else ""


@cache
def processor() -> str:
    """The CPU model and its features: `-march=native` means another thing on another one."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine() + platform.processor()
    lines = [line for line in text.splitlines() if line.startswith(("model name", "flags"))]
    return "\n".join(dict.fromkeys(lines))


def fill(folder: Path, make: Callable[[Path], Sequence[str]]) -> None:
    """Put files into a folder, each in one step: others may do the same at the same time.

    Args:
        folder: Where they go; it is made if it is not there.
        make: Gets an empty folder, makes them in it and returns their names.

    Raises:
        OSError: If they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as temporary:
        work = Path(temporary)
        for name in make(work):
            os.replace(work / name, folder / name)  # noqa: PTH105 - atomic, file by file


def clear_way(folder: Path, names: Sequence[str]) -> None:
    """Remove what no build leaves: a file where a folder of the cache goes, a folder for a file."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    for name in names:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)


def clear(cache_folder: Path) -> int:
    """Delete all entries of a cache; return how many there were."""
    entries = list(cache_folder.glob("*"))
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink()
    return len(entries)
