"""Does the user see this message? The full text for every program of this folder.

After a change on purpose: `SFDFAC_WRITE_EXPECTED=1 pytest tests/ui/semantic`, then read the diff.
"""

import os
import re
from pathlib import Path

import pytest

from sfdfa_compiler.diagnostics import render
from sfdfa_compiler.explain import codes
from tests.ui.semantic.harness import check_text

FOLDER = Path(__file__).parent
PROGRAMS = sorted(FOLDER.glob("*.snn"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_rendered_text(path: Path) -> None:
    _, found = check_text(path.read_text(encoding="utf-8"), path.name)
    assert all(diagnostic.helps for diagnostic in found)
    text = render(found)
    expected = path.with_suffix(".expected")
    if "SFDFAC_WRITE_EXPECTED" in os.environ:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def test_every_message_is_shown_once_at_least() -> None:
    """Codes of elaboration and of the checks that no format decides: 101 to 419."""
    shown = set()
    for path in FOLDER.glob("*.expected"):
        shown |= set(re.findall(r"\[(SNN\d{3})\]", path.read_text(encoding="utf-8")))
    assert {code for code in codes() if "SNN100" < code < "SNN420"} - shown == set()
