"""Options that several commands share, worded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class FilePath(click.Path):
    """A path, and not nothing, which would be the current folder."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - as click has it
        """The path that a text names."""
        if value == "":
            self.fail("it is empty; write the name of a file.", param, ctx)
        return super().convert(value, param, ctx)


PATH = FilePath(path_type=Path)
COUNT = click.IntRange(min=1)


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator; `--help` shows them in the order given."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


program = click.argument("path", metavar="FILE", type=PATH)

overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value of the program, as in --set learner.epochs=3. Repeatable.",
)
target = click.option("--target", metavar="T", help="What runs it; `sfdfac targets` lists them.")
profile = click.option(
    "--profile",
    metavar="P",
    help="Arithmetic: event32, event64, clock:NAME. The target's first unless given.",
)
seed = click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    metavar="S",
    help="Of all random numbers. 0 unless given.",
)
weights = click.option(
    "--weights", metavar="W.npz", help="Start from these weights instead of random ones."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
plot = click.option(
    "--plot/--no-plot", "plot", default=True, help="Draw pictures, if matplotlib is installed."
)


def out(help: str) -> Callable[[Command], Command]:
    """`-o`."""
    return click.option("-o", "--out", type=PATH, metavar="PATH", help=help)


device = click.option("--device", metavar="D", help="Where the target runs: cpu ...")
threads = click.option(
    "--threads",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="One for every processor unless given. No result depends on it.",
)

data = _all(
    click.option(
        "--data",
        metavar="D",
        help="Name, folder, .npz or .h5 file. The digits of the package unless given.",
    ),
    click.option("--samples", type=COUNT, metavar="N", help="Only the first N samples."),
    click.option("--test-samples", type=COUNT, metavar="M", help="Of the test set, only M."),
)

work = _all(program, target, profile, device, threads, data, seed, overrides, weights)
