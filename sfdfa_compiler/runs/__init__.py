"""What to do with a program: `build` it, `open_session`, or with data `train`, `test`, `run` it.

The last three put a session on the bench, work with it, and end with a record of what it was and
what came out: the content of `run.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from sfdfa_compiler import driver
from sfdfa_compiler.codegen import Forward, Session, State
from sfdfa_compiler.codegen.optional import notices
from sfdfa_compiler.data.archive import npz
from sfdfa_compiler.diagnostics import Diagnostic
from sfdfa_compiler.files import write
from sfdfa_compiler.parallel import Alone, Group
from sfdfa_compiler.program import Program
from sfdfa_compiler.runs.bench import Bench, Purpose, Warn, prepare, set_up
from sfdfa_compiler.runs.memory import enough_memory
from sfdfa_compiler.runs.options import (
    BuildOptions,
    Options,
    SessionOptions,
    TrainOptions,
    checked,
    settings_of,
)
from sfdfa_compiler.runs.record import about_run, test_figures, training_figures
from sfdfa_compiler.runs.resume import check_resumed, checkpoint_of
from sfdfa_compiler.runs.together import agree, learned_only, testament
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.training import checkpoint
from sfdfa_compiler.training.course import Course, EpochRecord
from sfdfa_compiler.training.evaluate import evaluate
from sfdfa_compiler.training.folder import (
    SPIKES,
    WEIGHTS,
    new_folder,
    spike_arrays,
    write_metrics,
    write_record,
)
from sfdfa_compiler.training.interrupt import Interrupt, Interrupted
from sfdfa_compiler.training.loop import NoWatch, Training, Watch, split
from sfdfa_compiler.training.samples import Samples, SpikeDigest
from sfdfa_compiler.training.tally import Tally
from sfdfa_compiler.training.weights import weight_arrays

TRAIN = Purpose(command="train", learns=True, judges=True)
TEST = Purpose(command="test", judges=True)
RUN = Purpose(command="run")

__all__ = ["Result", "build", "open_session", "run", "test", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came out."""

    record: dict[str, Any]  # the content of run.json
    folder: Path | None
    program: Program
    schedule: Schedule
    warnings: tuple[Diagnostic, ...]
    history: Sequence[EpochRecord]  # of a training
    state: State  # at the end
    samples: Samples  # the test set
    example: Forward  # its first sample, with all spikes


@enough_memory
def train(
    path: Path | str,
    *,
    out: Path | str | None = None,
    resume: Path | str | None = None,
    watch: Watch | None = None,
    warn: Warn | None = None,
    group: Group | None = None,
    **options: Unpack[TrainOptions],
) -> Result:
    """Train a program.

    Args:
        path: A `.snn` file or a build directory.
        out: The run folder; None: the next free one in `runs/`.
        resume: The folder of a run to go on with, to the same bits as if it had never stopped.
        watch: Is told how the training goes on.
        warn: Is told what there is to warn of, before the training; the result has it too.
        group: The processes that call this with the same arguments, and train together: process
            0 writes the run folder. None: this one alone.
        options: See `TrainOptions`.

    Raises:
        UserError: Whatever is wrong with the program, the data, the run folder, an option.
        Interrupted: After Ctrl-C; the run folder has a checkpoint then.
        FollowedError: If another process of the group has failed.
    """
    group = group or Alone()
    options = checked("train", options, TrainOptions)
    given = settings_of(options)
    folder = Path(resume) if resume else None
    saved = checkpoint.load(folder) if folder else None
    settings = saved.settings.resumed(given) if saved else given
    fresh = saved is None
    with set_up(path, settings, options, TRAIN, fresh=fresh, group=group, warn=warn) as bench:
        course = Course()
        if saved and folder:
            check_resumed(folder, saved, bench)
            bench.session.load(saved.state)
            course = saved.course
        if folder is None and group.rank == 0:
            folder = new_folder(out, bench.program.graph.name)
        agree(bench, course, group)
        with testament(path, folder, options.get("device"), group):
            finished = _train(bench, course, folder, watch or NoWatch(), group)
        if not finished:
            raise Interrupted(path, folder or Path(), options.get("device"))
        record = {**about_run(bench, "train"), **training_figures(course)}
        if group.ranks > 1:
            record["train_samples_per_cpu_s"] = None  # the time of the others is not known here
        if folder and group.rank == 0:
            write_record(folder, record)
        return _result(bench, record, folder, course.history)


@enough_memory
def test(
    path: Path | str,
    *,
    out: Path | str | None = None,  # noqa: PT028 - not a function of pytest's
    watch: Watch | None = None,  # noqa: PT028
    warn: Warn | None = None,  # noqa: PT028
    **options: Unpack[Options],
) -> Result:
    """Run a program over the test set and count its right answers; `out` may stay None.

    Raises:
        UserError: As `train`.
    """
    options = checked("test", options, Options)
    with set_up(path, settings_of(options), options, TEST, warn=warn) as bench:
        folder = new_folder(out, bench.program.graph.name) if out else None
        spikes = SpikeDigest()
        output = bench.readout.layer
        tally = _pass(bench, lambda forward: spikes.add(forward.spikes[output]), watch)
        record = about_run(bench, "test") | test_figures(tally)
        record["spikes_sha256"] = spikes.hexdigest()
        if folder:
            write_record(folder, record)
        return _result(bench, record, folder)


test.__test__ = False  # type: ignore[attr-defined] # and pytest shall not think so either


@enough_memory
def run(
    path: Path | str,
    *,
    out: Path | str | None = None,
    watch: Watch | None = None,
    warn: Warn | None = None,
    **options: Unpack[Options],
) -> Result:
    """Run a program over the test set and keep all spikes of all layers in `spikes.npz`.

    Raises:
        UserError: As `train`.
    """
    options = checked("run", options, Options)
    with set_up(path, settings_of(options), options, RUN, warn=warn) as bench:
        folder = new_folder(out, bench.program.graph.name)
        passes: list[Forward] = []
        tally = _pass(bench, passes.append, watch)
        record = about_run(bench, "run") | test_figures(tally)
        record["spikes_sha256"] = _output_digest(bench, passes)
        write(folder / SPIKES, npz(spike_arrays(passes, bench.session.schedule.time)))
        write_record(folder, record)
        return _result(bench, record, folder)


@enough_memory
def open_session(path: Path | str, **options: Unpack[SessionOptions]) -> Session:
    """A program as something that runs on samples that the caller brings; close it at the end.

    Raises:
        UserError: Whatever is wrong with the program or the target.
    """
    options = checked("open_session", options, SessionOptions)
    settings = settings_of(options)
    program, machine, weights = prepare(path, settings, options, Purpose(command="open_session"))
    return driver.open_session(program, machine, seed=settings.seed or 0, weights=weights)


@enough_memory
def build(
    path: Path | str, out: Path | str | None = None, **options: Unpack[BuildOptions]
) -> Program:
    """A program as a build directory; a target that cannot run here can be built for all the same.

    Args:
        path: A `.snn` file.
        out: The directory; None: `build/NAME-TARGET`.
        options: See `BuildOptions`.

    Returns:
        The program as `check` reads it from there, with the target's warnings.

    Raises:
        UserError: Whatever is wrong with the program, the target or the directory.
    """
    options = checked("build", options, BuildOptions)
    settings = settings_of(options)
    purpose = Purpose(command="build", learns=True)
    program, machine, weights = prepare(path, settings, options, purpose)
    folder = Path(out) if out else Path("build", f"{program.graph.name}-{machine.target.name}")
    found = driver.build(program, machine, folder, seed=settings.seed or 0, weights=weights)
    built = driver.check(folder)
    return replace(built, warnings=(*built.warnings, *found))


def _train(bench: Bench, course: Course, folder: Path | None, watch: Watch, group: Group) -> bool:
    """Bring the training to its end; False after Ctrl-C, with everything in a checkpoint."""
    session = bench.session
    leads = group.rank == 0
    sets = split(bench.train, bench.test, bench.seed, validate=bench.settings.validate)

    def save() -> None:
        if folder and leads:
            checkpoint.save(folder / checkpoint.NAME, checkpoint_of(bench, course))
            write_metrics(folder, course.history)

    def stop() -> bool:
        if interrupt.requested:
            group.ask_to_stop()
        return group.stopping

    with Interrupt() as interrupt:
        if group.ranks > 1:
            save()  # whatever happens, there is something to go on with
            group.meet()
        training = Training(
            session=session,
            readout=bench.readout,
            sets=sets if leads else learned_only(sets),
            seed=bench.seed,
            course=course,
            save=save,
            stop=stop,
            watch=watch,
        )
        finished = training.run()
    if finished and folder and leads:
        write(folder / WEIGHTS, npz(weight_arrays(session.schedule, session.state())))
    return finished


def _output_digest(bench: Bench, passes: Sequence[Forward]) -> str | None:
    """Of the spikes of the layer that is read out, if one is."""
    output = bench.program.graph.output
    if output is None:
        return None
    digest = SpikeDigest()
    for forward in passes:
        digest.add(forward.spikes[output.name])
    return digest.hexdigest()


def _pass(bench: Bench, record: Callable[[Forward], None], watch: Watch | None) -> Tally:
    """The test set, once."""
    watch = watch or NoWatch()
    watch.pass_begins("test", len(bench.test), 0, 0)
    return evaluate(
        bench.session,
        bench.test,
        bench.test.rows,
        bench.program.graph.readout,
        record=record,
        after_batch=watch.batch_done,
    )


def _result(
    bench: Bench, record: dict[str, Any], folder: Path | None, history: Sequence[EpochRecord] = ()
) -> Result:
    (first,) = bench.test.batches(bench.test.rows[:1], 1)
    return Result(
        record=record,
        folder=folder,
        program=bench.program,
        schedule=bench.session.schedule,
        warnings=(*bench.program.warnings, *bench.machine.warnings, *notices(bench.session)),
        history=history,
        state=bench.session.state(),
        samples=bench.test,
        example=bench.session.forward(first, record=True),
    )
