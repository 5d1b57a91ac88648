"""What the README shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

PROGRAM = re.search(r"```snn\n(.*?)```", README, re.DOTALL).group(1)
CONSOLE = "\n".join(re.findall(r"```console\n(.*?)```", README, re.DOTALL))
SHOWN = dict(re.findall(r"^\$ sfdfac (.*)\n((?:(?!\$ ).*\n?)*)", CONSOLE, re.MULTILINE))


def output(command, tmp_path):
    """What a command prints, both channels in their order; its run folder is a temporary one."""
    words = command.split()
    if words[0] == "train":
        words += ["-o", str(tmp_path / "run"), "--no-plot"]
    return subprocess.run(
        [sys.executable, "-m", "sfdfa_compiler", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout


def test_the_program_is_the_example():
    assert (ROOT / "examples" / "tiny.snn").read_text(encoding="utf-8").endswith(PROGRAM)


def test_commands_of_three_kinds_are_shown():
    assert {command.split()[0] for command in SHOWN} == {"train", "diff", "check"}


@pytest.mark.slow
@pytest.mark.parametrize("command", SHOWN, ids=lambda command: command.split()[0])
def test_the_output_is_as_shown(command, tmp_path):
    printed = output(command, tmp_path)
    for piece in SHOWN[command].split("...\n"):
        assert piece.strip("\n") in printed
