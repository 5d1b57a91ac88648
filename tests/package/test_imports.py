"""What starts fast must not import what it does not use."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"numpy", "rich", "h5py", "pooch", "matplotlib", "networkx.algorithms", "requests"}


def imported(*arguments):
    """Modules that `sfdfac ARGUMENTS` had loaded when it ended."""
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sorted(sys.modules), sep='\\n', file=sys.stderr))\n"
        "from sfdfa_compiler.cli import main\n"
        f"sys.argv = {['sfdfac', *map(str, arguments)]!r}\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=lambda words: words[0])
def test_help_imports_hardly_anything(arguments):
    heavy = HEAVY | {"lark", "networkx", "jinja2", "sfdfa_compiler.driver"}
    assert imported(*arguments) & heavy == set()


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.snn")), ids=lambda p: p.stem)
def test_check_imports_no_numbers_and_no_colours(example):
    modules = imported("check", example)
    assert "sfdfa_compiler.driver" in modules
    assert modules & {"numpy", "rich", "h5py", "matplotlib", "pooch"} == set()
