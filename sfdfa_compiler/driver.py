"""The pipeline, top to bottom: text -> tree -> graph -> checks -> plan -> code -> session.

`check`, `build` and `open_session` are its ends. Targets are asked for what they can do, never for
their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.checks import CheckContext, run_checks
from sfdfa_compiler.codegen import find_target, target_entries
from sfdfa_compiler.diagnostics import Diagnostic, Source, UserError, errors
from sfdfa_compiler.dsl import parse, parse_override, read_source
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.program import Built, Program, texts_of
from sfdfa_compiler.version import __version__

if TYPE_CHECKING:  # what needs NumPy is imported where it is used: `check` does without
    from sfdfa_compiler.codegen import Artifact, Session
    from sfdfa_compiler.dsl.tree import Override
    from sfdfa_compiler.machine import Machine
    from sfdfa_compiler.schedule import Schedule

DEFAULT_PROFILE = CheckContext().profile


def check(
    path: Path | str, overrides: Sequence[str] | str = (), context: CheckContext | None = None
) -> Program:
    """Read a `.snn` file, or the program of a build directory, and check it.

    Args:
        path: The file or directory.
        overrides: What would follow `--set`, such as "learner.epochs=3"; one, or several.
        context: What it is checked for; None: to learn in event32, on no target in particular.

    Raises:
        UserError: With everything that is wrong.
    """
    texts = texts_of(overrides)
    built = open_build(path, texts)
    source = built.source if built else read_source(path)
    texts = built.overrides if built else texts
    return check_source(source, texts, context or check_context(), built)


def check_source(
    source: Source,
    overrides: Sequence[str] = (),
    context: CheckContext | None = None,
    built: Built | None = None,
) -> Program:
    """Text to checked graph: the errors of all stages at once.

    Of several overrides of one value the last counts, and it alone is remembered.
    """
    file, found = parse(source)
    last: dict[tuple[str, ...], Override] = {}
    for text in overrides:
        override, wrong = parse_override(Source("--set", text))
        found += wrong
        if override:
            name = tuple(word.text for word in override.path)
            last.pop(name, None)
            last[name] = override
    graph, wrong = elaborate(file, list(last.values()))
    found += wrong
    if graph:
        found += run_checks(graph, context)
    if graph is None or errors(found):
        raise UserError(found)
    return Program(
        source=source,
        overrides=tuple(override.source.text or "" for override in last.values()),
        graph=graph,
        warnings=UserError(found).diagnostics,
        built=built,
    )


def check_context(
    target: str | None = None,
    profile: str = DEFAULT_PROFILE,
    *,
    learns: bool = True,
    samples: int | None = None,
) -> CheckContext:
    """What a program is checked for: its target, if one is chosen, and what all targets can do."""
    return CheckContext(
        target=target,
        profile=profile,
        capabilities={name: find_target(name).capabilities for name in target_entries()},
        learns=learns,
        samples=samples,
    )


def open_build(path: Path | str, overrides: Sequence[str] = ()) -> Built | None:
    """The build directory at a path; None if there is a file.

    Raises:
        UserError: SNN530 to SNN532 if it cannot be used as it is.
    """
    if not Path(path).is_dir():
        return None
    from sfdfa_compiler.builds import read_build

    return read_build(Path(path), overrides)


def emit(program: Program, machine: Machine, schedule: Schedule) -> Artifact:
    """Schedule to source files: needs neither compiler nor device."""
    from sfdfa_compiler.codegen import Origin

    origin = Origin(
        source=Path(program.source.name).name,
        digest=program.digest,
        version=__version__,
        overrides=program.overrides,
    )
    return machine.target.emit(schedule, origin)


def open_session(
    program: Program,
    machine: Machine,
    *,
    seed: int = 0,
    weights: Path | None = None,
    most_events: int | None = None,
) -> Session:
    """A program as something that runs: every stage behind `check`, in order.

    Args:
        program: A checked program.
        machine: What runs it.
        seed: Of all random numbers.
        weights: A file of weights to start from.
        most_events: The most input events of a sample, for the bound on memory.

    Raises:
        UserError: If it does not fit into this machine's memory, files that it names cannot be
            used, or the target cannot build it.
    """
    from sfdfa_compiler.codegen import Build
    from sfdfa_compiler.machine import check_memory
    from sfdfa_compiler.schedule.lower import lower
    from sfdfa_compiler.training.start import start

    schedule = lower(program.graph, machine.profile, most_events)
    check_memory(schedule, machine.target)
    file = weights or (program.built.weights if program.built else None)
    state = start(program.graph, schedule, seed, folder=program.folder, weights=file)
    if program.built:
        build = Build(path=program.built.folder, facts=program.built.facts)
    else:
        build = machine.target.build(emit(program, machine, schedule), None)
    return machine.target.open(build, schedule, state, machine.device, seed)


def build(
    program: Program, machine: Machine, folder: Path, *, seed: int = 0, weights: Path | None = None
) -> tuple[Diagnostic, ...]:
    """A program as a build directory: sources, compiled code, weights, a manifest.

    Returns:
        What the target warns of.

    Raises:
        UserError: As `open_session`; SNN536 or SNN521 if the directory cannot be written.
    """
    from sfdfa_compiler.builds import write_build
    from sfdfa_compiler.machine import check_memory
    from sfdfa_compiler.schedule.lower import lower
    from sfdfa_compiler.training.start import start

    schedule = lower(program.graph, machine.profile)
    check_memory(schedule, machine.target)
    state = start(program.graph, schedule, seed, folder=program.folder, weights=weights)
    artifact = emit(program, machine, schedule)
    return write_build(folder, program, machine, schedule, artifact, state, seed)
