"""Two threads against one: seconds by the clock on the wall, and processor seconds.

    SFDFAC_DATA=... python -m bench.threads

The clock on the wall says something on a quiet machine only: anyone else's work looks like a bad
speed-up. So every pair of runs is watched for what others take of the processors meanwhile; a pair
that was disturbed is run again, up to `--tries` times in all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import machine, process
from bench.figures import Spread, ratios, table

GOAL = 1.8
QUIET = 0.05  # of one processor: what others may take of a quiet machine
PROGRAMS = {"mnist": "mnist", "fashion_mnist": "fashion-mnist", "fsdd": "fsdd-spikes"}
HEADER = (
    "network",
    "pass",
    "wall seconds, 1 thread",
    "{n} threads",
    "speed-up",
    "CPU seconds, {n} threads to 1",
    "others",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A run on one thread, one on several, and what others took meanwhile."""

    one: dict[str, Any]
    many: dict[str, Any]
    others: float  # processors that were busy with something else, on average


def run_pair(name: str, data: str, threads: int, samples: int) -> Pair:
    """Run both, one right after the other."""
    options = ["--data", data, "--samples", str(samples), "--test-samples", str(samples)]
    busy, own, start = machine.busy(), process.children_cpu(), time.perf_counter()
    one, many = (
        process.module("passes", f"examples/{name}.snn", *options, "--threads", str(number))
        for number in (1, threads)
    )
    others = (machine.busy() - busy) - (process.children_cpu() - own)
    return Pair(one, many, max(0.0, others) / (time.perf_counter() - start))


def quietest(pairs: Sequence[Pair], runs: int) -> list[Pair]:
    """So many pairs, those in which others took least; in the order in which they ran."""
    kept = sorted(range(len(pairs)), key=lambda index: pairs[index].others)[:runs]
    return [pairs[index] for index in sorted(kept)]


def row(name: str, what: str, pairs: Sequence[Pair]) -> list[str]:
    """A row of the table; ratios are formed pair by pair."""
    one, many = [pair.one[what] for pair in pairs], [pair.many[what] for pair in pairs]
    wall = [[run["wall"] for run in runs] for runs in (one, many)]
    cpu = [[run["cpu"] for run in runs] for runs in (one, many)]
    return [
        name,
        what,
        Spread.of(wall[0]).text(".2f"),
        Spread.of(wall[1]).text(".2f"),
        Spread.of(ratios(*wall)).text(".2f"),
        Spread.of(ratios(cpu[1], cpu[0])).text(".2f"),
        f"{max(pair.others for pair in pairs):.2f}",
    ]


def verdict(most: Mapping[str, float]) -> str:
    """What the figures are worth, if others took at most so much beside each network's runs."""
    disturbed = [name for name, others in most.items() if others > QUIET]
    if not disturbed:
        return f"The machine was quiet: others took at most {max(most.values()):.2f} processors."
    return (
        f"The machine was NOT quiet while {', '.join(disturbed)} ran: wall seconds and speed-up"
        f" mean nothing there. (Quiet, it shall be at least {GOAL} for 2 threads.)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.threads", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tries", type=int, default=15, help="pairs at most, if disturbed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--samples", type=int, default=20_000, help="of each set")
    parser.add_argument("--only", choices=PROGRAMS)
    given = parser.parse_args()
    print(machine.describe() + "\n")
    rows: list[list[str]] = []
    most: dict[str, float] = {}
    for name, data in PROGRAMS.items():
        if given.only not in (None, name):
            continue
        pairs: list[Pair] = []
        while len(pairs) < given.tries:
            pairs.append(run_pair(name, data, given.threads, given.samples))
            print(f"{name}: others took {pairs[-1].others:.2f} processors", file=sys.stderr)
            if sum(pair.others <= QUIET for pair in pairs) == given.runs:
                break
        chosen = quietest(pairs, given.runs)
        most[name] = max(pair.others for pair in chosen)
        rows += [row(name, what, chosen) for what in ("learn", "infer")]
    print(table([cell.format(n=given.threads) for cell in HEADER], rows))
    print("\n" + verdict(most))


if __name__ == "__main__":
    main()
