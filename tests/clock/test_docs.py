"""The page of the clock profiles says what the data of the targets say."""

import re
from pathlib import Path

from sfdfa_compiler.arith.clock import charge, crosses, leak, receive, reset
from sfdfa_compiler.schedule.formats import VARIABLES, clock_formats, format_names

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "clock.md").read_text(encoding="utf-8")


def written(variable) -> str:
    """A variable as the table has it: `s8.6 saturate`."""
    format = variable.format
    sign = "u" if format.kind == "uint" else "s"
    return f"{sign}{format.width}.{format.fraction} {variable.overflow}"


def test_the_table_of_formats():
    rows = [line.strip("| ").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    table = {cells[0].strip(" `"): [cell.strip() for cell in cells[2:]] for cells in rows}
    assert table["variable"] == list(format_names())
    presets = [clock_formats(f"clock:{name}") for name in format_names()]
    for name in VARIABLES:
        assert table[name] == [written(getattr(preset, name)) for preset in presets]
    assert table["rounding"] == [preset.rounding for preset in presets]


def test_micro_functions_name_the_line_that_they_compute():
    for number, recipe in enumerate((leak, receive, charge, crosses, reset), 1):
        assert recipe.source == f"docs/clock.md, line {number} of a step"
        assert re.search(rf"^ +{number}   ", PAGE, re.MULTILINE)
