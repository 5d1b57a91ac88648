"""Clock profiles as users meet them: weights of a training, build directories, records."""

import json
from importlib.resources import files

import numpy as np
import pytest

import sfdfa_compiler as sfdfac
from sfdfa_compiler.diagnostics import UserError

PROGRAM = files("sfdfa_compiler.examples") / "mnist.snn"
PRESETS = ("clock:loihi2", "clock:spinnaker")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Of a short training in event32 on the digits inside the package."""
    folder = tmp_path_factory.mktemp("run") / "trained"
    options = {"samples": 500, "test_samples": 50, "overrides": ["learner.epochs=1"], "seed": 1}
    sfdfac.train(PROGRAM, out=folder, **options)
    return folder / "weights.npz"


@pytest.mark.parametrize("profile", [*PRESETS, "clock:float"])
def test_reference_and_native_write_the_same_spikes(profile, weights, tmp_path):
    found = {}
    for target in ("reference", "native"):
        options = {"target": target, "profile": profile, "weights": str(weights)}
        folder = tmp_path / target
        result = sfdfac.run(PROGRAM, out=folder, test_samples=20, **options)
        assert result.record["profile"] == profile
        with np.load(folder / "spikes.npz") as arrays:
            found[target] = {key: arrays[key] for key in arrays}
    for key, array in found["reference"].items():
        assert np.array_equal(array, found["native"][key]), key
    step, seconds = (found["native"][f"output/{name}"] for name in ("step", "time"))
    assert len(step) > 50
    assert np.array_equal(seconds, step * 1e-3)


def test_a_build_directory_runs_and_says_what_is_proved(weights, tmp_path):
    options = {"target": "native", "profile": "clock:loihi2", "weights": str(weights)}
    sfdfac.build(PROGRAM, tmp_path / "built", **options)
    manifest = json.loads((tmp_path / "built" / "manifest.json").read_text())
    assert [layer["arrivals"] for layer in manifest["certificate"]] == [1012, 983]
    assert manifest["time"] == {"dt": 1e-3, "steps": 200, "latency": 1}
    assert manifest["constants"]["hidden.on_step"]["theta"] == 3151
    built = sfdfac.test(tmp_path / "built", test_samples=100)
    straight = sfdfac.test(PROGRAM, test_samples=100, **options)
    assert built.record["spikes_sha256"] == straight.record["spikes_sha256"]
    limits = straight.record["weights_at_limits"]
    assert limits.keys() == {"hidden", "output"}
    for layer, count in limits.items():
        kept = straight.state.weights[layer]
        assert count == int(((kept == -128) | (kept == 127)).sum())


def test_weights_of_another_clock_profile_are_refused(weights, tmp_path):
    options = {"target": "reference", "test_samples": 1}
    result = sfdfac.test(PROGRAM, profile="clock:spinnaker", weights=str(weights), **options)
    kept = {f"{layer}/weight": array for layer, array in result.state.weights.items()}
    np.savez(tmp_path / "kept.npz", **kept)
    again = sfdfac.test(
        PROGRAM, profile="clock:spinnaker", weights=str(tmp_path / "kept.npz"), **options
    )
    assert again.record["weights_sha256"] == result.record["weights_sha256"]
    with pytest.raises(UserError) as error:
        sfdfac.test(PROGRAM, profile="clock:loihi2", weights=str(tmp_path / "kept.npz"), **options)
    assert error.value.diagnostics[0].code == "SNN571"


def test_a_clock_profile_does_not_learn_yet():
    with pytest.raises(UserError) as error:
        sfdfac.train(PROGRAM, profile="clock:loihi2", samples=10)
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["SNN307"]


@pytest.mark.slow
def test_presets_cost_no_accuracy(real_data, tmp_path):
    """Three epochs in event32; integers and steps of 1 ms lose at most 0.6 points of 10,000."""
    data = str(real_data("mnist"))
    trained = sfdfac.train(
        PROGRAM, out=tmp_path / "run", data=data, overrides=["learner.epochs=3"], seed=1
    )
    event = trained.record["test_accuracy"]
    assert event > 0.97
    weights = str(tmp_path / "run" / "weights.npz")
    for profile in (*PRESETS, "clock:float"):
        clock = sfdfac.test(PROGRAM, data=data, profile=profile, weights=weights)
        assert clock.record["test_samples"] == 10_000
        assert clock.record["test_accuracy"] >= event - 0.006
