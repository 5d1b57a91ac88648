"""A training over several processes: who may take part, and who does what.

All set everything up, learn every batch and have the same state at any time. Process 0 alone
evaluates, shows progress and writes files.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.diagnostics import place, render
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.machine import Machine
from sfdfa_compiler.parallel import Group, last_words
from sfdfa_compiler.parallel.rules import LOST, NOT_SHARED, TOO_MANY
from sfdfa_compiler.training.course import Course
from sfdfa_compiler.training.interrupt import resume_command
from sfdfa_compiler.training.loop import Sets
from sfdfa_compiler.training.weights import digest, weight_arrays
from sfdfa_compiler.version import __version__

if TYPE_CHECKING:
    from sfdfa_compiler.runs.bench import Bench

KILLED = "it was killed, or whatever started it ended it"


def shared(machine: Machine, graph: Graph, group: Group, threads: int | None) -> Machine:
    """The machine as one of several, each with its share of the processors.

    Args:
        machine: What runs the program.
        graph: The program.
        group: The processes.
        threads: Of each of them, if the user has said so.

    Raises:
        UserError: SNN562 if they are more than shards, SNN563 if the target cannot share a batch.
    """
    if group.ranks == 1:
        return machine
    target = machine.target
    if machine.profile not in target.capabilities.shared:
        raise NOT_SHARED.error(
            place("mpiexec"), target=target.name, profile=machine.profile, ranks=group.ranks
        )
    shards = graph.learner.shards if graph.learner else 1
    if group.ranks > shards:
        where = graph.learner.spans.get("shards") if graph.learner else None
        words = "one shard" if shards == 1 else f"{shards} shards"
        raise TOO_MANY.error(
            where or place(f"network {graph.name}"), ranks=group.ranks, shards=words, most=shards
        )
    own = threads or max(1, machine.device.threads // group.neighbours)
    return replace(machine, device=replace(machine.device, threads=own, exchange=group))


def agree(bench: Bench, course: Course, group: Group) -> None:
    """All processes are about to do the same.

    Raises:
        UserError: SNN565 if files or options differ.
        FollowedError: If one of them has failed on the way here.
    """
    schedule = bench.session.schedule
    files = bench.dataset.provenance if bench.dataset else ()
    group.agree(
        {
            "versions of sfdfac": __version__,
            "programs": f"{bench.program.digest} {bench.program.overrides} {bench.machine.profile}",
            "data": f"{[file.sha256 for file in files]} {len(bench.train)}",
            "options": f"{bench.machine.target.name} {bench.seed} {bench.settings.validate}",
            "checkpoints": f"{course.epoch} {course.batch}",
            "weights": digest(weight_arrays(schedule, bench.session.state())),
        }
    )


def learned_only(sets: Sets) -> Sets:
    """What those processes need that judge nothing."""
    return replace(sets, held_out=sets.held_out[:0], test=None)


def testament(
    path: Path | str, folder: Path | None, device: str | None, group: Group
) -> contextlib.AbstractContextManager[None]:
    """Should process 0 be killed, by its launcher or by anything else: how to go on."""
    if group.ranks == 1 or group.rank or folder is None:
        return contextlib.nullcontext()
    resume = resume_command(path, folder, device)
    return last_words(render([LOST.at(place(folder), why=KILLED, resume=resume)]))
