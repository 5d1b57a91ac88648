"""Commands that only look at programs: new, check, fmt, explain, graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfdfa_compiler.cli import options
from sfdfa_compiler.cli.group import USER, exit_code, show

if TYPE_CHECKING:
    from sfdfa_compiler.diagnostics import Diagnostic
    from sfdfa_compiler.program import Program

EMITTED = ("tree", "ir", "schedule", "code")


@click.command()
@click.argument("path", metavar="NAME", type=options.PATH)
@click.option("--like", metavar="EXAMPLE", default="tiny", help="Which example to start from.")
def new(path: Path, like: str) -> None:
    """Write a first program: a small commented network."""
    from sfdfa_compiler.cli.starter import starter, write_starter

    path = path.with_suffix(".snn")
    write_starter(path, starter(path, like))
    click.echo(f"{path}: check it with `sfdfac check {path}`, train it with `sfdfac train {path}`")


@click.command()
@options.program
@options.overrides
@options.target
@options.profile
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="How to print what is wrong: for people, editors or CI.",
)
@click.option(
    "--emit",
    type=click.Choice(EMITTED),
    help="Print a stage of the compiler: syntax tree, complete program, plan, generated code.",
)
def check(
    path: Path,
    overrides: Sequence[str],
    target: str | None,
    profile: str | None,
    layout: str,
    emit: str | None,
) -> None:
    """Say all that is wrong with a program, and what to type."""
    from sfdfa_compiler.diagnostics import UserError
    from sfdfa_compiler.driver import DEFAULT_PROFILE, check, check_context

    learns = True
    if emit == "tree":
        from sfdfa_compiler.cli.emit import tree_text

        click.echo(tree_text(path), nl=False)
        return
    try:
        if target or emit == "code":
            from sfdfa_compiler.machine import choose, has_learners

            machine = choose(target, profile, to_run=False)
            target, profile = machine.target.name, machine.profile
            learns = has_learners(machine)  # if not, `sfdfac build` builds for inference, too
        context = check_context(target, profile or DEFAULT_PROFILE, learns=learns)
        program = check(path, overrides, context)
        found, code = program.warnings, 0
    except UserError as error:
        found, code = error.diagnostics, exit_code(error.diagnostics)
    if layout == "text":
        show(found)
    else:
        from sfdfa_compiler.diagnostic_formats import to_json, to_sarif

        click.echo((to_json if layout == "json" else to_sarif)(found), nl=False)
    if code:
        click.get_current_context().exit(code)
    if emit:
        from sfdfa_compiler.cli.emit import emitted

        click.echo(emitted(program, emit, target, profile or DEFAULT_PROFILE), nl=False)
    elif layout == "text":
        click.echo(_summary(path, program))
        if program.graph.learner and not learns:
            click.echo(f"It can run, not learn: `{target}` has no learner in {profile}.")


def _summary(path: Path, program: Program) -> str:
    """`tiny.snn: network tiny, 784-100-10, no errors`."""
    graph = program.graph
    sizes = "-".join(str(population.size) for population in graph.populations)
    warnings = len(program.warnings)
    noted = f", {warnings} warning{'s' * (warnings > 1)}" if warnings else ""
    return f"{path}: network {graph.name}, {sizes}, no errors{noted}"


@click.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=options.PATH)
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if it would.")
def fmt(paths: Sequence[Path], only_check: bool) -> None:
    """Lay programs out in the standard way; comments stay."""
    from sfdfa_compiler.diagnostics import UserError
    from sfdfa_compiler.dsl import read_source
    from sfdfa_compiler.dsl.fmt import format_text
    from sfdfa_compiler.files import write

    changed = 0
    wrong: list[Diagnostic] = []
    for path in paths:
        try:
            source = read_source(path)
            text = format_text(source)
            if text != source.text:
                if not only_check:
                    write(path, text)
                click.echo(f"{path}: {'would change' if only_check else 'formatted'}")
                changed += 1
        except UserError as error:
            wrong += error.diagnostics
    if wrong:
        raise UserError(wrong)
    if only_check and changed:
        click.get_current_context().exit(USER)


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain a message by its code; without one, list all codes."""
    from sfdfa_compiler import explain as pages

    if code is None:
        for each in pages.codes():
            click.echo(f"{each}  {pages.title(each)}")
        return
    text = pages.page(code) or pages.page(f"SNN{code}")
    if text is None:
        raise click.BadParameter(f"there is no message {code}; `sfdfac explain` lists them all")
    click.echo(text, nl=False)


@click.command()
@options.program
@options.overrides
@options.out("The picture; FILE.svg unless given, `-` for standard output.")
def graph(path: Path, overrides: Sequence[str], out: Path | None) -> None:
    """Draw a network as SVG."""
    from sfdfa_compiler.driver import check
    from sfdfa_compiler.files import write
    from sfdfa_compiler.report.network import network_svg

    picture = network_svg(check(path, overrides).graph)
    if out == Path("-"):
        click.echo(picture, nl=False)
        return
    out = out or Path(path.with_suffix(".svg").name)
    write(out, picture)
    click.echo(f"{out}: {path} drawn")
