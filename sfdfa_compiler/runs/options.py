"""Options of the functions of this package: those of the command line, by the same names.

The command line has refused what is no option before it comes here; a program has not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from operator import index
from pathlib import Path
from typing import Any, TypedDict, cast

from sfdfa_compiler.diagnostics import Diagnostic, Rule, Source, Span, UserError
from sfdfa_compiler.program import texts_of
from sfdfa_compiler.training.settings import Settings

OUT_OF_RANGE = Rule(
    code="SNN538",
    message="`{option}` cannot be {value}: it is a number {allowed}",
    help="give another number, or leave `{option}` out",
)
NOTHING_HELD_OUT = Rule(
    code="SNN538",
    message="`--validate` holds a tenth of the samples out, and of {samples} that is none",
    help="train with at least 10 samples, or leave `--validate` out",
)

RANGES = {  # least and most, as the command line has them
    "samples": (1, None),
    "test_samples": (1, None),
    "batches": (0, None),
    "threads": (1, 1024),
    "seed": (0, 2**64 - 1),
}
WRITTEN = {"batches": "--train"}  # where the option is not called as the argument


class BuildOptions(TypedDict, total=False):
    """What a program is made of; None or left out: not given."""

    overrides: Sequence[str] | str | None  # what follows `--set`; a text is one of them
    target: str | None
    profile: str | None
    seed: int | None
    weights: str | Path | None


class SessionOptions(BuildOptions, total=False):
    """And what it runs on."""

    device: str | None
    threads: int | None


class Options(SessionOptions, total=False):
    """And the data."""

    data: str | Path | None
    samples: int | None
    test_samples: int | None


class TrainOptions(Options, total=False):
    """And what only a training has."""

    validate: bool | None


def checked(function: str, given: Mapping[str, Any], known: type[Any]) -> TrainOptions:
    """The options that a function was given.

    Args:
        function: Its name.
        given: The options.
        known: The class of those that it takes.

    Raises:
        TypeError: If it does not take one of them, or a number is none.
        UserError: SNN538 for every number out of its range.
    """
    for name in given:
        if name not in known.__optional_keys__:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
    check_ranges(given)
    numbers = {name: index(given[name]) for name in RANGES if given.get(name) is not None}
    return cast("TrainOptions", {**given, **numbers})


def check_ranges(given: Mapping[str, Any]) -> None:
    """Every whole number that is given is in its range.

    Raises:
        TypeError: If it is no whole number.
        UserError: SNN538.
    """
    found: list[Diagnostic] = []
    for name, (least, most) in RANGES.items():
        if given.get(name) is None:
            continue
        value = index(given[name])
        if value < least or (most is not None and value > most):
            option = WRITTEN.get(name, "--" + name.replace("_", "-"))
            allowed = f"at least {least}" if most is None else f"from {least} to {most}"
            argument = Source(option, str(value))
            where = Span(argument, 0, len(str(value)))
            found.append(OUT_OF_RANGE.at(where, option=option, value=value, allowed=allowed))
    if found:
        raise UserError(found)


def settings_of(options: Options) -> Settings:
    """Those of the options that a run depends on."""
    given = cast("TrainOptions", options)  # it has all that there are
    return Settings(
        target=given.get("target"),
        profile=given.get("profile"),
        data=_text(given.get("data")),
        samples=given.get("samples"),
        test_samples=given.get("test_samples"),
        seed=given.get("seed"),
        weights=_text(given.get("weights")),
        validate=bool(given.get("validate")),
        overrides=texts_of(given.get("overrides") or ()),
    )


def _text(path: str | Path | None) -> str | None:
    return None if path is None else os.fspath(path)
