"""Commands that look at programs."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from sfdfa_compiler import __version__, driver
from tests.helpers.small import PROGRAM


def test_version_and_help(sfdfac):
    assert sfdfac("--version").stdout == f"sfdfac {__version__}\n"
    text = sfdfac("--help").stdout
    assert text.count("...") == 1  # in the line of usage: every command's line fits
    for command in ("new", "check", "fmt", "explain", "targets", "build"):
        assert f"\n  {command} " in text
    for command in ("run", "train", "test", "diff", "graph", "data"):
        assert f"\n  {command} " in text
    assert sfdfac("-h").stdout == text


def test_new_writes_a_program_that_checks(sfdfac, folder):
    said = sfdfac("new", "digits").stdout
    text = (folder / "digits.snn").read_text()
    assert "network digits {" in text
    assert "sfdfac train digits.snn" in text
    assert "sfdfac check digits.snn" in said
    assert "no errors" in sfdfac("check", "digits.snn").stdout


@pytest.mark.parametrize("example", ["mnist", "two_inputs"])
def test_new_from_any_example(sfdfac, folder, example):
    sfdfac("new", "mine.snn", "--like", example)
    assert driver.check(folder / "mine.snn").graph.name == "mine"


def test_check(sfdfac):
    assert sfdfac("check", "small.snn").stdout == "small.snn: network small, 4-5-2, no errors\n"
    longer = sfdfac("check", "small.snn", "--set", "hidden.size=9").stdout
    assert "4-9-2" in longer


def test_check_judges_what_build_does(sfdfac):
    """A profile without learners is for running: said, not refused."""
    options = ["small.snn", "--target", "native", "--profile", "clock:loihi2"]
    checked = sfdfac("check", *options).stdout
    assert "no errors" in checked
    assert "It can run, not learn: `native` has no learner in clock:loihi2." in checked
    sfdfac("build", *options, "-o", "built")
    assert "SNN307" in sfdfac("train", *options, code=1).stderr
    assert "It can run" not in sfdfac("check", "small.snn", "--target", "native").stdout


def test_check_shows_errors_where_they_are(sfdfac, folder):
    (folder / "small.snn").write_text(PROGRAM.replace("threshold = 0.5", "thold = 0.5"))
    result = sfdfac("check", "small.snn", code=1)
    assert "--> small.snn:2:" in result.stderr
    assert "did you mean `threshold`?" in result.stderr
    assert result.stdout == ""
    first = re.search(r"SNN\d+", result.stderr)[0]
    assert result.stderr.endswith(f"For the reasons: sfdfac explain {first}\n")
    assert sfdfac("explain", first).stdout.startswith(f"# {first}: ")


def test_check_shows_warnings_and_goes_on(sfdfac, folder):
    (folder / "small.snn").write_text(PROGRAM.replace("    input", "    windw = 1 s\n    input"))
    result = sfdfac("check", "small.snn")
    assert "warning[" in result.stderr
    assert result.stdout == "small.snn: network small, 4-5-2, no errors, 1 warning\n"


@pytest.mark.parametrize("layout", ["json", "sarif"])
@pytest.mark.parametrize("good", [True, False])
def test_check_for_machines(sfdfac, folder, layout, good):
    if not good:
        (folder / "small.snn").write_text(PROGRAM.replace("130 ms", "130"))
    result = sfdfac("check", "small.snn", "--format", layout, code=0 if good else 1)
    found = json.loads(result.stdout)
    results = found["diagnostics"] if layout == "json" else found["runs"][0]["results"]
    assert bool(results) is not good
    assert result.stderr == ""


def test_emit(sfdfac):
    assert sfdfac("check", "small.snn", "--emit", "tree").stdout.splitlines()[:2] == [
        "item network small",
        "    setting cell = lif(tau_syn = 130 ms, threshold = 0.5)",
    ]
    ir = sfdfac("check", "small.snn", "--emit", "ir").stdout
    assert ir == driver.check("small.snn").text
    plan = sfdfac("check", "small.snn", "--emit", "schedule").stdout
    assert plan.startswith("plan small, profile event32\n")
    other = sfdfac("check", "small.snn", "--emit", "schedule", "--profile", "event64").stdout
    assert other.startswith("plan small, profile event64\n")
    code = sfdfac("check", "small.snn", "--emit", "code", "--target", "native").stdout
    assert "==> forward.c <==" in code


def test_fmt(sfdfac, folder):
    untidy = PROGRAM.replace("    cell = ", "  cell=")
    (folder / "small.snn").write_text(untidy)
    assert sfdfac("fmt", "--check", "small.snn", code=1).stdout == "small.snn: would change\n"
    assert (folder / "small.snn").read_text() == untidy
    assert sfdfac("fmt", "small.snn").stdout == "small.snn: formatted\n"
    assert (folder / "small.snn").read_text() != untidy
    assert sfdfac("fmt", "small.snn").stdout == ""
    assert sfdfac("fmt", "--check", "small.snn").stdout == ""


def test_fmt_of_several_files_tells_of_all_that_are_wrong(sfdfac, folder):
    (folder / "a.snn").write_text("network {")
    (folder / "b.snn").write_text("layer [")
    result = sfdfac("fmt", "a.snn", "small.snn", "b.snn", code=1)
    assert "--> a.snn:" in result.stderr
    assert "--> b.snn:" in result.stderr


def test_explain(sfdfac):
    listed = sfdfac("explain").stdout.splitlines()
    assert listed == sorted(listed)
    assert any(line.startswith("SNN201  ") for line in listed)
    assert sfdfac("explain", "SNN201").stdout == sfdfac("explain", "201").stdout
    assert sfdfac("explain", "snn201").stdout.startswith("# SNN201: ")


def test_graph(sfdfac, folder):
    assert sfdfac("graph", "small.snn").stdout == "small.svg: small.snn drawn\n"
    picture = (folder / "small.svg").read_text()
    texts = [element.text for element in ET.fromstring(picture).iter() if element.text]
    assert {"image", "hidden", "output", "20", "10", "2 x 2 neurons"} <= set(texts)
    assert sfdfac("graph", "small.snn", "-o", "-").stdout == picture
    sfdfac("graph", "small.snn", "-o", "net.svg", "--set", "hidden.size=1")
    assert "1 neuron<" in (folder / "net.svg").read_text()


def test_targets(sfdfac):
    listed = sfdfac("targets").stdout
    assert listed.startswith("native\n    profiles: event32")
    assert "\nreference\n" in listed
    names = [target["name"] for target in json.loads(sfdfac("targets", "--json").stdout)]
    assert names == ["native", "reference", "cuda"]


def test_the_cache_of_builds(sfdfac, folder, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))  # others are using the shared one
    sfdfac("test", "small.snn", "--data", "digits.npz", "--target", "native")
    assert re.search(r"native: \S+, \d+\.\d MB", sfdfac("targets", "cache").stdout)
    assert re.search(
        r"native: [1-9]\d* builds? deleted", sfdfac("targets", "cache", "--clear").stdout
    )
    assert "0.0 MB" in sfdfac("targets", "cache").stdout


def test_data_sets_are_listed(sfdfac, folder, monkeypatch):
    (folder / "sets" / "mine").mkdir(parents=True)
    monkeypatch.setenv("SFDFAC_DATA", str(folder / "sets"))
    listed = sfdfac("data", "list").stdout.splitlines()
    assert listed[0].startswith("sample: ")
    assert f"mine: {folder / 'sets' / 'mine'}" in listed
    assert "shd: sfdfac data get shd" in listed
