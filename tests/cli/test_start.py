"""Ctrl-C has the same answer at every moment of a command, from the first import on."""

import subprocess
import sys

import pytest

START = """\
import signal, sys
from importlib.abc import MetaPathFinder

class Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {moment!r}:
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored in the background
sys.meta_path.insert(0, Finder())
sys.argv = ["sfdfac", "check", "small.snn"]
from sfdfa_compiler.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "moment",
    ["sfdfa_compiler.cli", "click.core", "sfdfa_compiler.driver", "sfdfa_compiler.targets.native"],
)
def test_stopped_while_modules_are_imported(folder, moment):
    command = [sys.executable, "-c", START.format(moment=moment)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr.strip() == "stopped"
    assert done.stdout == ""


def test_stopped_while_options_are_read(sfdfac, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("click.Option.handle_parse_result", stop)
    assert sfdfac("check", "small.snn", code=130).stderr.strip() == "stopped"
