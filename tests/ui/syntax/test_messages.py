"""Does the user see this message? The full text for every program of this folder.

After a change on purpose: `SFDFAC_WRITE_EXPECTED=1 pytest tests/ui/syntax`, then read the diff.
"""

import os
import re
from pathlib import Path

import pytest

from sfdfa_compiler.diagnostics import Diagnostic, Rule, Source, UserError, render
from sfdfa_compiler.dsl import messages, parse, read_source

FOLDER = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.snn"))

# What no machine can mend: a value, a name or a decision is wanted.
BY_HAND = frozenset(
    [
        "backslash",
        "character_control",
        "character_nul",
        "colon_opens_block",
        "comment_with_stars",
        "line_ends_behind_operator",
        "line_goes_on_without_brackets",
        "long_number",
        "modulo",
        "name_from_digit",
        "name_in_chinese",
        "nesting",
        "not_utf8",
        "percent_alone",
        "point_between_names",
        "two_operators",
        "unexpected_at_start",
        "unexpected_before_block",
        "unexpected_in_shape",
        "utf16",
        "value_missing",
        "value_missing_before_comma",
        "value_missing_behind_operator",
        "value_missing_between_commas",
    ]
)
# Shown elsewhere: these take a large file, a missing one, or the command line.
ELSEWHERE = {"TOO_BIG", "TOO_LONG", "TOO_MANY", "UNREADABLE", "ENDS_TOO_EARLY"}


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def found_in(name: str) -> list[Diagnostic]:
    try:
        _, diagnostics = parse(read_source(f"{name}.snn"))
    except UserError as error:
        return list(error.diagnostics)
    return diagnostics


@pytest.mark.parametrize("name", PROGRAMS)
def test_rendered_text(name: str) -> None:
    found = found_in(name)
    assert all(diagnostic.helps for diagnostic in found)
    text = render(found)
    expected = Path(f"{name}.expected")
    if "SFDFAC_WRITE_EXPECTED" in os.environ:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in BY_HAND])
def test_edits_mend_the_text(name: str) -> None:
    source = Source(name, Path(f"{name}.snn").read_bytes().decode("utf-8"))
    _, diagnostics = parse(source)
    assert all(help_.edits for each in diagnostics for help_ in each.helps)
    text = source.text or ""
    edits = [edit for each in diagnostics for help_ in each.helps for edit in help_.edits]
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert parse(Source(name, text))[1] == []


def test_every_message_is_shown_once_at_least() -> None:
    """Each rule's wording is found among the texts."""
    shown = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.expected"))
    for name, rule in vars(messages).items():
        if isinstance(rule, Rule) and name not in ELSEWHERE:
            wording = re.sub(r"\\{\w+\\}", ".+", re.escape(f"[{rule.code}]: {rule.message}"))
            wording = wording.replace(r"\{\{", r"\{").replace(r"\}\}", r"\}")
            assert re.search(wording, shown), name
