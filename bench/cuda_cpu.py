"""What the CUDA kernels take when the CPU executes them: a batch of MNIST, forward and learning.

    python -m bench.cuda_cpu

CPU seconds of this process, all its threads, behind a batch that nobody times. No GPU is faster or
slower for it: the fibers are for tests. The batch's bytes and operations are printed with it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from bench import machine
from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.runs import TRAIN
from sfdfa_compiler.runs.bench import Bench, set_up
from sfdfa_compiler.runs.options import Options, settings_of
from sfdfa_compiler.schedule import BatchPlace
from sfdfa_compiler.targets.cuda import traffic
from sfdfa_compiler.training.stopwatch import Stopwatch

GOAL = 5.0  # CPU seconds of a forward batch


def happened(bench: Bench, found: Forward) -> traffic.Activity:
    """What `bench.session` did with the first batch of its training set."""
    size = len(found.counts)
    spikes = {name: int(each.sum()) for name, each in found.activity.items()}
    sent = {name: int(each.offsets[size]) for name, each in bench.train.events.items()}
    plans = bench.session.schedule.layers
    heard = {plan.name: {**spikes, **sent}[plan.source] for plan in plans}
    return traffic.Activity(samples=size, heard=heard, spikes=spikes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cuda_cpu", description=__doc__)
    parser.add_argument("--program", default="examples/mnist.snn")
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(machine.describe() + "\n")
    options = Options(
        data=given.data,
        target="cuda",
        device="cpu",
        samples=given.batch,
        test_samples=1,
        overrides=[f"learner.batch={given.batch}"],
    )
    with set_up(given.program, settings_of(options), options, TRAIN) as bench:
        (batch,) = bench.train.batches(bench.train.rows, given.batch)
        found = bench.session.forward(batch)
        taken: dict[str, list[float]] = {"forward": [], "learn": []}
        for step in range(given.runs):
            for name, times in taken.items():
                watch = Stopwatch()
                with watch.running():
                    if name == "forward":
                        bench.session.forward(batch)
                    else:
                        bench.session.learn(batch, BatchPlace(step, 0, len(batch)))
                times.append(round(watch.cpu, 2))
        activity = happened(bench, found)
        total = traffic.total(bench.session.schedule, activity)
    for name, times in taken.items():
        print(f"{name}: {min(times):.2f} CPU seconds a batch of {len(batch)}, all runs {times}")
    reached = min(taken["forward"]) <= GOAL
    print(f"goal: {GOAL} CPU seconds a forward batch: {'reached' if reached else 'NOT reached'}")
    print(json.dumps({"activity": asdict(activity), **asdict(total)}))
    print(f"moved to least: {total.ratio:.2f} without the optimiser,", end=" ")
    print(f"{total.ratio_with_state:.2f} with its state in both")


if __name__ == "__main__":
    main()
