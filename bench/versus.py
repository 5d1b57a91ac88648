"""Learning and inference of the native target beside a hand-written program, in alternating runs.

    SFDFAC_DATA=... python -m bench.versus --against PROGRAM.c

Both run on one thread with the same settings on the same data; what counts is processor time. The
ratio is formed for each pair of runs; above 1, sfdfac is faster.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import machine, process
from bench.figures import Spread, alternate, ratios, table
from bench.rival import Rival, arguments, write_data
from sfdfa_compiler.data import load
from sfdfa_compiler.driver import check

GOAL = 0.9


@dataclass(frozen=True, slots=True)
class Case:
    """A network and as much of its data as takes about two seconds."""

    name: str
    data: str
    samples: int | None = None  # of the training set
    epochs: int = 1

    @property
    def program(self) -> str:
        """Its file."""
        return f"examples/{self.name}.snn"


CASES = (
    Case("mnist", "mnist", samples=15_000),
    Case("fashion_mnist", "fashion-mnist", samples=10_000),
    Case("fsdd", "fsdd-spikes", epochs=3),
)
HEADER = (
    "network",
    "pass",
    "sfdfac, samples per CPU second",
    "hand-written",
    "ratio",
    f"at least {GOAL}",
)


def compare(case: Case, rival: Rival, runs: int, seed: int) -> tuple[list[list[str]], str]:
    """Both programs on one network: rows of the table, and a line on spikes."""
    graph = check(case.program).graph
    with tempfile.TemporaryDirectory() as folder:
        settings = [*arguments(graph), *write_data(load(case.data), case.samples, Path(folder))]
        settings += [f"epochs={case.epochs}", f"seed={seed + 1}"]
        ours = ["--data", case.data, "--epochs", str(case.epochs), "--seed", str(seed)]
        if case.samples:
            ours += ["--samples", str(case.samples), "--test-samples", "1000000"]
        results = alternate(
            {
                f"{case.name}, sfdfac": lambda: process.module("passes", case.program, *ours),
                f"{case.name}, hand-written": lambda: rival(settings),
            },
            runs,
            say=lambda text: print(text, file=sys.stderr),
        )
    mine, theirs = results.values()
    rows = []
    for what in ("learn", "infer"):
        left = [each[what]["per_cpu_s"] for each in mine]
        right = [getattr(each, what) for each in theirs]
        ratio = Spread.of(ratios(left, right))
        rows.append(
            [
                case.name,
                what,
                Spread.of(left).text(),
                Spread.of(right).text(),
                ratio.text(".2f"),
                "yes" if ratio.median >= GOAL else "NO",
            ]
        )
    spikes = " + ".join(f"{n:.0f}" for n in mine[-1]["learn"]["spikes_per_sample"].values())
    others = " + ".join(f"{n:.0f}" for n in theirs[-1].spikes)
    return rows, f"{case.name}: {spikes} spikes a sample in learning; hand-written {others}."


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.versus", description=__doc__)
    parser.add_argument("--against", type=Path, required=True, metavar="FILE.c")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=[case.name for case in CASES])
    given = parser.parse_args()
    print(machine.describe() + "\n")
    rows, notes = [], []
    with tempfile.TemporaryDirectory() as folder:
        rival = Rival.compile(given.against, Path(folder))
        for case in CASES:
            if given.only in (None, case.name):
                more, note = compare(case, rival, given.runs, given.seed)
                rows += more
                notes.append(note)
    print(table(HEADER, rows) + "\n")
    print("\n".join(notes))
    print(f"Hand-written program: SHA-256 {rival.sha256[:16]}, `{rival.compiled_by}`.")


if __name__ == "__main__":
    main()
