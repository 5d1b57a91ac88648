"""Full disks, places that cannot be written, spoilt files: nothing is left half-written."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler import files, runs
from sfdfa_compiler.diagnostics import UserError
from tests.helpers.small import write_small

OPTIONS = {"data": "digits.npz", "target": "reference"}
COMMAND = [sys.executable, "-m", "sfdfa_compiler"]
WORK = ["--data", "digits.npz", "--target", "reference", "--no-plot"]
FULL = Path("/dev/full")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def limited(*arguments, most):
    """Run sfdfac in a process that may write no file longer than `most` bytes."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )


def assert_refused(done, code="SNN521"):
    assert done.returncode == 1
    assert f"error[{code}]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("most", [0, 600])
def test_no_room_for_a_checkpoint(folder, most):
    before = names(folder)
    assert_refused(limited("train", "small.snn", *WORK, "-o", "r", most=most))
    assert names(folder) == [*before[:1], "r", *before[1:]]  # an empty folder
    runs.train("small.snn", out=folder / "r", **OPTIONS)  # which can be used again


def test_no_room_for_the_next_checkpoint(folder):
    runs.train("small.snn", out=folder / "r", **OPTIONS)
    content = {name: (folder / name).read_bytes() for name in names(folder) if "." in name}
    done = limited(
        "train",
        "small.snn",
        "--resume",
        "r",
        "--no-plot",
        "--set",
        "learner.epochs=9",
        most=600,
    )
    assert_refused(done)
    assert {name: (folder / name).read_bytes() for name in names(folder) if "." in name} == content
    resumed = runs.train("small.snn", resume=folder / "r", overrides=["learner.epochs=9"])
    assert resumed.record["epochs"] == 9


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "small.snn", *WORK, "-o", "r"],
        ["build", "small.snn", "--target", "reference", "-o", "b"],
        ["graph", "small.snn"],
        ["fmt", "untidy.snn"],
        ["new", "digits"],
    ],
    ids=lambda words: words[0],
)
def test_no_room_for_results(folder, arguments):
    (folder / "untidy.snn").write_text((folder / "small.snn").read_text().replace("    ", "  "))
    content = {name: (folder / name).read_bytes() for name in names(folder)}
    assert_refused(limited(*arguments, most=300))
    left = {name: (folder / name).read_bytes() for name in names(folder) if name != "r"}
    assert left == content


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", [["check", "small.snn"], ["explain"], ["targets", "--json"], ["--help"]]
)
def test_standard_output_is_full(folder, arguments):
    with FULL.open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "error: the output cannot be written: no space left on device\n"


def test_nobody_reads_on(folder):
    with subprocess.Popen(
        [*COMMAND, "explain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in (0, 1)


@pytest.mark.parametrize("place", ["small.snn/r", "digits.npz", "x" * 300])
def test_places_where_no_run_can_be(folder, place):
    before = names(folder)
    with pytest.raises(UserError, match="SNN521"):
        runs.train("small.snn", out=Path(place), **OPTIONS)
    assert names(folder) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(folder):
    (folder / "closed").mkdir(mode=0o500)
    with pytest.raises(UserError, match="SNN521"):
        runs.train("small.snn", out=folder / "closed" / "r", **OPTIONS)


def test_a_crash_while_writing_leaves_the_old_file(folder, monkeypatch):
    path = folder / "file"
    files.write(path, "old")

    def fail(number):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(UserError, match="input/output error"):
        files.write(path, "new")
    assert path.read_text() == "old"
    assert [name for name in names(folder) if name.startswith(".")] == []


@pytest.mark.parametrize("seed", range(20))
def test_a_checkpoint_of_noise(folder, seed):
    """Whatever stands in the file, it is an answer and not a traceback."""
    random = np.random.default_rng(seed)
    (folder / "r").mkdir()
    content = random.bytes(int(random.integers(0, 3000)))
    (folder / "r" / "checkpoint.npz").write_bytes(content)
    with pytest.raises(UserError, match="SNN523"):
        runs.train("small.snn", resume=folder / "r")


@pytest.mark.parametrize("region", range(10))
def test_a_checkpoint_that_is_spoilt_anywhere(folder, region):
    runs.train("small.snn", out=folder / "r", **OPTIONS)
    path = folder / "r" / "checkpoint.npz"
    whole = path.read_bytes()
    spoilt = bytearray(whole)
    spoilt[region * len(whole) // 10] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(UserError, match="SNN523"):
        runs.train("small.snn", resume=folder / "r")


def test_the_checkpoint_of_another_program(folder):
    runs.train("small.snn", out=folder / "r", **OPTIONS)
    with pytest.raises(UserError, match="SNN524"):
        runs.train("small.snn", resume=folder / "r", overrides=["learner.batch=4"])


def test_the_same_program_in_other_words_resumes(folder):
    runs.train("small.snn", out=folder / "r", **OPTIONS)
    program = folder / "small.snn"
    program.write_text(program.read_text().replace("window = 100 ms", "window = 0.1 s"))
    runs.train("small.snn", resume=folder / "r")


def test_other_data_under_the_same_name(folder):
    runs.train("small.snn", out=folder / "r", **OPTIONS)
    arrays = dict(np.load("digits.npz"))
    arrays["train_images"][0, 0] ^= 1
    np.savez("digits.npz", **arrays)
    with pytest.raises(UserError, match="SNN525"):
        runs.train("small.snn", resume=folder / "r")


def test_a_checkpoint_without_its_data(folder):
    runs.train("small.snn", out=folder / "r", **OPTIONS)
    shutil.move("digits.npz", "elsewhere.npz")
    with pytest.raises(UserError, match="SNN500"):
        runs.train("small.snn", resume=folder / "r")
