"""What a run must share with the one that it goes on with."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from sfdfa_compiler.diagnostics import place
from sfdfa_compiler.ir.text import to_text
from sfdfa_compiler.runs.bench import Bench
from sfdfa_compiler.training.checkpoint import Checkpoint, check_program
from sfdfa_compiler.training.course import Course
from sfdfa_compiler.training.rules import FEWER_EPOCHS, OTHER_SETTING


def checkpoint_of(bench: Bench, course: Course) -> Checkpoint:
    """Everything that is needed to go on from here."""
    return Checkpoint(
        program=_program(bench),
        profile=bench.machine.profile,
        settings=bench.settings,
        data=_data(bench),
        state=bench.session.state(),
        course=course,
    )


def check_resumed(folder: Path, saved: Checkpoint, bench: Bench) -> None:
    """The checkpoint is of this program and of these data, and not beyond its last epoch.

    Raises:
        UserError: SNN524 if it is of another program, SNN525 if it is of other data, SNN539 if it
            has learned more epochs than the program has.
    """
    check_program(folder, saved, _program(bench))
    data = _data(bench)
    if saved.data != data:
        raise OTHER_SETTING.error(
            place(bench.settings.data),
            what="other data",
            there=f"files of digest {saved.data[:12]}",
            here=data[:12],
            help="restore the files that the run began with, or start a new run without `--resume`",
        )
    _check_epochs(saved.course, bench)


def _check_epochs(course: Course, bench: Bench) -> None:
    asked = bench.session.schedule.epochs
    if (course.epoch, course.batch) <= (asked, 0):
        return
    learner = bench.program.graph.learner
    where = learner.spans.get("epochs") if learner else None
    done = f"{course.epoch} epoch{'s' * (course.epoch != 1)}"
    raise FEWER_EPOCHS.error(
        where or place(bench.program.source.name),
        done=f"{done} and a part of the next" if course.batch else done,
        asked=asked,
        more=course.epoch + 1,
    )


def _program(bench: Bench) -> str:
    """The program's text, without the number of epochs: a run may be made longer."""
    graph = bench.program.graph
    if graph.learner:
        graph = dataclasses.replace(graph, learner=dataclasses.replace(graph.learner, epochs=1))
    return to_text(graph)


def _data(bench: Bench) -> str:
    files = bench.dataset.provenance if bench.dataset else ()
    return hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()
