"""The pipeline from text to session, and build directories."""

import json

import numpy as np
import pytest

from sfdfa_compiler import driver, runs
from sfdfa_compiler.builds import read_build
from sfdfa_compiler.codegen import find_target
from sfdfa_compiler.diagnostics import Source, UserError
from sfdfa_compiler.machine import choose
from sfdfa_compiler.schedule.lower import lower
from sfdfa_compiler.training.start import start
from sfdfa_compiler.training.weights import digest, weight_arrays
from tests.helpers.small import PROGRAM, write_small


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


def machine(name="reference", profile=None):
    return choose(name, profile, threads=1)


def test_check_gives_a_graph_and_applies_overrides(small):
    program = driver.check(small, ["hidden.size=7"])
    assert [layer.size for layer in program.graph.layers] == [7, 2]
    assert program.overrides == ("hidden.size=7",)
    assert program.source.name == str(small)


def test_errors_of_file_and_overrides_come_together():
    text = PROGRAM.replace("tau_syn = 130 ms", "tau_syn = 0 ms")
    with pytest.raises(UserError) as caught:
        driver.check_source(Source("x.snn", text), ["hidden.lif.thold=1", "1+"])
    assert {d.primary.source.name for d in caught.value.diagnostics} == {"x.snn", "--set"}


def test_the_digest_is_of_what_a_program_means(small):
    program = driver.check(small)
    spread = PROGRAM.replace("threshold = 0.5", "threshold = 1 / 2").replace("{", "{ # here\n")
    assert driver.check_source(Source("y.snn", spread)).digest == program.digest
    assert driver.check(small, ["hidden.size=6"]).digest != program.digest


@pytest.mark.parametrize(
    ("profile", "real"), [("event32", "float32"), ("event64", "float64"), ("clock:loihi2", "int32")]
)
def test_a_plan_for_every_profile(small, profile, real):
    schedule = lower(driver.check(small).graph, profile, most_events=4)
    assert schedule.profile == profile
    assert str(schedule.real.storage) == real
    assert [layer.name for layer in schedule.layers] == ["hidden", "output"]


def test_the_bound_on_memory_follows_the_data(small):
    graph = driver.check(small).graph
    few, many = (lower(graph, "event32", most).buffers for most in (4, 4000))
    assert many["image.events"].bound == 1000 * few["image.events"].bound


def test_a_session_runs_what_was_drawn(small):
    program = driver.check(small)
    session = driver.open_session(program, machine(), seed=5)
    other = driver.open_session(program, machine(), seed=6)
    assert not np.array_equal(session.state().weights["hidden"], other.state().weights["hidden"])


# ---------------------------------------------------------------- build directories


@pytest.fixture
def built(small, tmp_path):
    program = runs.build(small, tmp_path / "built", target="reference", seed=5)
    return program.built.folder


def test_a_build_is_read_as_the_program_that_was_built(small, built):
    program = driver.check(built)
    assert program.digest == driver.check(small).digest
    assert (program.built.target, program.built.profile, program.built.seed) == (
        "reference",
        "event32",
        5,
    )


def test_the_manifest(small, built):
    manifest = json.loads((built / "manifest.json").read_text())
    schedule = lower(driver.check(small).graph, "event32")
    state = start(driver.check(small).graph, schedule, 5, folder=small.parent)
    assert manifest["weights_sha256"] == digest(weight_arrays(schedule, state))
    assert manifest["program"]["sha256"] == driver.check(small).digest
    assert manifest["formats"] == {"weights": "float32"}
    assert manifest["memory_bound_bytes"] == sum(
        buffer["bytes"] for buffer in manifest["buffers"].values()
    )
    assert manifest["constants"]["hidden.forward"]["theta"] == 0.5
    assert manifest["limits"]["max_spikes"] == {"hidden": 30, "output": 30}
    assert {"program.snn", "weights.npz", "README.md"} <= manifest["files"].keys()
    assert len(manifest["tables"]["image"]) == 64


def test_overrides_are_in_the_build(small, tmp_path):
    runs.build(small, tmp_path / "b", overrides=["hidden.size=9"], target="reference")
    assert driver.check(tmp_path / "b").graph.layer("hidden").size == 9


def test_a_build_starts_from_its_weights(small, built):
    program = driver.check(built)
    session = driver.open_session(program, machine(), seed=99)
    drawn = driver.open_session(driver.check(small), machine(), seed=5)
    for name, weight in drawn.state().weights.items():
        assert np.array_equal(session.state().weights[name], weight)


def test_files_of_the_program_are_hashed_and_no_longer_needed(small, tmp_path):
    np.savez(tmp_path / "w.npz", mine=np.ones((4, 5), np.float32))
    text = small.read_text().replace("~ uniform(-1, 3)", '= file("w.npz", "mine")')
    small.write_text(text)
    runs.build(small, tmp_path / "b", target="reference")
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    assert len(manifest["program"]["values"]["w.npz"]) == 64
    (tmp_path / "w.npz").unlink()
    session = driver.open_session(driver.check(tmp_path / "b"), machine())
    assert session.state().weights["hidden"].sum() == 20


def test_a_build_is_replaced_as_a_whole(small, built):
    (built / "old").write_text("")
    runs.build(small, built, target="reference")
    assert not (built / "old").exists()
    assert [path.name for path in built.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["program.snn", "weights.npz", "README.md"])
@pytest.mark.parametrize("missing", [True, False])
def test_a_changed_build_is_refused(built, name, missing):
    if missing:
        (built / name).unlink()
    else:
        with (built / name).open("ab") as file:
            file.write(b" ")
    with pytest.raises(UserError, match="SNN531"):
        read_build(built)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"schema": 7}', "null", "\0", "[" * 100_000]
)
def test_a_damaged_manifest(built, content):
    (built / "manifest.json").write_text(content)
    with pytest.raises(UserError, match="SNN530"):
        read_build(built)


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "event64"},
        {"profile": -1},
        {"target": -1},
        {"target": "native"},
        {"seed": "x"},
        {"files": 3},
        {"build": None},
        {"program": {"overrides": 7}},
        {"more": 1},
    ],
    ids=str,
)
def test_a_manifest_that_was_edited(built, change):
    path = built / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, **change}))
    with pytest.raises(UserError, match=r"SNN531: `manifest.json` has changed"):
        read_build(built)
    path.write_text(json.dumps(manifest))  # another layout, the same content
    assert read_build(built).profile == "event32"


def test_of_several_overrides_of_one_value_the_last_counts(small):
    texts = ["learner.epochs=6", "hidden.size=7", "learner.epochs = 7", "learner.epochs=3"]
    program = driver.check(small, texts)
    assert program.overrides == ("hidden.size=7", "learner.epochs=3")
    assert program.graph.learner.epochs == 3
    assert driver.check(small, "learner.epochs=4").overrides == ("learner.epochs=4",)
    with pytest.raises(UserError, match="SNN0"):
        driver.check(small, ["learner.epochs=", "learner.epochs=3"])


def test_a_failed_build_leaves_nothing(small, tmp_path, monkeypatch):
    def fail(artifact, out):
        (out / "half").write_text("")
        raise OSError(28, "No space left on device")

    target = find_target("reference")
    monkeypatch.setattr(type(target), "build", lambda self, artifact, out: fail(artifact, out))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match="SNN521"):
        runs.build(small, tmp_path / "b", target="reference")
    assert sorted(tmp_path.iterdir()) == before


def test_the_folder_that_one_is_in_is_not_replaced(small, tmp_path, monkeypatch):
    inside = tmp_path / "empty" / "inside"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    with pytest.raises(UserError, match="SNN521: this cannot be written: you are in it"):
        runs.build(small, ".", target="reference")
    assert inside.is_dir()


def test_something_else_is_never_replaced(small, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(UserError, match="SNN536"):
        runs.build(small, tmp_path / "mine", target="reference")
    with pytest.raises(UserError, match="SNN536"):
        runs.build(small, small, target="reference")
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_an_empty_folder_may_be_used(small, tmp_path):
    (tmp_path / "empty").mkdir()
    runs.build(small, tmp_path / "empty", target="reference")
    assert (tmp_path / "empty" / "manifest.json").exists()
