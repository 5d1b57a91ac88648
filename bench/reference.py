"""Samples per CPU second of the interpreter, forward and in training.

SFDFAC_DATA=... python -m bench.reference
"""

from __future__ import annotations

import argparse
import sys

from bench import machine, process
from bench.figures import Spread, alternate, table

GOALS = {"infer": 100, "learn": 80}
WORDS = {"infer": "forward", "learn": "training"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reference", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--samples", type=int, default=200)
    given = parser.parse_args()
    print(machine.describe() + "\n")
    samples = str(given.samples)
    options = ["--data", "mnist", "--target", "reference"]
    options += ["--samples", samples, "--test-samples", samples]
    runs = alternate(
        {"reference": lambda: process.module("passes", "examples/mnist.snn", *options)},
        given.runs,
        say=lambda text: print(text, file=sys.stderr),
    )["reference"]
    rows = []
    for what, goal in GOALS.items():
        speed = Spread.of([run[what]["per_cpu_s"] for run in runs])
        good = "yes" if speed.median >= goal else "NO"
        rows.append([WORDS[what], speed.text(), str(goal), good])
    header = ("MNIST 784-800-10, event32", "samples per CPU second", "at least", "reached")
    print(table(header, rows))


if __name__ == "__main__":
    main()
