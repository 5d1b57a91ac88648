"""One process that learns and infers, and prints as JSON what it took. Others run it in turn.

    python -m bench.passes examples/mnist.snn --data mnist --samples 5000 --threads 1

A pass is timed as a whole: the target's work, and what Python does for each batch around it.
Reading and encoding the data, and building, stand outside.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.codegen.optional import learn_on
from sfdfa_compiler.runs import TRAIN
from sfdfa_compiler.runs.bench import Bench, set_up
from sfdfa_compiler.runs.options import Options, settings_of
from sfdfa_compiler.training.evaluate import evaluate
from sfdfa_compiler.training.stopwatch import Stopwatch
from sfdfa_compiler.training.tally import Tally


@dataclass(slots=True)
class Work:
    """What was done in some passes."""

    samples: int = 0
    spikes_per_sample: dict[str, float] = field(default_factory=dict)  # of the last pass, by layer
    watch: Stopwatch = field(default_factory=Stopwatch)

    def add(self, tally: Tally) -> None:
        """One more pass."""
        self.samples += tally.samples
        self.spikes_per_sample = dict(tally.summary().spikes_per_sample)


def measure(bench: Bench, epochs: int) -> dict[str, Work]:
    """Learn and infer in turn, so many times."""
    works = {"learn": Work(), "infer": Work()}
    for epoch in range(epochs):
        with works["learn"].watch.running():
            tally = learn_epoch(bench, epoch)
        works["learn"].add(tally)
        with works["infer"].watch.running():
            tally = evaluate(bench.session, bench.test, bench.test.rows, bench.readout)
        works["infer"].add(tally)
    return works


def learn_epoch(bench: Bench, epoch: int) -> Tally:
    """The training set once, in the order of that epoch."""
    session, train, tally = bench.session, bench.train, Tally()
    size = session.schedule.batch
    before = epoch * -(-len(train) // size)
    order = draw.epoch_order(bench.seed, train.rows, epoch)
    while tally.samples < len(order):
        rows = order[tally.samples :]
        rest = Batch(events=train.events, rows=rows, labels=train.labels)
        step = before + tally.samples // size
        forward = learn_on(session, rest, step, epoch, lambda: True)
        labels = None if train.labels is None else train.labels[rows[: len(forward.counts)]]
        tally.add(forward, labels, bench.readout)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.passes", description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--data", required=True)
    parser.add_argument("--target", help="the first that runs here unless given")
    parser.add_argument("--samples", type=int, help="of the training set")
    parser.add_argument("--test-samples", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=1, help="learning passes, and inferring ones")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    options = Options(
        data=given.data,
        target=given.target,
        samples=given.samples,
        test_samples=given.test_samples,
        threads=given.threads,
        seed=given.seed,
        overrides=[f"learner.epochs={given.epochs}"],
    )
    with set_up(given.program, settings_of(options), options, TRAIN) as bench:
        works = measure(bench, given.epochs)
    print(json.dumps({name: in_numbers(work) for name, work in works.items()}))


def in_numbers(work: Work) -> dict[str, Any]:
    """A work as JSON has it."""
    return {
        "samples": work.samples,
        "spikes_per_sample": work.spikes_per_sample,
        **asdict(work.watch),
        "per_cpu_s": work.samples / work.watch.cpu,
    }


if __name__ == "__main__":
    main()
