"""The command group: what ends a command, and with which exit code.

0: done; 1: the user's problem, or a divergence; 2: wrong usage, or it cannot run here; 70: a fault
of sfdfac; 130: Ctrl-C.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from sfdfa_compiler.diagnostics import Diagnostic, Level, UserError, errors, place, render
from sfdfa_compiler.files import output_error
from sfdfa_compiler.version import __version__

USER, USAGE, FAULT, STOPPED = 1, 2, 70, 130
CANNOT_RUN = ("SNN533", "SNN54", "SNN561")  # no such target; no compiler, or it fails; no MPI

HELP = """Compile spiking neural networks that learn on the chip.

A first session:

\b
    sfdfac new digits            write digits.snn, a small commented network
    sfdfac check digits.snn      see what is wrong with it
    sfdfac train digits.snn      train it on the digits that come with sfdfac
"""


class Commands(click.Group):
    """`sfdfac`: turns every way in which a command can end into words and an exit code."""

    def __init__(self, name: str, commands: Iterable[click.Command]) -> None:
        """Keep the commands in the order given."""
        super().__init__(
            name,
            commands={command.name or "": command for command in commands},
            help=HELP,
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
            params=[version_option()],
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a user's work, not of the alphabet."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for one that does not exist."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], self.commands, n=1)
            advice = f" Did you mean `{close[0]}`?" if close else ""
            ctx.fail(f"There is no command `{args[0]}`.{advice}")
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - as click has it
        """Run the command line; standard output may be full."""
        try:
            return super().main(*args, **more)
        except OSError as error:
            if not _is_about_output(error):
                raise
            _drop_output()
            show(output_error(error).diagnostics)
            sys.exit(USER)

    def make_context(self, *args: Any, **more: Any) -> click.Context:  # noqa: ANN401
        """Read the options; click would answer Ctrl-C with `Aborted!`."""
        try:
            return super().make_context(*args, **more)
        except KeyboardInterrupt as error:
            click.echo(f"\n{_stopped(error)}", err=True)
            raise click.exceptions.Exit(STOPPED) from error

    def invoke(self, ctx: click.Context) -> object:
        """Run a command to one of its ends."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            show(error.diagnostics)
            ctx.exit(exit_code(error.diagnostics))
        except KeyboardInterrupt as error:
            if not _follows():
                click.echo(f"\n{_stopped(error)}", err=True)
            from sfdfa_compiler.parallel.launch import end_if_awaited

            end_if_awaited()
            ctx.exit(STOPPED)
        except MemoryError:
            from sfdfa_compiler.runs.memory import OUT_OF_MEMORY

            show([OUT_OF_MEMORY.at(place(f"sfdfac {ctx.invoked_subcommand}"))])
            ctx.exit(USER)
        except click.UsageError:
            if _follows():
                ctx.exit(USAGE)
            raise
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if _is_about_output(error):
                raise
            from sfdfa_compiler.cli.fault import report

            click.echo(report(error, sys.argv[1:]), err=True)
            ctx.exit(FAULT)


def version_option() -> click.Option:
    """`--version`."""

    def say(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            click.echo(f"sfdfac {__version__}")
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=say,
        help="Show the version and exit.",
    )


def show(diagnostics: Sequence[Diagnostic]) -> None:
    """Print messages where they do not mix with results."""
    if diagnostics:
        click.echo(render(diagnostics), err=True)
        wrong = errors(diagnostics)
        codes = sorted({diagnostic.code for diagnostic in wrong})
        if codes:
            click.echo(f"For the reasons: sfdfac explain {codes[0]}", err=True)


def code_of(error: BaseException) -> int:
    """The exit code of a command that ends with this."""
    match error:
        case UserError():
            return exit_code(error.diagnostics)
        case KeyboardInterrupt():
            return STOPPED
        case MemoryError() | OSError(filename=None):
            return USER
        case click.ClickException() | click.exceptions.Exit():
            return error.exit_code
        case _:
            return FAULT


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """1 for the user's problem, 2 if it is the machine's or the command line's."""
    codes = {d.code for d in diagnostics if d.level is Level.ERROR}
    return USAGE if codes and all(code.startswith(CANNOT_RUN) for code in codes) else USER


def _follows() -> bool:
    """Whether `mpiexec` started this process beside another one, which says the same."""
    from sfdfa_compiler.parallel.launch import place_of

    where = place_of()
    return where is not None and where.rank > 0


def _stopped(error: KeyboardInterrupt) -> str:
    """How to go on after Ctrl-C, if there is something to go on with."""
    command = getattr(error, "command", None)
    return f"stopped; go on with: {command}" if command else "stopped"


def _is_about_output(error: Exception) -> bool:
    """Whether standard output is full or gone; files have diagnostics of their own."""
    numbers = (errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE)
    return isinstance(error, OSError) and error.filename is None and error.errno in numbers


def _drop_output() -> None:
    """Let what is still buffered go nowhere: Python would fail again when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
