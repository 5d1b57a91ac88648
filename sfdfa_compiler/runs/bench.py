"""Setting up: program, machine, data and session, in the order in which things can be wrong."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sfdfa_compiler import driver
from sfdfa_compiler.checks import run_checks
from sfdfa_compiler.codegen import Session
from sfdfa_compiler.data import SAMPLE, Dataset, Split, labels_of, load
from sfdfa_compiler.diagnostics import Diagnostic, Rule, UserError, errors, place
from sfdfa_compiler.ir import Graph, Readout, Times
from sfdfa_compiler.machine import FIXED_BY_BUILD, Machine, choose, has_learners
from sfdfa_compiler.parallel import Alone, Group
from sfdfa_compiler.program import Program
from sfdfa_compiler.runs.options import NOTHING_HELD_OUT, Options, SessionOptions
from sfdfa_compiler.runs.together import shared
from sfdfa_compiler.schedule.lower import time_of
from sfdfa_compiler.training.loop import held_out_of
from sfdfa_compiler.training.samples import Samples, encoded
from sfdfa_compiler.training.settings import Settings
from sfdfa_compiler.training.stopwatch import Stopwatch

NOTHING_TO_COMPARE = Rule(
    code="SNN535",
    message="`sfdfac {command}` compares answers with labels, and {why}",
    help="{advice}",
)
Warn = Callable[[Sequence[Diagnostic]], None]  # is told warnings as soon as they are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A session with data in front of it."""

    program: Program
    machine: Machine
    settings: Settings
    session: Session
    dataset: Dataset | None  # None: the program has its spikes in the file
    train: Samples  # unless it shall learn, the test set once more
    test: Samples
    encoding: Stopwatch

    @property
    def seed(self) -> int:
        """Of all random numbers."""
        return self.settings.seed or 0

    @property
    def readout(self) -> Readout:
        """How to read the output; `set_up` made sure of it for who learns or tests."""
        if self.program.graph.readout is None:
            raise ValueError("this network has no readout")
        return self.program.graph.readout


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a session is set up for."""

    command: str  # as messages name it
    learns: bool = False
    judges: bool = False  # compares answers with labels
    compares: bool = False  # targets: a build directory stands for its program on others too


@contextlib.contextmanager
def set_up(
    path: Path | str,
    settings: Settings,
    options: Options,
    purpose: Purpose,
    *,
    fresh: bool = True,
    group: Group | None = None,
    warn: Warn | None = None,
) -> Iterator[Bench]:
    """Check the program, read and encode the data, open the session; close it at the end.

    Args:
        path: A `.snn` file or a build directory.
        settings: What the run depends on.
        options: What it runs on.
        purpose: What it is for.
        fresh: Whether the state begins with the weights of the settings.
        group: The processes that train together; None: this one alone.
        warn: Is told what there is to warn of, before anything is done that takes time.

    Raises:
        UserError: Whatever is wrong with any of them.
    """
    program, machine, weights = prepare(path, settings, options, purpose)
    if warn:
        warn((*program.warnings, *machine.warnings))
    graph = program.graph
    machine = shared(machine, graph, group or Alone(), options.get("threads"))
    dataset = None if _brings_its_spikes(graph) else load(settings.data)
    _check_labels(graph, dataset, purpose)
    if dataset and purpose.learns:
        samples = _learned(dataset.train, settings)
        context = driver.check_context(machine.target.name, machine.profile, samples=samples)
        if found := errors(run_checks(graph, context)):
            raise UserError(found)

    time = time_of(graph, machine.profile)
    encoding = Stopwatch()

    def encode(part: Split | None, limit: int | None) -> Samples:
        if part is not None and limit is not None:
            part = part.first(limit)
        with encoding.running():
            return encoded(graph, part, machine.profile, time)

    test_limit = settings.samples if settings.test_samples is None else settings.test_samples
    test = encode(dataset.test if dataset else None, test_limit)
    train = encode(dataset.train, settings.samples) if dataset and purpose.learns else test
    session = driver.open_session(
        program,
        machine,
        seed=settings.seed or 0,
        weights=weights if fresh else None,
        most_events=max(train.most_events, test.most_events),
    )
    with contextlib.closing(session):
        yield Bench(
            program=program,
            machine=machine,
            settings=dataclasses.replace(
                settings,
                target=machine.target.name,
                profile=machine.profile,
                data=settings.data or SAMPLE,
                seed=settings.seed or 0,
                overrides=program.overrides if settings.overrides else (),
            ),
            session=session,
            dataset=dataset,
            train=train,
            test=test,
            encoding=encoding,
        )


def prepare(
    path: Path | str, settings: Settings, options: SessionOptions, purpose: Purpose
) -> tuple[Program, Machine, Path | None]:
    """Check the program for the machine that will run it.

    Returns:
        Program, machine, and the file of the weights to begin with, if there is one.

    Raises:
        UserError: SNN532 if a build directory was built for another target or profile; whatever
            is wrong with the program or the target.
    """
    built = driver.open_build(path, settings.overrides)
    target, profile = settings.target, settings.profile
    if built and not purpose.compares:
        for option, given, fixed in (
            ("--target", target, built.target),
            ("--profile", profile, built.profile),
        ):
            if given not in (None, fixed):
                raise FIXED_BY_BUILD.error(place(option), option=option)
        target, profile = built.target, built.profile
    machine = choose(
        target,
        profile,
        options.get("device"),
        options.get("threads"),
        to_run=purpose.command != "build",
    )
    learns = purpose.learns and (purpose.command != "build" or has_learners(machine))
    context = driver.check_context(machine.target.name, machine.profile, learns=learns)
    program = driver.check(path, settings.overrides, context)
    weights = Path(settings.weights) if settings.weights else None
    if built and built.target != machine.target.name:
        program = dataclasses.replace(program, built=None)
        weights = weights or built.weights
    return program, machine, weights


def _learned(split: Split, settings: Settings) -> int:
    """How many samples a training learns from: all of them, less those that it holds out.

    Raises:
        UserError: SNN538 if it shall hold some out, and a tenth of so few is none.
    """
    samples = min(len(split), settings.samples or len(split))
    if not settings.validate:
        return samples
    if held_out_of(samples) == 0:
        raise NOTHING_HELD_OUT.error(place("--validate"), samples=samples)
    return samples - held_out_of(samples)


def _brings_its_spikes(graph: Graph) -> bool:
    return all(isinstance(source.encoder, Times) for source in graph.inputs)


def _check_labels(graph: Graph, dataset: Dataset | None, purpose: Purpose) -> None:
    """Learning and testing need a readout and labels to compare; learning needs a learner.

    Raises:
        UserError: SNN535, or SNN511 and SNN515 of the data.
    """
    if not (purpose.learns or purpose.judges):
        return
    if graph.readout is None:
        why = "the network has no readout"
        advice = "write `readout LAYER spike_count(correct = 15, other = 3)`"
    elif purpose.learns and graph.learner is None:
        why = "the network has no learner to make use of it"
        advice = "write `learner sfdfa { }`"
    elif dataset is None:
        why = "the spikes in the file have none"
        advice = "`sfdfac run` shows what the network does with them"
    else:
        for part in (dataset.train, dataset.test) if purpose.learns else (dataset.test,):
            size, where = graph.layer(graph.readout.layer).size, graph.readout.spans.get("layer")
            labels_of(part, size, readout=where)
        return
    where = place(f"network {graph.name}")
    raise NOTHING_TO_COMPARE.error(where, command=purpose.command, why=why, advice=advice)
