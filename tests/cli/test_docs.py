"""What the documents say of the command line and of Python is so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sfdfa_compiler
from sfdfa_compiler.cli import main
from tests.helpers.small import write_small

DOCS = Path(__file__).resolve().parents[2] / "docs"


def page(name):
    return (DOCS / name).read_text(encoding="utf-8")


def options(command):
    return {option for parameter in command.params for option in parameter.opts if "-" in option}


def test_every_command_is_in_the_document():
    for name in main.commands:
        assert f"`sfdfac {name}" in page("cli.md")


def test_every_option_of_the_document_is_one():
    everything = set.union(*(options(command) for command in main.commands.values()))
    everything |= {"--no-plot", "--clear"}
    assert set(re.findall(r"--[a-z][a-z-]+", page("cli.md"))) <= everything | {"--help"}


@pytest.mark.parametrize("command", ["train", "test", "run"])
def test_the_table_has_every_option(command):
    named = {option for option in options(main.commands[command]) if option.startswith("--")}
    written = set(re.findall(r"--[a-z][a-z-]+", page("cli.md")))
    assert named - {"--out", "--plot"} <= written


def test_every_key_of_a_record_is_in_the_document(sfdfac, folder):
    work = ("--data", "digits.npz", "--target", "reference", "--no-plot")
    sfdfac("train", "small.snn", *work, "-o", "a", "--validate")
    sfdfac("test", "small.snn", *work[:-1], "-o", "b")
    sfdfac("run", "small.snn", *work, "-o", "c")
    written = set(re.findall(r"`([a-z_0-9]+)`", page("runs.md")))
    for run in ("a", "b", "c"):
        assert json.loads((folder / run / "run.json").read_text()).keys() <= written


def test_every_public_name_is_in_the_document():
    written = page("api.md")
    for name in sfdfa_compiler.__all__:
        if name != "__version__":
            assert f"`{name}" in written
            assert getattr(sfdfa_compiler, name) is not None
    with pytest.raises(AttributeError, match="no attribute nothing"):
        sfdfa_compiler.nothing  # noqa: B018


def test_importing_the_package_is_cheap():
    code = "import sys, sfdfa_compiler; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "numpy" not in done.stdout
    assert "sfdfa_compiler.driver" not in done.stdout


@pytest.mark.parametrize("number", range(len(re.findall(r"```python", page("api.md")))))
def test_the_code_of_the_document_runs(number, tmp_path, monkeypatch):
    """Every block, with a small network under the names that the document uses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SFDFAC_DATA", str(tmp_path))
    for name in ("mnist", "net"):
        write_small(tmp_path, f"{name}.snn")
    code = re.findall(r"```python\n(.*?)```", page("api.md"), re.DOTALL)[number]
    code = code.replace('data="mnist"', 'data="digits.npz"')
    code = code.replace('"net.snn", watch', '"net.snn", data="digits.npz", watch')
    code = code.replace("[3, 17]", "[1, 3]")
    exec(code, {"sfdfac": sfdfa_compiler})
