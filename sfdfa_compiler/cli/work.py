"""Commands that put programs to work: build, run, train, test, diff."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfdfa_compiler.cli import options
from sfdfa_compiler.cli.group import USER, show

if TYPE_CHECKING:
    from sfdfa_compiler.diagnostics import Diagnostic
    from sfdfa_compiler.runs import Result

RUN_FOLDER = "The run folder; the next free one in `runs/` unless given."


@click.command()
@options.program
@options.target
@options.profile
@options.overrides
@options.seed
@options.weights
@options.out("The directory; `build/NAME-TARGET` unless given.")
def build(path: Path, out: Path | None, **given: Any) -> None:  # noqa: ANN401
    """Write code, weights and a manifest into a directory."""
    from sfdfa_compiler import runs

    program = runs.build(path, out, **given)
    show(program.warnings)
    if program.built:
        folder = program.built.folder
        click.echo(f"{folder}: {path} built for {program.built.target}, {program.built.profile}")


@click.command()
@options.work
@options.out(RUN_FOLDER)
@options.as_json
@options.plot
def run(path: Path, out: Path | None, as_json: bool, plot: bool, **given: Any) -> None:  # noqa: ANN401
    """Run a program over the test set and keep all spikes.

    FILE is a .snn file, or a directory that `sfdfac build` made.
    """
    from sfdfa_compiler import runs
    from sfdfa_compiler.cli.progress import watching

    warn = Warnings()
    with watching() as watch:
        result = runs.run(path, out=out, watch=watch, warn=warn, **given)
    _tell(result, warn, as_json=as_json, plot=plot)


@click.command()
@options.work
@options.out(RUN_FOLDER)
@click.option("--resume", type=options.PATH, metavar="RUN", help="Go on with an interrupted run.")
@click.option("--validate", is_flag=True, help="Hold 10 % of the training set out to validate.")
@options.as_json
@options.plot
def train(
    path: Path,
    out: Path | None,
    resume: Path | None,
    as_json: bool,
    plot: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Train a program, and test it after every epoch.

    FILE is a .snn file, or a directory that `sfdfac build` made. Started by `mpiexec -n N`, so
    many processes share the shards of every batch, to the same bits.
    """
    from sfdfa_compiler.cli.together import together

    if out and resume:
        raise click.UsageError("a resumed run stays in its folder: leave -o out")
    with together() as group:
        from sfdfa_compiler import runs
        from sfdfa_compiler.cli.progress import watching

        leads = group.rank == 0
        warn = Warnings() if leads else None
        given |= {"out": out, "resume": resume}
        with watching(quiet=not leads) as watch:
            result = runs.train(path, watch=watch, warn=warn, group=group, **given)
        if warn:
            _tell(result, warn, as_json=as_json, plot=plot)


@click.command()
@options.work
@options.out("A folder for run.json; none unless given.")
@options.as_json
def test(path: Path, out: Path | None, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Count the right answers on the test set.

    FILE is a .snn file, or a directory that `sfdfac build` made.
    """
    from sfdfa_compiler import runs
    from sfdfa_compiler.cli.progress import watching

    warn = Warnings()
    with watching() as watch:
        result = runs.test(path, out=out, watch=watch, warn=warn, **given)
    _tell(result, warn, as_json=as_json, plot=False)


@click.command()
@options.program
@click.option(
    "--targets", required=True, metavar="A,B", help="Two targets or more, as in reference,native."
)
@options.profile
@options.threads
@options.data
@click.option(
    "--train",
    "batches",
    type=click.IntRange(min=0),
    default=0,
    metavar="B",
    help="Train B batches too.",
)
@options.device
@options.seed
@options.overrides
@options.weights
@options.as_json
def diff(path: Path, targets: str, batches: int, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Compare targets and find the first bit that differs.

    FILE is a .snn file, or a directory that `sfdfac build` made.
    """
    import json

    from sfdfa_compiler.diff import compare, names_of

    names = names_of(targets)
    if len(names) < 2:
        raise click.BadParameter("name two targets, as in reference,native", param_hint="--targets")
    comparison = compare(path, names, batches=batches, **given)
    text = json.dumps(comparison.record, indent=2) + "\n" if as_json else comparison.text
    click.echo(text, nl=False)
    if not comparison.identical:
        click.get_current_context().exit(USER)


class Warnings:
    """Shows warnings as soon as they are known, each of them once."""

    def __init__(self) -> None:
        """None has been shown."""
        self._shown: set[Diagnostic] = set()

    def __call__(self, found: Sequence[Diagnostic]) -> None:
        """Show those that are new."""
        show([diagnostic for diagnostic in found if diagnostic not in self._shown])
        self._shown.update(found)


def _tell(result: Result, warn: Warnings, *, as_json: bool, plot: bool) -> None:
    """Late warnings, pictures, results."""
    from sfdfa_compiler.cli.results import in_words

    warn(result.warnings)
    if plot and result.folder:
        from sfdfa_compiler import report

        if report.can_draw():
            report.draw(result, result.folder)
        else:
            click.echo(report.MISSING, err=True)
    if as_json:
        import json

        click.echo(json.dumps(result.record, indent=2))
    else:
        click.echo(in_words(result), nl=False)
