"""Options from Python: what the command line refuses is refused here too, before anything runs."""

from pathlib import Path

import click
import numpy as np
import pytest

import sfdfa_compiler as sfdfac
from sfdfa_compiler.cli import main
from sfdfa_compiler.runs.options import RANGES, WRITTEN
from tests.helpers.small import write_small

WORK = {"data": "digits.npz", "target": "reference"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


CALLS = {
    "train": lambda **more: sfdfac.train("small.snn", **WORK, **more),
    "test": lambda **more: sfdfac.test("small.snn", **WORK, **more),
    "run": lambda **more: sfdfac.run("small.snn", **WORK, **more),
    "build": lambda **more: sfdfac.build("small.snn", target="reference", **more),
    "open_session": lambda **more: sfdfac.open_session("small.snn", target="reference", **more),
    "compare": lambda **more: sfdfac.compare("small.snn", ["native", "reference"], **more),
}


@pytest.mark.parametrize("function", CALLS)
def test_an_option_that_there_is_not(folder, function):
    with pytest.raises(TypeError, match=rf"^{function}\(\) got an unexpected .* 'nonsense'$"):
        CALLS[function](nonsense=3)
    assert sorted(path.name for path in folder.iterdir()) == ["digits.npz", "small.snn"]


@pytest.mark.parametrize(
    ("function", "option"),
    [("test", "validate"), ("run", "validate"), ("build", "samples"), ("open_session", "data")],
)
def test_an_option_of_another_function(folder, function, option):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
        CALLS[function](**{option: 1})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("samples", 0),
        ("samples", -5),
        ("test_samples", 0),
        ("threads", 0),
        ("threads", -1),
        ("threads", 2000),
        ("seed", -1),
        ("seed", 2**64),
    ],
)
def test_a_number_out_of_its_range(folder, option, value):
    with pytest.raises(sfdfac.UserError) as caught:
        CALLS["train"](**{option: value})
    (found,) = caught.value.diagnostics
    written = "--" + option.replace("_", "-")
    assert (found.code, found.primary.source.name, found.primary.text) == (
        "SNN538",
        written,
        str(value),
    )
    assert found.message.startswith(f"`{written}` cannot be {value}: it is a number ")
    assert not (folder / "runs").exists()


def test_all_numbers_at_once(folder):
    with pytest.raises(sfdfac.UserError) as caught:
        CALLS["train"](samples=0, seed=-1)
    assert [found.primary.source.name for found in caught.value.diagnostics] == [
        "--samples",
        "--seed",
    ]
    with pytest.raises(sfdfac.UserError, match="`--train` cannot be -1"):
        CALLS["compare"](batches=-1)


@pytest.mark.parametrize("value", ["5", 2.0])
def test_no_number_at_all(folder, value):
    with pytest.raises(TypeError, match="integer"):
        CALLS["train"](samples=value)


def test_the_ranges_are_those_of_the_command_line():
    seen = set()
    for command in main.commands.values():
        for parameter in command.params:
            name = parameter.name or ""
            if isinstance(parameter.type, click.IntRange) and name in RANGES:
                assert (parameter.type.min, parameter.type.max) == RANGES[name]
                assert WRITTEN.get(name, "--" + name.replace("_", "-")) in parameter.opts
                seen.add(name)
    assert seen == RANGES.keys()


def test_paths_may_be_texts_and_numbers_numpys(folder):
    more = {"threads": np.int64(1), "seed": np.uint64(2), "weights": None}
    result = sfdfac.train("small.snn", out="r", data=Path("digits.npz"), target="reference", **more)
    assert result.folder == Path("r")
    assert result.record["seed"] == 2
    longer = sfdfac.train("small.snn", resume="r", overrides="learner.epochs=4")
    assert longer.record["epochs"] == 4
    assert longer.record["overrides"] == ["learner.epochs=4"]
    weights = Path("r/weights.npz")
    assert sfdfac.test("small.snn", out="t", weights=weights, **WORK).folder == Path("t")
    assert sfdfac.run("small.snn", out="s", weights=str(weights), **WORK).folder == Path("s")
    assert sfdfac.build("small.snn", "b", target="reference").built.folder == Path("b")
    assert sfdfac.load(Path("digits.npz")).name == "digits"
    pytest.importorskip("matplotlib")
    assert all(path.is_file() for path in sfdfac.draw(result, "r"))


def test_targets_may_be_one_text(folder):
    assert sfdfac.compare("small.snn", "native, reference", data="digits.npz").identical
    for too_few in ("native", ["native"], []):
        with pytest.raises(ValueError, match="name two targets"):
            sfdfac.compare("small.snn", too_few)


def test_what_is_none_is_not_given(folder):
    nothing = dict.fromkeys(("overrides", "samples", "seed", "validate", "weights", "threads"))
    assert sfdfac.train("small.snn", **WORK, **nothing).record["overrides"] == []


def test_the_run_of_a_build_with_overrides_is_resumed(folder):
    sfdfac.build("small.snn", "b", target="reference", overrides="learner.epochs=2")
    first = sfdfac.train("b", out="r", data="digits.npz")
    assert first.record["overrides"] == ["learner.epochs=2"]
    again = sfdfac.train("b", resume="r")
    assert again.record["weights_sha256"] == first.record["weights_sha256"]


def test_a_resumed_run_that_is_longer_already(folder):
    sfdfac.train("small.snn", out="r", **WORK)
    content = {path.name: path.read_bytes() for path in (folder / "r").iterdir()}
    with pytest.raises(sfdfac.UserError, match="SNN539: this run has learned 3 epochs already"):
        sfdfac.train("small.snn", resume="r", overrides=["learner.epochs=2"])
    assert {path.name: path.read_bytes() for path in (folder / "r").iterdir()} == content
    same = sfdfac.train("small.snn", resume="r", overrides=["learner.epochs=3"])
    assert same.record["epochs"] == 3  # nothing is left to do


def test_an_interrupted_run_that_is_longer_already(folder):
    class Impatient:
        def pass_begins(self, name, samples, epoch, epochs):
            self.epoch = epoch

        def batch_done(self, tally):
            if self.epoch == 1 and tally.samples == 16:
                import signal

                signal.raise_signal(signal.SIGINT)

        def epoch_done(self, record):
            pass

    with pytest.raises(sfdfac.Interrupted):
        sfdfac.train("small.snn", out="r", watch=Impatient(), **WORK)
    with pytest.raises(sfdfac.UserError, match="has learned 1 epoch and a part of the next"):
        sfdfac.train("small.snn", resume="r", overrides=["learner.epochs=1"])
    assert sfdfac.train("small.snn", resume="r").record["epochs"] == 3


def test_epochs_may_be_asked_for_again_and_again(folder):
    sfdfac.train("small.snn", out="r", overrides=["learner.epochs=1", "learner.epochs=2"], **WORK)
    for epochs in (4, 5):
        again = sfdfac.train("small.snn", resume="r", overrides=[f"learner.epochs={epochs}"])
        assert again.record["epochs"] == epochs
        assert again.record["overrides"] == [f"learner.epochs={epochs}"]


def test_changed_data_are_not_an_option_to_leave_out(folder):
    sfdfac.train("small.snn", out="r", **WORK)
    arrays = dict(np.load("digits.npz"))
    arrays["train_images"][0, 0] ^= 1
    np.savez("digits.npz", **arrays)
    with pytest.raises(sfdfac.UserError) as caught:
        sfdfac.train("small.snn", resume="r")
    (found,) = caught.value.diagnostics
    assert (found.code, found.primary.source.name) == ("SNN525", "digits.npz")
    assert "restore the files" in found.helps[0].text
    assert "--data" not in found.helps[0].text


@pytest.mark.parametrize(("samples", "code"), [(9, "SNN538"), (5, "SNN538"), (11, "SNN305")])
def test_too_few_samples_to_hold_some_out(folder, samples, code):
    """Of 11 samples 10 are learned, fewer than a batch."""
    more = {"samples": samples, "validate": True, "overrides": "learner.batch=11"}
    with pytest.raises(sfdfac.UserError, match=code):
        sfdfac.train("small.snn", **WORK, **more)
    assert not (folder / "runs").exists()


def test_ten_samples_are_enough_to_hold_one_out(folder):
    result = sfdfac.train("small.snn", samples=10, validate=True, **WORK)
    assert result.record["validation_accuracy"] in (0, 1)
