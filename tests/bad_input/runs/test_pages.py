"""Every message about runs, weights and build directories, as its page shows it: codes 520 to 539.

Each case is what a user would type, in a folder with a small network and its data.
"""

import contextlib
import os
import re
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from sfdfa_compiler import explain
from sfdfa_compiler.cli import main
from sfdfa_compiler.runs import bench
from tests.helpers.small import write_small

CODES = [code for code in explain.codes() if "SNN520" <= code < "SNN540" or code >= "SNN900"]
WORK = ("--target", "reference", "--data", "digits.npz")


def sfdfac(*arguments):
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a network, its data and a run `digits-1`."""
    folder = tmp_path_factory.mktemp("trained")
    write_small(folder, "digits.snn")
    with contextlib.chdir(folder):
        result = sfdfac("train", "digits.snn", *WORK, "--no-plot", "-o", "digits-1")
    assert result.exit_code == 0, result.stderr
    return folder


@pytest.fixture
def folder(trained, tmp_path, monkeypatch):
    """A copy of it to spoil."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spoilt_weights(folder, **arrays):
    """Save the run's weights with some arrays replaced; None leaves one out."""
    whole = dict(np.load(folder / "digits-1" / "weights.npz"))
    whole |= {name.replace("__", "/"): array for name, array in arrays.items()}
    kept = {name: array for name, array in whole.items() if array is not None}
    np.savez(folder / "weights.npz", **kept)
    return ["test", "digits.snn", *WORK, "--weights", "weights.npz"]


def run_exists_520(folder):
    return ["train", "digits.snn", *WORK, "-o", "digits-1"]


def a_file_in_the_way_521(folder):
    (folder / "results").write_text("")
    return ["train", "digits.snn", *WORK, "-o", "results"]


def no_run_522(folder):
    return ["train", "digits.snn", *WORK, "--resume", "digits-2"]


def damaged_checkpoint_523(folder):
    path = folder / "digits-1" / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:-100])
    return ["train", "digits.snn", *WORK, "--resume", "digits-1"]


def other_program_524(folder):
    program = folder / "digits.snn"
    program.write_text(program.read_text().replace("strength = 0.1", "strength = 0.2"))
    return ["train", "digits.snn", *WORK, "--resume", "digits-1"]


def other_seed_525(folder):
    return ["train", "digits.snn", *WORK, "--resume", "digits-1", "--seed", "7"]


def not_an_archive_526(folder):
    program = folder / "digits.snn"
    program.write_text(
        program.read_text().replace("weight ~ uniform(-1, 2)", 'weight = file("output.npz")')
    )
    return ["train", "digits.snn", *WORK]


def missing_array_527(folder):
    return spoilt_weights(folder, output__weight=None)


def wrong_shape_528(folder):
    return spoilt_weights(folder, hidden__weight=np.zeros((4, 6), np.float32))


def not_a_number_529(folder):
    weight = np.zeros((4, 5), np.float32)
    weight[1, 2] = np.nan
    return spoilt_weights(folder, hidden__weight=weight)


def no_build_530(folder):
    return ["test", "digits-1"]


def changed_build_531(folder):
    assert sfdfac("build", "digits.snn", "--target", "reference", "-o", "built").exit_code == 0
    (folder / "built" / "program.snn").write_text("")
    return ["test", "built"]


def override_of_a_build_532(folder):
    assert sfdfac("build", "digits.snn", "--target", "reference", "-o", "built").exit_code == 0
    return ["train", "built", "--set", "learner.epochs=9"]


def unknown_target_533(folder):
    return ["train", "digits.snn", "--target", "natve"]


def too_large_534(folder):
    program = folder / "digits.snn"
    program.write_text(program.read_text().replace("hidden[5]", "hidden[1_000_000_000]"))
    return ["train", "digits.snn", *WORK]


def no_readout_535(folder):
    program = folder / "digits.snn"
    text = program.read_text().replace("readout output spike_count\n", "")
    program.write_text(text[: text.index("    learner")] + "}\n")
    return ["test", "digits.snn", *WORK]


def a_folder_in_the_way_536(folder):
    return ["build", "digits.snn", "--target", "reference", "-o", "digits-1"]


def no_memory_537(folder):
    return ["test", "digits.snn", *WORK]  # where reading the data ends it, see below


def nothing_to_validate_538(folder):
    return [
        "train",
        "digits.snn",
        *WORK,
        "--samples",
        "5",
        "--set",
        "learner.batch=4",
        "--validate",
    ]


def fewer_epochs_539(folder):
    return ["train", "digits.snn", "--resume", "digits-1", "--set", "learner.epochs=2"]


def a_fault_900(folder):
    return ["explain"]


CASES = {f"SNN{name[-3:]}": case for name, case in globals().items() if name[-3:].isdigit()}


def test_there_is_a_case_for_every_page():
    assert sorted(CASES) == CODES


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_page_shows_the_message(code, folder, monkeypatch):
    arguments = CASES[code](folder)
    with monkeypatch.context() as patches:
        pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**22}
        patches.setattr(os, "sysconf", pages.__getitem__)
        if code == "SNN900":
            patches.setattr(explain, "codes", lambda: 1 / 0)
        if code == "SNN537":
            patches.setattr(bench, "load", lambda data: bytearray(2**62))
        result = sfdfac(*arguments)
    assert result.stdout == ""
    shown = result.stderr.replace(str(folder), "~").partition("\nFor the reasons")[0]
    blocks = re.findall(r"^```text\n(.*?)^```", explain.page(code), re.MULTILINE | re.DOTALL)
    assert blocks == [shown]
    assert result.exit_code == {"SNN533": 2, "SNN900": 70}.get(code, 1)
