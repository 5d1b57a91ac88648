"""The command line with the target cuda, on a machine without a GPU."""

import json
import sys

import pytest
from click.testing import CliRunner

from sfdfa_compiler.cli import main
from sfdfa_compiler.targets.cuda import compile

SAME = (
    "weights_sha256",
    "spikes_sha256",
    "train_accuracy",
    "train_loss",
    "test_accuracy",
    "test_loss",
    "spikes_per_sample",
    "saturated",
    "dead",
)
TINY = ("examples/tiny.snn", "--samples", "30")


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)


def sfdfac(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_three_targets_agree():
    done = sfdfac(
        "diff", *TINY, "--targets", "reference,native,cuda", "--device", "cpu", "--train", "2"
    )
    assert done.exit_code == 0, done.output
    assert done.output.count("identical: 30 samples, 2 training batches") == 2


def test_a_device_that_no_target_has():
    done = sfdfac("diff", *TINY, "--targets", "reference,native", "--device", "cuda:0")
    assert done.exit_code == 2
    assert "there is no device `cuda:0`" in done.output


@pytest.mark.parametrize("command", ["run", "test", "train", "diff"])
def test_without_a_gpu_the_way_out_is_named(command, tmp_path):
    more = ("--targets", "native,cuda") if command == "diff" else ("--target", "cuda")
    folder = () if command == "diff" else ("-o", str(tmp_path / "run"))
    done = sfdfac(command, *TINY, *more, *folder)
    assert done.exit_code == 1
    assert "SNN584" in done.output
    assert "--device cpu" in done.output
    assert "Traceback" not in done.output


def test_training_ends_with_native_s_weights(tmp_path):
    digests = []
    for target in ("native", "cuda"):
        options = ("--set", "learner.epochs=2", "-o", str(tmp_path / target), "--no-plot", "--json")
        done = sfdfac("train", *TINY, "--target", target, "--device", "cpu", *options)
        assert done.exit_code == 0, done.output
        record = json.loads((tmp_path / target / "run.json").read_text())
        digests.append({key: record[key] for key in SAME})
    assert digests[0] == digests[1]


@pytest.mark.parametrize(("nvcc", "code"), [("", "SNN580"), ("release 11.8", "SNN583")])
def test_a_build_without_machine_code_warns(nvcc, code, tmp_path, monkeypatch):
    monkeypatch.setattr(compile, "_nvcc", lambda: nvcc)
    monkeypatch.setattr(compile, "_answer", lambda command, *_: command)
    monkeypatch.setattr(compile, "_nvrtc", lambda: None)
    done = sfdfac("build", TINY[0], "--target", "cuda", "-o", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert f"warning[{code}]" in done.stderr
    assert "without PTX and machine code" in done.stderr
    assert "built for cuda" in done.stdout
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert not manifest["build"]["compiled"]
    assert not list((tmp_path / "out").glob("*.ptx"))
