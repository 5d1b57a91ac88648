"""What to type to go on with a run."""

import shlex

import pytest

from sfdfa_compiler.training.interrupt import Interrupted, resume_command


@pytest.mark.parametrize(("device", "end"), [(None, ["b c"]), ("cpu", ["b c", "--device", "cpu"])])
def test_a_shell_reads_what_was_meant(device, end):
    """Names with blanks are quoted; a device is not remembered by a run, so it is said again."""
    command = resume_command("my net's.snn", "b c", device)
    assert shlex.split(command) == ["sfdfac", "train", "my net's.snn", "--resume", *end]
    assert Interrupted("my net's.snn", "b c", device).command == command
