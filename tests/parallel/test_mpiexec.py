"""`mpiexec -n N sfdfac train`: the bits of one process, and an end to all of them if one fails."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler.training import checkpoint
from tests.helpers.small import write_small

BIN = Path(sys.executable).parent
MPIEXEC = str(BIN / "mpiexec")
SFDFAC = [sys.executable, "-m", "sfdfa_compiler"]
FAULTY = [sys.executable, "-m", "tests.parallel.faulty"]
ROOT = Path(__file__).resolve().parents[2]
DIGITS = [str(ROOT / "examples" / "mnist.snn"), "--samples", "280", "--test-samples", "50"]
CODE = re.compile(r"error\[(SNN\d+)\]")

pytestmark = pytest.mark.xdist_group("mpiexec")  # one after the other: they are several processes


def start(ranks: int | None, program: list[str], *arguments: str, cwd: Path) -> subprocess.Popen:
    """`sfdfac train` as so many processes of `mpiexec`; None: without it."""
    launcher = [MPIEXEC, "-n", str(ranks)] if ranks else []
    return subprocess.Popen(
        [*launcher, *program, *arguments, "--no-plot"],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    """Exit code and output; never longer than two minutes."""
    try:
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, out, err


def train(ranks: int | None, *arguments: str, cwd: Path, program: list[str] = SFDFAC):
    return finish(start(ranks, program, "train", *arguments, cwd=cwd))


def trained(ranks: int | None, *arguments: str, cwd: Path, out: str) -> tuple[dict, dict]:
    """The record of a training, and all arrays of its last checkpoint."""
    code, said, err = train(ranks, *arguments, "-o", out, cwd=cwd)
    assert code == 0, err
    assert said.count(" samples/s") == 2, "one process shows the results"
    return results(cwd / out)


def results(folder: Path) -> tuple[dict, dict]:
    state = checkpoint.load(folder).state
    arrays = {
        f"{kind}/{layer}": array.tobytes()
        for kind in checkpoint.KINDS
        for layer, array in getattr(state, kind).items()
    }
    return json.loads((folder / "run.json").read_text()), arrays


def assert_same(got: tuple[dict, dict], wanted: tuple[dict, dict]) -> None:
    record, arrays = got
    assert arrays == wanted[1]
    for key in ("weights_sha256", "spikes_sha256", "test_accuracy", "train_loss", "dead"):
        assert record[key] == wanted[0][key], key


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("mpiexec")


@pytest.fixture(scope="module")
def digits(folder) -> tuple[dict, dict]:
    """What one process makes of the digits, without `mpiexec`: 5 full batches and one of 30."""
    shards = ("--set", "learner.shards=6", "--set", "learner.epochs=2")
    return trained(None, *DIGITS, *shards, cwd=folder, out="digits-alone")


@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_digits(ranks, digits, folder):
    """784-800-10, sfdfa, 6 shards; 4 processes have 2, 2, 1 and 1 of them."""
    shards = ("--set", "learner.shards=6", "--set", "learner.epochs=2")
    got = trained(ranks, *DIGITS, *shards, cwd=folder, out=f"digits-{ranks}")
    assert got[0]["ranks"] == ranks
    assert "feedback/hidden" in got[1]
    assert_same(got, digits)


def small(folder: Path, learner: str) -> list[str]:
    """8 samples a batch, the last has 6; 7 shards."""
    path = write_small(folder, f"{learner}.snn")
    path.write_text(path.read_text().replace("learner sfdfa", f"learner {learner}"))
    return [path.name, "--data", "digits.npz", "--set", "learner.shards=7"]


@pytest.fixture(scope="module")
def alone(folder) -> Callable[..., tuple[dict, dict]]:
    """What one process makes of the small program, by learner and options."""

    @cache
    def results(learner: str, *options: str) -> tuple[dict, dict]:
        name = "-".join(["alone", learner, *options])
        return trained(None, *small(folder, learner), *options, cwd=folder, out=name)

    return results


@pytest.mark.parametrize("learner", ["sfdfa", "dfa", "bp"])
@pytest.mark.parametrize(
    ("ranks", "options"), [(3, ["--validate"]), (2, ["--threads", "2"]), (7, [])]
)
def test_learners(learner, ranks, options, folder, alone):
    """Shards that no number of processes divides, and shards without samples."""
    arguments = [*small(folder, learner), *options]
    got = trained(ranks, *arguments, cwd=folder, out=f"{learner}-{ranks}")
    same = [option for option in options if option == "--validate"]  # threads change no bit
    assert_same(got, alone(learner, *same))
    if "--threads" in options:
        assert got[0]["threads"] == 2


def test_resume_with_another_number(folder, alone):
    arguments = small(folder, "sfdfa")
    trained(2, *arguments, "--set", "learner.epochs=1", cwd=folder, out="parts")
    for ranks, epochs in ((3, 2), (None, 3)):
        more = (arguments[0], "--resume", "parts", "--set", f"learner.epochs={epochs}")
        code, _, err = train(ranks, *more, cwd=folder)
        assert code == 0, err
    assert_same(results(folder / "parts"), alone("sfdfa"))


@pytest.mark.parametrize("victim", ["0", "1"])
def test_a_process_is_killed(victim, folder, alone):
    """In the second epoch, by `kill -9`: a message, a checkpoint, and the same end after all."""
    arguments = small(folder, "sfdfa")
    out = f"killed-{victim}"
    code, _, err = train(
        3, *arguments, "-o", out, cwd=folder, program=[*FAULTY, victim, "6", "killed"]
    )
    assert code != 0
    assert CODE.findall(err) == ["SNN564"]
    assert f"sfdfac train sfdfa.snn --resume {out}" in err
    assert checkpoint.load(folder / out).course.epoch == 1
    code, _, err = train(2, arguments[0], "--resume", out, cwd=folder)
    assert code == 0, err
    assert_same(results(folder / out), alone("sfdfa"))


def test_killed_before_the_first_epoch_ends(folder):
    """There is a checkpoint all the same."""
    arguments = small(folder, "sfdfa")
    code, _, _ = train(
        2, *arguments, "-o", "early", cwd=folder, program=[*FAULTY, "1", "0", "killed"]
    )
    assert code != 0
    assert checkpoint.load(folder / "early").state.step == 0


@pytest.mark.parametrize("ranks", ["0", "1", "2", "1,2", "0,1,2"])
@pytest.mark.parametrize(
    ("happens", "wanted", "message"),
    [
        ("problem", 1, "error[SNN521]: this cannot be written: a problem for a test"),
        ("fault", 70, "error[SNN900]: sfdfac has a fault: RuntimeError: a fault for a test"),
        ("no_memory", 1, "error[SNN537]: this machine has not enough memory for that"),
    ],
)
def test_one_message(ranks, happens, wanted, message, folder):
    """Whoever fails, and however many: one message, the exit code of the failure, no wait."""
    arguments = small(folder, "sfdfa")
    out = f"{happens}-{ranks}"
    program = [*FAULTY, ranks, "5", happens]
    code, _, err = train(3, *arguments, "-o", out, cwd=folder, program=program)
    assert code == wanted
    assert err.count(message) == len(re.findall(r"error\W", err)) == 1, err


@pytest.mark.parametrize("rank", ["0", "1"])
def test_a_fault_where_no_message_reaches_the_others(rank, folder):
    """It says why; the launcher ends the others, and how to go on is said as for a killed one."""
    arguments = small(folder, "sfdfa")
    program = [*FAULTY, rank, "5", "elsewhere"]
    code, _, err = train(3, *arguments, "-o", f"apart-{rank}", cwd=folder, program=program)
    assert code != 0
    assert CODE.findall(err)[0] == "SNN900"
    assert CODE.findall(err)[1:] == ([] if rank == "0" else ["SNN564"])


def test_a_process_that_leaves_without_a_word(folder):
    arguments = small(folder, "sfdfa")
    code, _, err = train(
        3, *arguments, "-o", "left", cwd=folder, program=[*FAULTY, "2", "5", "gone"]
    )
    assert code != 0
    assert CODE.findall(err) == ["SNN564"]


def test_interrupted(folder):
    """One Ctrl-C: all end behind the same batch, and the run can go on."""
    arguments = [*small(folder, "sfdfa"), "--set", "learner.epochs=60"]
    process = start(3, SFDFAC, "train", *arguments, "-o", "stopped", cwd=folder)
    metrics = folder / "stopped" / "metrics.csv"
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if metrics.exists() and metrics.read_text().count("\n") > 3:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130, err
    assert err.count("stopped; go on with: sfdfac train sfdfa.snn --resume stopped") == 1
    assert 0 < checkpoint.load(folder / "stopped").course.epoch < 60
    code, _, err = train(2, arguments[0], "--resume", "stopped", cwd=folder)
    assert code == 0, err
    whole = trained(None, *arguments, cwd=folder, out="not-stopped")
    assert_same(results(folder / "stopped"), whole)


@pytest.mark.parametrize(
    ("arguments", "code", "place"),
    [
        (["--set", "learner.shards=2"], "SNN562", "learner.shards=2"),
        (["--set", "learner.shards=3", "--target", "reference"], "SNN563", "reference"),
        (["--set", "learner.shards=0"], "SNN", "learner.shards=0"),
        (["--data", "nowhere.npz", "--set", "learner.shards=3"], "SNN", "nowhere.npz"),
    ],
)
def test_what_cannot_be_is_said_once(arguments, code, place, folder):
    path = write_small(folder).name
    data = [] if "--data" in arguments else ["--data", "digits.npz"]
    ended, _, err = train(3, path, *data, *arguments, cwd=folder)
    assert ended == 1
    assert len(CODE.findall(err)) == 1
    assert CODE.findall(err)[0].startswith(code)
    assert place in err


@pytest.mark.parametrize(
    "arguments", [[], ["small.snn", "--nonsense"], ["small.snn", "--seed", "x"]]
)
def test_wrong_usage_is_said_once(arguments, folder):
    code, out, err = train(3, *arguments, cwd=folder)
    assert code == 2
    assert out == ""
    assert err.count("Error: ") == 1


def test_processes_that_differ(folder):
    path = write_small(folder).name
    command = [*SFDFAC, "train", path, "--data", "digits.npz", "--set", "learner.shards=2"]
    other = [MPIEXEC, "-n", "1", *command, ":", "-n", "1", *command, "--seed", "5"]
    done = subprocess.run(
        other, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert CODE.findall(done.stderr) == ["SNN565"]
    assert "different options and weights" in done.stderr


def test_a_full_run_folder_is_not_touched(folder):
    path = write_small(folder).name
    (folder / "taken").mkdir()
    (folder / "taken" / "run.json").write_text("{}")
    options = ["--data", "digits.npz", "--set", "learner.shards=3", "-o", "taken"]
    code, _, err = train(3, path, *options, cwd=folder)
    assert code == 1
    assert CODE.findall(err) == ["SNN520"]
    assert [path.name for path in (folder / "taken").iterdir()] == ["run.json"]


def test_weights_file_of_one_process_only(folder, alone):
    """`weights.npz` and `metrics.csv` are those of a run without `mpiexec`."""
    alone("dfa")
    trained(2, *small(folder, "dfa"), cwd=folder, out="files")
    ours, theirs = (np.load(folder / name / "weights.npz") for name in ("files", "alone-dfa"))
    assert ours.files == theirs.files
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours.files)
    assert (folder / "files" / "metrics.csv").read_text().count("\n") == 4
