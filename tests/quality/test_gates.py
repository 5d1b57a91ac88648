"""The gates are what the documents say, and they do shut."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, flags=re.MULTILINE))


def makes(text):
    """Targets of all `make` commands in a text."""
    words = re.findall(
        r"\bmake ((?:--[\w-]+ )*[a-z]+(?: [a-z]+)*)(?= *(?:$|[#`\"'|]))", text, re.MULTILINE
    )
    return {word for line in words for word in line.split() if not word.startswith("-")}


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", ".pre-commit-config.yaml", ".ci/run"]
)
def test_documents_name_targets_that_exist(document):
    named = makes((ROOT / document).read_text(encoding="utf-8"))
    assert named
    assert named <= TARGETS


def test_all_targets_are_phony():
    phony = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)[0].split())
    assert phony == TARGETS


def test_the_readme_shows_the_two_commands():
    assert {"demo", "test"} <= makes((ROOT / "README.md").read_text(encoding="utf-8"))


def test_ci_runs_every_gate():
    gates = makes((ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    assert {"lint", "types", "contracts", "demo", "test"} <= gates


def test_hooks_only_call_make():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: (.*)", hooks)
    assert entries
    assert all(re.fullmatch(r"make [a-z]+", entry) for entry in entries)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("python3.99", "there is no python3.99; sfdfac needs Python 3.11 or later"),
        ("false", "sfdfac needs Python 3.11 or later, and false is not"),
    ],
)
def test_without_a_python_the_demo_says_which_is_missing(tmp_path, name, words):
    command = [
        "make",
        "--no-print-directory",
        "demo",
        f"PYTHON={name}",
        f"VENV={tmp_path / 'venv'}",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith(words)
    assert list(tmp_path.iterdir()) == []


def test_the_version_has_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]
    version = (ROOT / "sfdfa_compiler" / "version.py").read_text(encoding="utf-8")
    assert re.search(r'__version__ = "\d+\.\d+\.\d+"', version)


def contracts(tree):
    """Exit status and words of the import contracts in a copy of the tree."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path):
    for name in ("sfdfa_compiler", "dsl", "targets", "templates", "examples"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_an_arrow_back_breaks_the_contracts(tree):
    assert contracts(tree)[0] == 0
    with (tree / "sfdfa_compiler" / "units.py").open("a", encoding="utf-8") as file:
        file.write("import sfdfa_compiler.cli\n")
    status, words = contracts(tree)
    assert status == 1
    assert "sfdfa_compiler.units -> sfdfa_compiler.cli" in words


@pytest.mark.slow
def test_a_module_that_nobody_placed_breaks_the_contracts(tree):
    (tree / "sfdfa_compiler" / "helpers.py").write_text("", encoding="utf-8")
    status, words = contracts(tree)
    assert status == 1
    assert "helpers" in words
