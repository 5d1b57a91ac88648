"""The content of `run.json`: what a run was, and its figures."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sfdfa_compiler.codegen.quantise import at_limits
from sfdfa_compiler.runs.bench import Bench
from sfdfa_compiler.schedule import Clock
from sfdfa_compiler.schedule.bound import memory_bound, sharing_bound
from sfdfa_compiler.training.course import Course
from sfdfa_compiler.training.stopwatch import peak_memory
from sfdfa_compiler.training.tally import Summary, Tally
from sfdfa_compiler.training.weights import digest, weight_arrays
from sfdfa_compiler.version import __version__

SCHEMA = 1

Record = dict[str, Any]


def about_run(bench: Bench, command: str) -> Record:
    """What it was, and the weights that it ended with."""
    program, machine, schedule = bench.program, bench.machine, bench.session.schedule
    files = bench.dataset.provenance if bench.dataset else ()
    state = bench.session.state()
    clock = isinstance(schedule.time, Clock)
    shared = machine.device.exchange
    return {
        "schema": SCHEMA,
        "command": command,
        "sfdfac": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "network": program.graph.name,
        "program": Path(program.source.name).name,
        "program_sha256": program.digest,
        "overrides": list(program.overrides),
        "target": machine.target.name,
        "profile": machine.profile,
        "device": machine.device.name,
        "threads": machine.device.threads,
        "ranks": shared.ranks if shared else 1,
        "seed": bench.seed,
        "data": bench.dataset.name if bench.dataset else None,
        "data_sha256": {Path(file.name).name: file.sha256 for file in files},
        "train_samples": len(bench.train) if command == "train" else None,
        "test_samples": len(bench.test),
        "encode_s": bench.encoding.wall,
        "encode_cpu_s": bench.encoding.cpu,
        "peak_memory_bytes": peak_memory(),
        "memory_bound_bytes": memory_bound(schedule) + (sharing_bound(schedule) if shared else 0),
        "weights_sha256": digest(weight_arrays(schedule, state)),
        "weights_at_limits": at_limits(state, schedule) if clock else None,
    }


def test_figures(tally: Tally) -> Record:
    """What a pass over the test set says."""
    summary = tally.summary()
    return {
        "test_accuracy": summary.accuracy,
        "test_loss": summary.loss,
        **_speed("infer", [summary]),
        **_activity(summary),
    }


def training_figures(course: Course) -> Record:
    """The last epoch, the best ones, and the speed over all epochs."""
    last = course.history[-1]
    best = course.best("test")
    chosen = course.best("validation")
    record: Record = {
        "epochs": len(course.history),
        "train_accuracy": last.train.accuracy,
        "train_loss": last.train.loss,
        "test_accuracy": last.test.accuracy if last.test else None,
        "test_loss": last.test.loss if last.test else None,
        "best_test_accuracy": best.test.accuracy if best and best.test else None,
        "best_test_epoch": best.epoch if best else None,
    }
    if chosen and chosen.validation and chosen.test:
        record |= {
            "validation_accuracy": chosen.validation.accuracy,
            "validation_epoch": chosen.epoch,
            "validated_test_accuracy": chosen.test.accuracy,
        }
    return {
        **record,
        **_speed("train", (epoch.train for epoch in course.history)),
        **_speed("infer", (epoch.test for epoch in course.history if epoch.test)),
        **_activity(last.train),
        "spikes_sha256": course.spikes_sha256,
    }


def _speed(what: str, passes: Iterable[Summary]) -> Record:
    """Samples per second, by the clock on the wall and by processor time."""
    passes = list(passes)
    samples = sum(summary.samples for summary in passes)
    wall = sum(summary.wall for summary in passes)
    cpu = sum(summary.cpu for summary in passes)
    return {
        f"{what}_samples_per_s": samples / wall if wall > 0 else None,
        f"{what}_samples_per_cpu_s": samples / cpu if cpu > 0 else None,
    }


def _activity(summary: Summary) -> Record:
    return {
        "spikes_per_sample": dict(summary.spikes_per_sample),
        "saturated": dict(summary.saturated),
        "dead": dict(summary.dead),
    }
