"""Commands that put programs to work, and what they leave behind."""

import contextlib
import csv
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler import runs
from sfdfa_compiler.training.interrupt import Interrupted

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
WORK = ("--data", "digits.npz", "--target", "reference", "--no-plot")
ALWAYS = {
    "schema",
    "profile",
    "target",
    "threads",
    "seed",
    "test_accuracy",
    "infer_samples_per_s",
    "infer_samples_per_cpu_s",
    "spikes_per_sample",
    "saturated",
    "dead",
    "peak_memory_bytes",
    "weights_sha256",
}
TRAINED = {
    "epochs",
    "train_accuracy",
    "best_test_accuracy",
    "train_samples_per_s",
    "train_samples_per_cpu_s",
    "spikes_sha256",
}


def record(folder):
    return json.loads((folder / "run.json").read_text())


def test_a_training_leaves_a_run_folder(sfdfac, folder):
    said = sfdfac("train", "small.snn", *WORK, "-o", "r", "--seed", 3)
    run = record(folder / "r")
    assert run.keys() >= ALWAYS | TRAINED
    assert "validation_accuracy" not in run
    assert (run["schema"], run["seed"], run["epochs"], run["profile"]) == (1, 3, 3, "event32")
    assert 0 <= run["test_accuracy"] <= run["best_test_accuracy"] <= 1
    assert run["peak_memory_bytes"] > run["memory_bound_bytes"] > 0
    assert run["train_samples"] == 30
    with (folder / "r" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2]
    assert float(rows[-1]["test_accuracy"]) == run["test_accuracy"]
    assert float(rows[-1]["spikes_per_sample.hidden"]) == run["spikes_per_sample"]["hidden"]
    assert f"test: {100 * run['test_accuracy']:.2f} % of 10 right" in said.stdout
    assert said.stderr.count("epoch ") == 3


def test_the_digest_of_weights_is_that_of_the_file(sfdfac, folder):
    sfdfac("train", "small.snn", *WORK, "-o", "r")
    with np.load(folder / "r" / "weights.npz") as arrays:
        assert list(arrays) == ["hidden/weight", "output/weight", "hidden/feedback"]
        content = b"".join(arrays[key].astype("<f4").tobytes() for key in arrays)
    assert record(folder / "r")["weights_sha256"] == hashlib.sha256(content).hexdigest()


def test_seeds_matter_and_threads_and_targets_do_not(sfdfac, folder):
    digests = {}
    for name, more in {
        "a": ("--seed", 1),
        "b": ("--seed", 2),
        "c": ("--seed", 1, "--target", "native"),
        "d": ("--seed", 1, "--target", "native", "--threads", 3),
    }.items():
        sfdfac("train", "small.snn", *WORK, "-o", name, *more)
        digests[name] = record(folder / name)
    for key in ("weights_sha256", "spikes_sha256"):
        assert digests["a"][key] == digests["c"][key] == digests["d"][key]
        assert digests["a"][key] != digests["b"][key]


def test_runs_without_a_folder_are_numbered(sfdfac, folder):
    for number in (1, 2):
        sfdfac("train", "small.snn", *WORK)
        assert (folder / "runs" / f"small-{number}" / "run.json").is_file()


def test_results_as_json_are_the_record(sfdfac, folder):
    said = sfdfac("train", "small.snn", *WORK, "-o", "r", "--json")
    assert json.loads(said.stdout) == record(folder / "r")


def test_validation_is_told_apart_from_the_test(sfdfac, folder):
    said = sfdfac("train", "small.snn", *WORK, "-o", "r", "--validate").stdout
    run = record(folder / "r")
    assert 0 <= run["validation_accuracy"] <= 1
    with (folder / "r" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    chosen = rows[run["validation_epoch"]]
    assert float(chosen["validation_accuracy"]) == run["validation_accuracy"]
    assert float(chosen["test_accuracy"]) == run["validated_test_accuracy"]
    best = max(float(row["validation_accuracy"]) for row in rows)
    assert best == run["validation_accuracy"]
    assert "best on validation" in said


def test_limits_on_samples(sfdfac, folder):
    sfdfac("train", "small.snn", *WORK, "-o", "r", "--samples", 9)
    assert (record(folder / "r")["train_samples"], record(folder / "r")["test_samples"]) == (9, 9)
    sfdfac("train", "small.snn", *WORK, "-o", "q", "--samples", 9, "--test-samples", 4)
    assert (record(folder / "q")["train_samples"], record(folder / "q")["test_samples"]) == (9, 4)


def test_a_run_and_a_test_have_the_same_digest_of_spikes(sfdfac, folder):
    sfdfac("test", "small.snn", *WORK[:-1], "-o", "t")
    sfdfac("run", "small.snn", *WORK, "-o", "r")
    assert record(folder / "t")["spikes_sha256"] == record(folder / "r")["spikes_sha256"]
    assert len(record(folder / "r")["spikes_sha256"]) == 64
    text = (folder / "small.snn").read_text().replace("readout output spike_count", "")
    (folder / "small.snn").write_text(text[: text.index("    learner")] + "}\n")
    sfdfac("run", "small.snn", *WORK, "-o", "q")
    assert record(folder / "q")["spikes_sha256"] is None  # nothing is read out


def test_tested_again_from_the_weights_of_a_run(sfdfac, folder):
    sfdfac("train", "small.snn", *WORK, "-o", "r")
    said = sfdfac("test", "small.snn", *WORK[:-1], "--weights", "r/weights.npz", "-o", "t")
    tested, trained = record(folder / "t"), record(folder / "r")
    for key in ("test_accuracy", "test_loss", "weights_sha256", "spikes_sha256"):
        assert tested[key] == trained[key]
    assert tested.keys() >= ALWAYS
    assert "training:" not in said.stdout


def test_a_run_keeps_all_spikes(sfdfac, folder):
    sfdfac("run", "small.snn", *WORK, "-o", "r", "--test-samples", 7)
    run = record(folder / "r")
    with np.load(folder / "r" / "spikes.npz") as spikes:
        for layer, size in (("hidden", 5), ("output", 2)):
            sample, neuron, E, epoch, at = (
                spikes[f"{layer}/{name}"] for name in ("sample", "neuron", "E", "epoch", "time")
            )
            assert len(sample) == round(run["spikes_per_sample"][layer] * 7)
            assert (E.dtype, epoch.dtype) == (np.float32, np.int32)
            assert (neuron < size).all()
            assert ((E >= 1) & (epoch == 0)).all()
            assert np.allclose(at, 0.26 * np.log(E.astype(float)))
            assert (at < 0.2).all()
            order = np.lexsort((neuron, E, sample))
            assert np.array_equal(order, np.arange(len(sample)))


def test_a_run_in_a_clock_profile_has_steps(sfdfac, folder):
    sfdfac("run", "small.snn", *WORK, "-o", "r", "--profile", "clock:loihi2")
    with np.load(folder / "r" / "spikes.npz") as spikes:
        assert set(spikes) == {
            f"{layer}/{name}"
            for layer in ("hidden", "output")
            for name in ("sample", "neuron", "step", "time")
        }
        assert np.allclose(spikes["hidden/time"], spikes["hidden/step"] * 1e-3)


def test_a_program_with_its_spikes_in_the_file_needs_no_data(sfdfac, folder):
    sfdfac("new", "two", "--like", "two_inputs")
    said = sfdfac("run", "two.snn", "--target", "reference", "--no-plot", "-o", "r").stdout
    assert "spikes of the file" in said
    assert record(folder / "r")["test_accuracy"] is None


def test_pictures(sfdfac, folder):
    pytest.importorskip("matplotlib")
    sfdfac("train", "small.snn", *WORK[:-1], "-o", "r")
    for name in ("curves", "raster", "potentials"):
        assert (folder / "r" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / "r" / f"{name}.svg").read_text()


def test_without_matplotlib_it_says_what_to_install(sfdfac, folder, monkeypatch):
    monkeypatch.setattr("sfdfa_compiler.report.find_spec", lambda name: None)
    said = sfdfac("train", "small.snn", *WORK[:-1], "-o", "r")
    assert "pip install 'sfdfac[plot]'" in said.stderr
    assert not (folder / "r" / "raster.png").exists()


def test_the_potential_reaches_the_threshold_at_every_spike(folder):
    """Eq. 1, computed for the picture from recorded spikes alone, against the kernel's spikes."""
    pytest.importorskip("matplotlib")
    from sfdfa_compiler.report.spikes import potential
    from sfdfa_compiler.training.folder import seconds

    result = runs.run("small.snn", data="digits.npz", target="reference")
    spikes = result.example.spikes["hidden"]
    times = seconds(spikes.E, 0, result.schedule.time)
    assert len(times) > 3
    for at, neuron in zip(times, spikes.neuron, strict=True):
        (reached,) = potential(
            result, result.schedule.layers[0], int(neuron), np.array([at - 1e-9])
        )
        assert reached == pytest.approx(0.5, abs=1e-4)


def test_a_vector_by_the_command_line(sfdfac, folder, real_data):
    """The whole way from text to digest, against numbers that two other programs agree on."""
    wanted = dict(
        line.rsplit(" ", 1)
        for line in (VECTORS / "sfdfa.digests").read_text().splitlines()
        if " " in line
    )
    program = ("train", VECTORS / "sfdfa.snn", "--data", real_data(wanted["data"]))
    limits = ("--samples", wanted["samples"], "--seed", wanted["seed"])
    sfdfac(*program, *limits, "--no-plot", "-o", "r", "--target", "native")
    assert record(folder / "r")["weights_sha256"] == wanted["weights_sha256"]


# ---------------------------------------------------------------- build, diff


@pytest.mark.parametrize("target", ["reference", "native"])
def test_a_build_directory_does_what_its_program_does(sfdfac, folder, target):
    said = sfdfac("build", "small.snn", "--target", target, "--seed", 4).stdout
    assert said == f"build/small-{target}: small.snn built for {target}, event32\n"
    build = f"build/small-{target}"
    data = ("--data", "digits.npz")
    sfdfac("train", build, *data, "--no-plot", "-o", "a", "--seed", 4)
    sfdfac("train", "small.snn", *data, "--no-plot", "-o", "b", "--seed", 4, "--target", target)
    assert record(folder / "a")["weights_sha256"] == record(folder / "b")["weights_sha256"]
    assert sfdfac("test", build, *data).stdout.startswith(f"small on {target}, event32")
    sfdfac("run", build, *data, "--no-plot", "-o", "c")
    assert "identical" in sfdfac("diff", build, *data, "--targets", "reference,native").stdout


def test_diff(sfdfac, folder):
    common = ("diff", "small.snn", "--targets", "reference,native", "--data", "digits.npz")
    assert re.fullmatch(
        r"identical: 10 samples, 6 training batches, [\d,]+ spikes, 30 weights\n",
        sfdfac(*common, "--train", 6).stdout,
    )
    assert sfdfac(*common, "--samples", 4).stdout.startswith("identical: 4 samples, ")
    assert sfdfac(*common, "--samples", 1).stdout.startswith("identical: 1 sample, ")
    for limits in (("--samples", 4), ("--test-samples", 4), ("--samples", 5, "--test-samples", 4)):
        said = sfdfac(*common, *limits, "--train", 1).stdout  # of 8 samples, out of all
        assert said.startswith("identical: 4 samples, 1 training batch, ")
    (found,) = json.loads(sfdfac(*common, "--json").stdout)
    assert found["identical"] is True
    assert found["targets"] == ["reference", "native"]


def test_diff_in_float64(sfdfac):
    common = ("--targets", "native,reference", "--data", "digits.npz", "--profile", "event64")
    assert sfdfac("diff", "small.snn", *common, "--train", 3).stdout.startswith("identical: ")


def test_diff_of_targets_that_do_not_agree(sfdfac, monkeypatch):
    from sfdfa_compiler.codegen import Forward, find_target

    original = type(find_target("native")).open

    def spoilt(self, *arguments):
        session = original(self, *arguments)
        forward = session.forward

        def wrong(batch, *, record=False):
            result = forward(batch, record=record)
            counts = result.counts.copy()
            counts[1, 0] += 1
            return Forward(
                counts=counts,
                activity=result.activity,
                saturated=result.saturated,
                spikes=result.spikes,
            )

        session.forward = wrong
        return session

    monkeypatch.setattr(type(find_target("native")), "open", spoilt)
    common = ("diff", "small.snn", "--targets", "reference,native", "--data", "digits.npz")
    said = sfdfac(*common, code=1).stdout
    assert said.splitlines()[:2] == [
        "first divergence: counts",
        "  test set, batch 0, sample 1, neuron 0",
    ]
    (found,) = json.loads(sfdfac(*common, "--json", code=1).stdout)
    assert found["identical"] is False
    assert found["divergence"]["where"] == {"sample": 1, "neuron": 0}


def test_targets_without_a_common_profile_are_compared_by_figures(sfdfac, monkeypatch):
    from sfdfa_compiler.codegen import find_target
    from sfdfa_compiler.ir import Capabilities

    only = Capabilities(profiles=("event64",), learners=frozenset())
    monkeypatch.setattr(type(find_target("native")), "capabilities", only)
    only = Capabilities(profiles=("event32",), learners=frozenset())
    monkeypatch.setattr(type(find_target("reference")), "capabilities", only)
    said = sfdfac("diff", "small.snn", "--targets", "reference,native", "--data", "digits.npz")
    lines = said.stdout.splitlines()
    assert lines[0] == "the targets share no profile: figures, not bits, are compared"
    assert re.match(r"  reference \(event32\): [\d.]+% right, 100.00% as reference, ", lines[1])
    assert re.match(r"  native \(event64\): [\d.]+% right, [\d.]+% as reference, ", lines[2])


# ---------------------------------------------------------------- resume


def test_more_epochs_on_resuming(sfdfac, folder):
    sfdfac("train", "small.snn", *WORK, "-o", "a")
    sfdfac("train", "small.snn", "--no-plot", "--resume", "a", "--set", "learner.epochs=5")
    sfdfac("train", "small.snn", *WORK, "-o", "b", "--set", "learner.epochs=5")
    assert record(folder / "a")["epochs"] == 5
    assert record(folder / "a")["target"] == "reference"
    assert record(folder / "a")["weights_sha256"] == record(folder / "b")["weights_sha256"]


def test_a_run_may_go_on_on_another_target(sfdfac, folder):
    sfdfac("train", "small.snn", *WORK, "-o", "a")
    more = ("--set", "learner.epochs=4", "--no-plot")
    sfdfac("train", "small.snn", "--resume", "a", "--target", "native", *more)
    sfdfac("train", "small.snn", *WORK, "-o", "b", *more)
    assert record(folder / "a")["target"] == "native"
    assert record(folder / "a")["weights_sha256"] == record(folder / "b")["weights_sha256"]


def test_out_and_resume_exclude_each_other(sfdfac):
    assert "leave -o out" in sfdfac("train", "small.snn", "-o", "a", "--resume", "b", code=2).stderr


def test_interrupted_from_python(folder, monkeypatch):
    class Impatient:
        """Sends itself Ctrl-C in the second epoch."""

        def pass_begins(self, name, samples, epoch, epochs):
            self.epoch = epoch

        def batch_done(self, tally):
            if self.epoch == 1 and tally.samples == 16:
                os.kill(os.getpid(), signal.SIGINT)

        def epoch_done(self, record):
            pass

    options_ = {"data": "digits.npz", "target": "reference", "seed": 9}
    before = signal.getsignal(signal.SIGINT)  # a background job ignores it
    with pytest.raises(Interrupted) as caught:
        runs.train("small.snn", out=folder / "a", watch=Impatient(), **options_)
    assert (caught.value.program, caught.value.folder) == ("small.snn", folder / "a")
    assert signal.getsignal(signal.SIGINT) is before
    assert not (folder / "a" / "run.json").exists()
    resumed = runs.train("small.snn", resume=folder / "a")
    whole = runs.train("small.snn", out=folder / "b", **options_)
    for key in ("weights_sha256", "spikes_sha256", "train_loss", "train_accuracy", "test_loss"):
        assert resumed.record[key] == whole.record[key]


def test_progress_on_a_terminal(folder):
    """A terminal of 80 columns: a bar, and the lines of the epochs above it, not wrapped."""
    work = ("--data", "digits.npz", "--no-plot")  # there is no compiler: it warns
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "sfdfa_compiler", "train", "small.snn", *work, "-o", "a"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "80", "TERM": "xterm", "CC": "none", "PATH": str(folder)},
    ) as process:
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # how the other end says that it has closed
            while piece := os.read(ours, 4096):
                said += piece
        assert process.stdout.read().startswith(b"small on reference")
    os.close(ours)
    warning, _, _ = said.decode().partition("\x1b")  # nothing is drawn before the warnings
    assert warning.startswith("warning[SNN540]: there is no C compiler")
    assert warning.rstrip().endswith("or use `--target reference`")
    lines = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", said.decode()).replace("\r", "\n").split("\n")
    for epoch in (1, 2, 3):
        assert any(re.match(rf"epoch {epoch}/3: train .*, \d+ spikes$", line) for line in lines)
    assert any(re.match(r"epoch \d/3.*━.*samples/s", line) for line in lines)


@pytest.mark.slow
def test_ctrl_c_in_a_terminal(folder):
    """A process of its own, interrupted twice in a row at any moment, still resumes."""
    command = [sys.executable, "-m", "sfdfa_compiler", "train", "small.snn"]
    settings = [*WORK, "--set", "learner.epochs=400", "--seed", "2"]
    process = subprocess.Popen(
        [*command, *settings, "-o", "a"], cwd=folder, stderr=subprocess.PIPE, text=True
    )
    while "epoch 3/" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.endswith("stopped; go on with: sfdfac train small.snn --resume a\n")
    assert "Traceback" not in said
    done = len((folder / "a" / "metrics.csv").read_text().splitlines()) - 1
    shorter = ["--set", f"learner.epochs={done + 3}"]
    subprocess.run([*command, "--resume", "a", "--no-plot", *shorter], cwd=folder, check=True)
    subprocess.run([*command, *WORK, "--seed", "2", *shorter, "-o", "b"], cwd=folder, check=True)
    assert record(folder / "a")["epochs"] == done + 3
    assert record(folder / "a")["weights_sha256"] == record(folder / "b")["weights_sha256"]
