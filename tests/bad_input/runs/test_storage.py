"""Full disks, places that cannot be written, spoilt files: nothing is left half-written."""

import os
import resource
import shutil
import stat
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


def sfdfac(*arguments):
    """Run sfdfac in a process of its own."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


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
    "arguments",
    [
        ["check", "small.snn"],
        ["check", "small.snn", "--emit", "ir"],
        ["test", "small.snn", *WORK[:-1], "--json"],
        ["explain"],
        ["targets", "--json"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_standard_output_is_full(folder, arguments):
    with FULL.open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert_refused(done)
    assert ": no space left on device\n --> <standard output>\n" in done.stderr


@pytest.fixture
def full(folder):
    """A device that is always full, of this test alone: a mistake would cost the real one."""
    path = folder / "full"
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
        path.open("wb").close()
    except (AttributeError, OSError):
        pytest.skip("needs the right to make device nodes")
    return path


def test_a_device_is_written_to_and_not_replaced(folder, full):
    with pytest.raises(UserError, match="SNN521: this cannot be written: no space") as caught:
        files.write(full, "drawn")
    assert full.is_char_device()
    assert caught.value.diagnostics[0].primary.source.name == str(full)
    assert_refused(sfdfac("graph", "small.snn", "-o", "full"))
    assert full.is_char_device()
    assert [name for name in names(folder) if name.startswith(".")] == []


def test_a_pipe_is_written_to_and_not_replaced(folder):
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        assert sfdfac("graph", "small.snn", "-o", "pipe").returncode == 0
        assert reader.communicate()[0].endswith(b"</svg>\n")
    assert pipe.is_fifo()


def test_standard_output_by_its_name(folder):
    """`/dev/stdout` is a pipe here, behind a link whose text names no file."""
    done = sfdfac("graph", "small.snn", "-o", "/dev/stdout")
    assert done.returncode == 0, done.stderr
    assert "<svg" in done.stdout


def test_of_a_link_the_file_behind_it_is_written(folder):
    (folder / "programs").mkdir()
    real, link = folder / "programs" / "real.snn", folder / "link.snn"
    real.write_text((folder / "small.snn").read_text().replace("    ", "  "))
    link.symlink_to("programs/real.snn")
    assert sfdfac("fmt", "link.snn").returncode == 0
    assert link.is_symlink()
    assert real.read_text() == (folder / "small.snn").read_text()
    (folder / "new").symlink_to("programs/fresh")  # which is not there yet
    files.write(folder / "new", "content")
    assert (folder / "programs" / "fresh").read_text() == "content"
    (folder / "loop").symlink_to("loop")
    with pytest.raises(UserError, match="SNN521"):
        files.write(folder / "loop", "content")
    assert (folder / "loop").is_symlink()


def test_of_a_link_the_build_directory_behind_it_is_replaced(folder):
    (folder / "real").mkdir()
    (folder / "link").symlink_to("real")
    for _ in range(2):
        assert sfdfac("build", "small.snn", "--target", "reference", "-o", "link").returncode == 0
    assert (folder / "link").is_symlink()
    assert (folder / "real" / "manifest.json").is_file()


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_keeps_its_mode(folder, mode):
    path = folder / "small.snn"
    path.chmod(mode)
    files.write(path, "content")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_keeps_its_owner(folder):
    path = folder / "small.snn"
    os.chown(path, 1234, 1234)
    files.write(path, "content")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1234)


def test_a_file_that_may_not_be_written_is_not_replaced(folder, monkeypatch):
    path = folder / "small.snn"
    before = path.read_text()
    path.chmod(0o444)
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # as root it would be true
    with pytest.raises(UserError, match="permission denied"):
        files.write(path, "content")
    assert path.read_text() == before


def test_no_room_for_a_build_is_said_of_the_folder_that_was_named(folder):
    for target in ("reference", "native"):
        done = limited("build", "small.snn", "--target", target, "-o", "b", most=300)
        assert done.returncode != 0
        assert " --> b\n" in done.stderr
        assert ".b." not in done.stderr


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
