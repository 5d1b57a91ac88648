"""The passes that the benchmarks time are those of a training."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

import sfdfa_compiler as sfdfac
from bench import passes
from sfdfa_compiler.runs import TRAIN
from sfdfa_compiler.runs.bench import set_up
from sfdfa_compiler.runs.options import Options, settings_of
from tests.helpers.small import write_small

ROOT = Path(__file__).resolve().parents[3]


def test_two_epochs_end_at_the_weights_of_a_training(tmp_path):
    path = write_small(tmp_path)
    options = Options(
        data=str(tmp_path / "digits.npz"),
        target="reference",
        seed=3,
        overrides=["learner.epochs=2"],
    )
    trained = sfdfac.train(path, out=tmp_path / "run", **options)
    with set_up(path, settings_of(options), options, TRAIN) as bench:
        works = passes.measure(bench, 2)
        weights = bench.session.state().weights
    assert works["learn"].samples == 60
    assert works["infer"].samples == 20
    for layer, values in trained.state.weights.items():
        assert np.array_equal(weights[layer], values)
    last = trained.history[-1].train.spikes_per_sample
    assert works["learn"].spikes_per_sample == dict(last)


def test_the_command_prints_json(tmp_path):
    path = write_small(tmp_path)
    command = [sys.executable, "-m", "bench.passes", str(path)]
    command += ["--data", str(tmp_path / "digits.npz"), "--target", "reference"]
    command += ["--samples", "16", "--test-samples", "5", "--epochs", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["learn"]["samples"] == 32
    assert found["infer"]["samples"] == 10
    assert set(found["infer"]["spikes_per_sample"]) == {"hidden", "output"}
    assert found["learn"]["cpu"] > 0
