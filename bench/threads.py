"""Two threads against one: seconds by the clock on the wall, and processor seconds.

    SFDFAC_DATA=... python -m bench.threads

The clock on the wall says something on a quiet machine only: anyone else's work looks like a bad
speed-up. So the load average is printed, and `--wait` waits for quiet before each pair of runs.
"""

from __future__ import annotations

import argparse
import sys
import time

from bench import machine, process
from bench.figures import Spread, alternate, ratios, table

GOAL = 1.8
PROGRAMS = {"mnist": "mnist", "fashion_mnist": "fashion-mnist", "fsdd": "fsdd-spikes"}
HEADER = (
    "network",
    "pass",
    "wall seconds, 1 thread",
    "{n} threads",
    "speed-up",
    "CPU seconds, {n} threads to 1",
)


def wait_for_quiet(longest: float) -> None:
    """Wait until the load average is below `machine.QUIET`, but not longer than that [s]."""
    end = time.monotonic() + longest
    while machine.load() > machine.QUIET and time.monotonic() < end:
        time.sleep(5)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.threads", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--samples", type=int, default=10_000, help="of the training set")
    parser.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="for quiet")
    given = parser.parse_args()
    wait_for_quiet(given.wait)
    print(machine.describe() + "\n")

    loads = [machine.load()]
    rows = []
    for name, data in PROGRAMS.items():
        wait_for_quiet(given.wait)

        def passes(threads: int, name: str = name, data: str = data) -> dict:
            loads.append(machine.load())
            options = ["--data", data, "--threads", str(threads)]
            options += ["--samples", str(given.samples), "--test-samples", str(given.samples)]
            return process.module("passes", f"examples/{name}.snn", *options)

        one, many = alternate(
            {
                f"{name}, 1 thread": lambda passes=passes: passes(1),
                f"{name}, {given.threads} threads": lambda passes=passes: passes(given.threads),
            },
            given.runs,
            say=lambda text: print(text, file=sys.stderr),
        ).values()
        rows += [row(name, what, one, many) for what in ("learn", "infer")]
    print(table([cell.format(n=given.threads) for cell in HEADER], rows))
    print("\n" + verdict(max(loads), given.threads))


def row(name: str, what: str, one: list[dict], many: list[dict]) -> list[str]:
    """A row of the table; ratios are formed pair by pair."""
    wall = [[run[what]["wall"] for run in runs] for runs in (one, many)]
    cpu = [[run[what]["cpu"] for run in runs] for runs in (one, many)]
    return [
        name,
        what,
        Spread.of(wall[0]).text(".2f"),
        Spread.of(wall[1]).text(".2f"),
        Spread.of(ratios(*wall)).text(".2f"),
        Spread.of(ratios(cpu[1], cpu[0])).text(".2f"),
    ]


def verdict(busiest: float, threads: int) -> str:
    """What the figures are worth. The runs themselves keep up to `threads` processors busy."""
    if busiest <= threads + machine.QUIET:
        return f"Load average up to {busiest:.1f}, of which these runs make up to {threads}: quiet."
    return (
        f"Load average up to {busiest:.1f}: the machine was NOT quiet, so the wall seconds and the"
        f" speed-up mean nothing. (On a quiet machine it shall be at least {GOAL} for 2 threads.)"
    )


if __name__ == "__main__":
    main()
