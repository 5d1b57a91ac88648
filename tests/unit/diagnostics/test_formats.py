"""Diagnostics as JSON and as SARIF: complete, valid, and with places that an editor finds."""

import json
from pathlib import Path

import jsonschema
import pytest

from sfdfa_compiler.diagnostic_formats import to_json, to_sarif
from sfdfa_compiler.diagnostics import Diagnostic, Rule, place
from tests.ui.semantic.harness import check_text

FOLDER = Path(__file__).parent
SCHEMA = json.loads((FOLDER / "sarif-2.1.0-rtm.5.schema.json").read_text(encoding="utf-8"))
PROGRAMS = sorted((FOLDER.parents[1] / "ui" / "semantic").glob("*.snn"))


def diagnostics_of(path: Path) -> list[Diagnostic]:
    return check_text(path.read_text(encoding="utf-8"), path.name)[1]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_sarif_is_valid(path: Path) -> None:
    found = diagnostics_of(path)
    log = json.loads(to_sarif(found))
    jsonschema.validate(log, SCHEMA, cls=jsonschema.Draft4Validator)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [result["ruleId"] for result in run["results"]] == [one.code for one in found]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_of_nothing_and_of_files() -> None:
    rule = Rule(code="SNN500", message="this is no data set")
    for found in ([], [rule.at(place("/data/train images.gz, byte 16"))]):
        jsonschema.validate(json.loads(to_sarif(found)), SCHEMA, cls=jsonschema.Draft4Validator)


def test_the_schema_refuses_what_is_wrong() -> None:
    """Or the tests above would say nothing."""
    log = json.loads(to_sarif(diagnostics_of(PROGRAMS[0])))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, SCHEMA, cls=jsonschema.Draft4Validator)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_json_has_everything(path: Path) -> None:
    found = diagnostics_of(path)
    log = json.loads(to_json(found))
    assert log["errors"] + log["warnings"] == len(found) == len(log["diagnostics"])
    lines = path.read_text(encoding="utf-8").splitlines()
    for one, diagnostic in zip(log["diagnostics"], found, strict=True):
        assert one["code"] == diagnostic.code
        assert one["message"] == diagnostic.message
        spot = one["place"]
        if spot["file"] == path.name and spot["line"] == spot["end_line"]:
            text = lines[spot["line"] - 1][spot["column"] - 1 : spot["end_column"] - 1]
            assert text == diagnostic.primary.text


def test_edits_mend_the_program() -> None:
    """What a help proposes as an edit is applied: no error is left."""
    text = """network demo {
    input image[4] { encode ttfs(window = 100) }
    layr y[2] {
        from imag dense(weight = uniform(-1, 1))
        lif(tau_syn = 10 msec, tau_mem = 30 ms, threshold = 2 * 0.05)
    }
}"""
    for _ in range(3):  # a model error shows when names and units are right
        _, found = check_text(text)
        edits = [edit for one in found for help_ in one.helps for edit in help_.edits]
        for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
            text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert check_text(text)[1] == []
    assert "layer y[2]" in text
    assert "tau_mem = 20 ms" in text
