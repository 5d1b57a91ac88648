"""The number formats of clock profiles: data of the targets, read by name.

Profile `clock:NAME` takes its numbers from `targets/NAME/formats.toml`; the target's own code need
not exist. `clock:float` has no such file: it is the same profile in real numbers.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from sfdfa_compiler.arith import FLOAT64, UINT32, Format
from sfdfa_compiler.arith.clock import ClockFormats
from sfdfa_compiler.arith.fixed import Variable
from sfdfa_compiler.diagnostics import Rule, Source, Span
from sfdfa_compiler.ir import Fix

UNKNOWN_FORMATS = Rule(
    code="SNN420",
    message="there are no number formats of the name `{name}`",
    help="{advice}",
)
PREFIX = "clock:"
FOLDERS = "sfdfa_compiler.targets"  # a folder for each target
FILE = "formats.toml"
VARIABLES = ("weight", "potential", "total", "decay", "count")

_REAL = Variable(FLOAT64)
FLOAT = ClockFormats(
    name="float",
    rounding="zero",  # nothing is rounded but by IEEE 754
    weight=_REAL,
    potential=_REAL,
    total=_REAL,
    decay=_REAL,
    count=Variable(UINT32),
)


def clock_formats(profile: str) -> ClockFormats:
    """The formats of a profile such as "clock:loihi2".

    Raises:
        UserError: SNN420 if no target of that name brings formats.
    """
    name = profile.removeprefix(PREFIX)
    if name == FLOAT.name:
        return FLOAT
    if name not in format_names():
        source = Source("--profile", profile)
        known = [FLOAT.name, *format_names()]
        nearest = get_close_matches(name, known, 1)
        raise UNKNOWN_FORMATS.error(
            Span(source, len(profile) - len(name), len(profile)),
            name=name,
            advice=f"did you mean `{PREFIX}{nearest[0]}`?"
            if nearest
            else f"there are {', '.join(f'`{PREFIX}{each}`' for each in known)}",
        )
    return _read(name)


@cache
def format_names() -> tuple[str, ...]:
    """Names of the targets that bring formats, sorted."""
    folders = (entry for entry in files(FOLDERS).iterdir() if entry.is_dir())
    return tuple(sorted(entry.name for entry in folders if _file(entry.name).is_file()))


def with_weight(formats: ClockFormats, fix: Fix) -> ClockFormats:
    """The formats with weights of `fix(width, fraction)`, or `fix(width)`: of the same range."""
    old = formats.weight.format
    fraction = old.fraction - (old.width - fix.width) if fix.fraction is None else fix.fraction
    return replace(
        formats,
        weight=replace(formats.weight, format=Format("int", fix.width, fraction)),
        total=replace(formats.total, format=replace(formats.total.format, fraction=fraction)),
    )


def parse_format(text: str) -> Format:
    """A format as "s8.6" or "u12.12"."""
    parts = re.fullmatch(r"([su])(\d+)\.(\d+)", text)
    if parts is None:
        raise ValueError(f"{text} is no format: write s8.6 or u12.12")
    return Format("int" if parts[1] == "s" else "uint", int(parts[2]), int(parts[3]))


def _file(name: str) -> Traversable:
    return files(FOLDERS).joinpath(name, FILE)


@cache
def _read(name: str) -> ClockFormats:
    table: dict[str, Any] = tomllib.loads(_file(name).read_text(encoding="utf-8"))
    rounding = table.pop("rounding")
    if set(table) != set(VARIABLES):
        raise ValueError(f"{name}/{FILE}: the variables are {', '.join(VARIABLES)}")
    variables = {
        key: Variable(parse_format(entry["format"]), entry["overflow"])
        for key, entry in table.items()
    }
    return ClockFormats(name=name, rounding=rounding, **variables)
