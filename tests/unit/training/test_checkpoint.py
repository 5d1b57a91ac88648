"""Checkpoints: what goes in comes out, and damage is found wherever it is."""

import dataclasses
import io
import zipfile

import numpy as np
import pytest

from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.training import Checkpoint, Course, EpochRecord, Settings, Tally, checkpoint
from tests.helpers.fake import READOUT, FakeSession, samples

PROGRAM = "network fake\nlayer hidden [4]\n"


@pytest.fixture
def made():
    session, some = FakeSession(), samples(6)
    batch = next(some.batches(some.rows, 6))
    tally = Tally()
    tally.add(session.forward(batch), some.labels[batch.rows], READOUT)
    record = EpochRecord(epoch=0, train=tally.summary(), test=tally.summary())
    state = session.state()
    state.step = 12
    return Checkpoint(
        program=PROGRAM,
        profile="event32",
        settings=Settings(data="mnist", seed=2**64 - 1, overrides=("learner.epochs=3",)),
        data="0" * 64,
        state=state,
        course=Course(epoch=1, batch=2, tally=tally, history=[record]),
    )


def test_what_goes_in_comes_out(made, tmp_path):
    checkpoint.save(tmp_path / checkpoint.NAME, made)
    loaded = checkpoint.load(tmp_path)
    assert loaded.settings == made.settings
    assert loaded.program == PROGRAM
    assert loaded.state.step == 12
    for kind in checkpoint.KINDS:
        ours, theirs = getattr(loaded.state, kind), getattr(made.state, kind)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
        assert all(ours[name].dtype == theirs[name].dtype for name in ours)
    assert loaded.course.to_json() == made.course.to_json()
    assert loaded.course.history == made.course.history
    for name, spikes in made.course.tally.activity.items():
        assert np.array_equal(loaded.course.tally.activity[name], spikes)


def test_it_is_an_ordinary_archive(made, tmp_path):
    path = tmp_path / checkpoint.NAME
    checkpoint.save(path, made)
    with np.load(path) as arrays:
        assert np.array_equal(arrays["weights/hidden"], made.state.weights["hidden"])
    with zipfile.ZipFile(path) as archive:
        assert archive.comment.startswith(b"sfdfac sha256 ")
        assert archive.testzip() is None


def test_the_same_state_gives_the_same_bytes(made, tmp_path):
    checkpoint.save(tmp_path / "one", made)
    checkpoint.save(tmp_path / "two", made)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_damage_is_found_wherever_it_is(made, tmp_path):
    path = tmp_path / checkpoint.NAME
    checkpoint.save(path, made)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x10
        path.write_bytes(spoilt)
        with pytest.raises(UserError, match="SNN523"):
            checkpoint.load(tmp_path)


@pytest.mark.parametrize("kept", [0, 1, 77, 78, 79, 1000, -1, -78, -79])
def test_a_part_of_it_is_not_enough(made, tmp_path, kept):
    path = tmp_path / checkpoint.NAME
    checkpoint.save(path, made)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match="SNN523"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize("change", ["schema", "course", "settings"])
def test_another_version_is_told_from_damage(made, tmp_path, change, monkeypatch):
    path = tmp_path / checkpoint.NAME
    if change == "schema":
        monkeypatch.setattr(checkpoint, "SCHEMA", 99)
        checkpoint.save(path, made)
        monkeypatch.undo()
    else:
        original = dataclasses.asdict
        monkeypatch.setattr(
            "sfdfa_compiler.training.checkpoint.dataclasses.asdict",
            lambda value: {**original(value), "unknown": 1},
        )
        checkpoint.save(path, made)
        monkeypatch.undo()
    with pytest.raises(UserError, match="another version"):
        checkpoint.load(tmp_path)


def test_no_folder_and_no_checkpoint(tmp_path):
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(UserError, match="SNN522"):
            checkpoint.load(folder)


def test_the_first_difference_of_programs_is_shown(made, tmp_path):
    checkpoint.check_program(tmp_path, made, PROGRAM)
    with pytest.raises(UserError) as caught:
        checkpoint.check_program(tmp_path, made, PROGRAM.replace("[4]", "[5]"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "SNN524"
    assert diagnostic.notes[-2:] == ("then: layer hidden [4]", "now:  layer hidden [5]")


def test_an_archive_of_something_else(tmp_path):
    content = io.BytesIO()
    np.savez(content, a=np.zeros(3))
    (tmp_path / checkpoint.NAME).write_bytes(content.getvalue())
    with pytest.raises(UserError, match="SNN523"):
        checkpoint.load(tmp_path)
