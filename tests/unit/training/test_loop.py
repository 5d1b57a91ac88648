"""The epoch loop over a session that only counts: order, places, checkpoints, interruptions."""

from dataclasses import replace

import numpy as np
import pytest

from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.schedule import BatchPlace
from sfdfa_compiler.training import Course, EpochRecord, Summary, Tally, Training, split
from tests.helpers.fake import READOUT, FakeSession, plan, samples

TRAIN, TEST = samples(10), samples(5, seed=1)


class Recorder:
    """A watch that writes everything down."""

    def __init__(self):
        self.passes, self.batches, self.epochs = [], 0, []

    def pass_begins(self, name, samples, epoch, epochs):
        self.passes.append((name, samples, epoch, epochs))

    def batch_done(self, tally):
        self.batches += 1

    def epoch_done(self, record):
        self.epochs.append(record.epoch)


def training(session, course=None, *, validate=False, stop=lambda: False, save=lambda: None):
    return Training(
        session=session,
        readout=READOUT,
        sets=split(TRAIN, TEST, 7, validate=validate),
        seed=7,
        course=course or Course(),
        save=save,
        stop=stop,
        watch=Recorder(),
    )


def test_batches_come_in_the_order_of_the_epoch_and_the_last_is_smaller():
    session = FakeSession(plan(batch=4, epochs=2))
    assert training(session).run()
    order = [draw.epoch_order(7, np.arange(10), epoch).tolist() for epoch in range(2)]
    expected = [o[start : start + 4] for o in order for start in (0, 4, 8)]
    assert [rows for _, rows in session.learned] == expected
    assert [place.samples for place, _ in session.learned] == [4, 4, 2] * 2
    assert [place.step for place, _ in session.learned] == list(range(6))
    assert [place.epoch for place, _ in session.learned] == [0] * 3 + [1] * 3


def test_held_out_samples_are_not_learned():
    train = samples(40)
    sets = split(train, None, 3, validate=True)
    assert sets.held_out.tolist() == draw.held_out(3, np.arange(40), 0.1).tolist()
    assert len(sets.held_out) == 4
    assert sorted([*sets.learned, *sets.held_out]) == list(range(40))
    everything = split(train, None, 3, validate=False)
    assert (len(everything.learned), len(everything.held_out)) == (40, 0)


def test_the_watch_hears_of_every_pass():
    run = training(FakeSession(plan(epochs=2)), validate=True)
    run.run()
    one = [("learn", 9), ("test", 5), ("validation", 1)]
    expected = [(name, count, epoch, 2) for epoch in range(2) for name, count in one]
    assert run.watch.passes == expected
    assert run.watch.batches == 2 * (3 + 1 + 1)
    assert run.watch.epochs == [0, 1]


def test_figures_of_an_epoch():
    session = FakeSession(plan(batch=10, epochs=1))
    batch = next(TRAIN.batches(draw.epoch_order(7, TRAIN.rows, 0), 10))
    counts = session.forward(batch).counts
    labels = TRAIN.labels[batch.rows]
    run = training(session)
    run.run()
    (record,) = run.course.history
    assert record.train.accuracy == (counts.argmax(axis=1) == labels).mean()
    wanted = np.where(np.arange(3) == labels[:, None], 5.0, 1.0)
    assert record.train.loss == pytest.approx(((wanted - counts) ** 2).mean())
    assert record.train.samples == 10
    assert record.test.samples == 5
    assert record.validation is None
    assert record.train.wall > 0
    assert len(run.course.spikes_sha256) == 64


def test_saved_after_every_epoch():
    saved = []
    run = training(FakeSession(plan(epochs=3)), save=lambda: saved.append(1))
    run.run()
    assert len(saved) == 3


@pytest.mark.parametrize("chances", range(1, 14))
def test_interrupted_anywhere_it_goes_on_as_if_nothing_had_been(chances):
    whole = FakeSession(plan(epochs=3))
    complete = training(whole, validate=True)
    complete.run()

    asked = iter(range(100))
    session = FakeSession(plan(epochs=3))
    saved = []
    first = training(
        session,
        validate=True,
        stop=lambda: next(asked) == chances,
        save=lambda: saved.append((session.state(), first.course.to_json())),
    )
    assert not first.run()
    state, course = saved[-1]
    second_session = FakeSession(plan(epochs=3))
    second_session.load(state)
    course = Course.from_json(course)
    course.tally.activity = first.course.tally.activity
    second = training(second_session, course, validate=True)
    assert second.run()

    assert session.learned + second_session.learned == whole.learned
    for name, weight in whole.state().weights.items():
        assert np.array_equal(second_session.state().weights[name], weight)
    for ours, theirs in zip(second.course.history, complete.course.history, strict=True):
        for part in ("train", "test", "validation"):
            assert _timeless(getattr(ours, part)) == _timeless(getattr(theirs, part))
    assert second.course.spikes_sha256 == complete.course.spikes_sha256


class FarSession(FakeSession):
    """Learns as long as it may, without coming back; its memory ends at two batches."""

    def learn_on(self, rest, step, epoch, go_on):
        size, parts = self.schedule.batch, []
        for start in range(0, min(len(rest), 2 * size), size):
            batch = replace(rest, rows=rest.rows[start : start + size])
            parts.append(self.learn(batch, BatchPlace(step + len(parts), epoch, len(batch))))
            if not go_on():
                break
        return Forward.join(parts)


@pytest.mark.parametrize("patience", [0.0, 10.0])
def test_a_session_may_learn_several_batches_at_once(patience, monkeypatch):
    monkeypatch.setattr("sfdfa_compiler.training.loop.SHOW_EVERY", patience)
    near, far = FakeSession(plan(epochs=2)), FarSession(plan(epochs=2))
    runs = [training(session) for session in (near, far)]
    assert all(run.run() for run in runs)
    assert far.learned == near.learned
    assert runs[0].watch.batches - runs[1].watch.batches == (2 if patience else 0)
    for ours, theirs in zip(*(run.course.history for run in runs), strict=True):
        assert _timeless(ours.train) == _timeless(theirs.train)
        assert _timeless(ours.test) == _timeless(theirs.test)


def test_it_too_is_stopped_behind_a_batch():
    session = FarSession(plan(epochs=2))
    run = training(session, stop=lambda: len(session.learned) == 1)
    assert not run.run()
    assert (run.course.epoch, run.course.batch, run.course.tally.samples) == (0, 1, 4)


def _timeless(summary):
    return [getattr(summary, name) for name in Summary.__slots__ if name not in ("wall", "cpu")]


def test_a_checkpoint_within_a_long_epoch(monkeypatch):
    monkeypatch.setattr("sfdfa_compiler.training.loop.SAVE_EVERY", 0.0)
    saved = []
    run = training(FakeSession(plan(epochs=1)), save=lambda: saved.append(run.course.batch))
    run.run()
    assert saved[:3] == [1, 2, 3]


def summary(accuracy):
    return Summary(
        samples=1,
        accuracy=accuracy,
        loss=1.0,
        spikes_per_sample={},
        saturated={},
        dead={},
        wall=1.0,
        cpu=2.0,
    )


def test_the_best_epoch_is_the_first_of_equals():
    course = Course(
        history=[
            EpochRecord(epoch=epoch, train=summary(0.1), test=summary(accuracy))
            for epoch, accuracy in enumerate([0.5, 0.9, 0.9, 0.3])
        ]
    )
    assert course.best("test").epoch == 1
    assert course.best("validation") is None


def test_speed_is_samples_by_time():
    assert summary(0.5).samples_per_s == 1.0
    assert summary(0.5).samples_per_cpu_s == 0.5


def test_a_tally_without_labels_has_no_accuracy():
    tally = Tally()
    session = FakeSession()
    tally.add(session.forward(next(TEST.batches(TEST.rows, 5))))
    assert tally.summary().accuracy is None
    assert tally.summary().loss is None
    assert tally.summary().samples == 5


def test_ties_go_to_the_lowest_index():
    from sfdfa_compiler.training.tally import decode

    counts = np.array([[2, 2, 1], [0, 3, 3], [0, 0, 0]], np.uint32)
    assert decode(counts).tolist() == [0, 1, 0]
