"""CPU seconds until something happens: help, a check, a first and a cached native build.

python -m bench.startup
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import machine, process
from bench.figures import Spread, alternate, table

PROGRAM = "examples/mnist.snn"
GOALS = {
    "sfdfac --help": 0.15,
    f"sfdfac check {PROGRAM}": 0.4,
    "first native build": 5.0,
    "cached native build": 0.1,
}


def sfdfac(*arguments: str) -> float:
    """CPU seconds of the command line."""
    script = Path(sys.executable).with_name("sfdfac")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "sfdfa_compiler"]
    return process.run([*command, *arguments]).cpu


def first_build() -> float:
    """CPU seconds of a build with an empty cache."""
    with tempfile.TemporaryDirectory() as empty:
        return _build(Path(empty), cached=False)


def cached_build(cache: Path) -> float:
    """CPU seconds of a build that a cache has."""
    return _build(cache, cached=True)


def _build(cache: Path, *, cached: bool) -> float:
    """In a process of its own."""
    done = process.module("building", PROGRAM, environ={"XDG_CACHE_HOME": str(cache)})
    if done["cached"] != cached:
        raise SystemExit(f"a build was {'' if done['cached'] else 'not '}found in the cache")
    return done["cpu"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print(machine.describe() + "\n")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        works = (
            lambda: sfdfac("--help"),
            lambda: sfdfac("check", PROGRAM),
            first_build,
            lambda: cached_build(cache),
        )
        for work in works[:3]:  # once unseen: now Python's compiled files are there
            work()
        _build(cache, cached=False)
        results = alternate(
            dict(zip(GOALS, works, strict=True)),
            given.runs,
            say=lambda text: print(text, file=sys.stderr),
        )
    rows = []
    for name, seconds in results.items():
        spread = Spread.of(seconds)
        good = "yes" if spread.median < GOALS[name] else "NO"
        rows.append([name, spread.text(".3f"), f"{GOALS[name]:g}", good])
    print(table(("what", "CPU seconds", "below", "reached"), rows))


if __name__ == "__main__":
    main()
