"""Memory: what the schedule predicts, what a session allocates, what the process really takes.

SFDFAC_DATA=... python -m bench.memory
"""

from __future__ import annotations

import argparse
import sys

from bench import machine, process
from bench.figures import Spread, alternate, table

GOAL = 0.2  # of the bound, either way
PROGRAMS = {
    "tiny": "sample",
    "mnist": "mnist",
    "mnist_dfa": "mnist",
    "mnist_bp": "mnist",
    "fashion_mnist": "fashion-mnist",
    "emnist": "emnist47",
    "fsdd": "fsdd-spikes",
}
# Arrays of 64 KiB and more get pages of their own, which freed memory does not hide.
ENVIRON = {"MALLOC_MMAP_THRESHOLD_": "65536"}
HEADER = (
    "network",
    "bound, MB",
    "allocated",
    "resident after 2 batches",
    "peak",
    "resident to bound",
    f"within {GOAL:.0%}",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print(machine.describe() + "\n")
    rows = []
    for name, data in PROGRAMS.items():
        command = (f"examples/{name}.snn", "--data", data)
        runs = alternate(
            {name: lambda command=command: process.module("resident", *command, environ=ENVIRON)},
            given.runs,
            say=lambda text: print(text, file=sys.stderr),
        )[name]
        rows.append(row(name, runs))
    print(table(HEADER, rows))


def row(name: str, runs: list[dict]) -> list[str]:
    """A row of the table."""
    bound = runs[0]["bound"]
    spreads = {
        what: Spread.of([run[what] / 1e6 for run in runs])
        for what in ("allocated", "resident", "peak")
    }
    share = spreads["resident"].median * 1e6 / bound
    return [
        name,
        f"{bound / 1e6:.1f}",
        f"{spreads['allocated'].median:.1f}",
        spreads["resident"].text(".1f"),
        spreads["peak"].text(".1f"),
        f"{share:.2f}",
        "yes" if abs(share - 1) <= GOAL else "NO",
    ]


if __name__ == "__main__":
    main()
