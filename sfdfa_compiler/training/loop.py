"""The epoch loop: the same for every target, and for a training that was interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Batch, Forward, Session
from sfdfa_compiler.codegen.optional import learn_on
from sfdfa_compiler.ir import Readout
from sfdfa_compiler.training.course import Course, EpochRecord
from sfdfa_compiler.training.evaluate import evaluate
from sfdfa_compiler.training.samples import Rows, Samples, SpikeDigest
from sfdfa_compiler.training.tally import Summary, Tally

SHARE_HELD_OUT = 0.1  # of the training set, for validation
SAVE_EVERY = 60.0  # a checkpoint within long epochs [s]
SHOW_EVERY = 10.0  # how long a session may learn on without telling how far it is [s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """What a training reads. Rows are positions in `train`."""

    train: Samples
    learned: Rows
    held_out: Rows
    test: Samples | None = None


def held_out_of(samples: int) -> int:
    """How many of so many samples are held out for validation."""
    return int(samples * SHARE_HELD_OUT)


def split(train: Samples, test: Samples | None, seed: int, *, validate: bool) -> Sets:
    """Hold samples out for validation, or none (Philox purpose 6)."""
    rows = train.rows
    held_out = draw.held_out(seed, rows, SHARE_HELD_OUT) if validate else rows[:0]
    return Sets(train=train, learned=np.setdiff1d(rows, held_out), held_out=held_out, test=test)


class Watch(Protocol):
    """Someone who wants to see a training go on."""

    def pass_begins(self, name: str, samples: int, epoch: int, epochs: int) -> None:
        """A pass over so many samples: "learn", "test" or "validation"; epochs 0: the only one."""
        ...

    def batch_done(self, tally: Tally) -> None:
        """One more batch of that pass, or several."""
        ...

    def epoch_done(self, record: EpochRecord) -> None:
        """An epoch with its figures."""
        ...


class NoWatch:
    """Nobody is watching."""

    def pass_begins(self, name: str, samples: int, epoch: int, epochs: int) -> None:
        """Ignore it."""

    def batch_done(self, tally: Tally) -> None:
        """Ignore it."""

    def epoch_done(self, record: EpochRecord) -> None:
        """Ignore it."""


@dataclass(slots=True, kw_only=True)
class Training:
    """Brings `course` and the session's state from where they stand to the end."""

    session: Session
    readout: Readout
    sets: Sets
    seed: int
    course: Course
    save: Callable[[], None]  # stores state and course
    stop: Callable[[], bool]  # whether to end at the next chance
    watch: Watch = field(default_factory=NoWatch)
    _saved: float = field(default_factory=time.perf_counter)

    def run(self) -> bool:
        """Train to the last epoch; False if stopped before, with everything saved."""
        try:
            while self.course.epoch < self._epochs:
                self._learn_epoch()
                self._end_epoch()
        except _StoppedError:
            return False
        return True

    @property
    def _epochs(self) -> int:
        return self.session.schedule.epochs

    def _learn_epoch(self) -> None:
        """The batches of the epoch that are not learned yet."""
        course, size = self.course, self.session.schedule.batch
        order = draw.epoch_order(self.seed, self.sets.learned, course.epoch)
        before = course.epoch * -(-len(order) // size)  # batches of the epochs before
        self.watch.pass_begins("learn", len(order), course.epoch, self._epochs)
        train, labels = self.sets.train, _labels(self.sets.train)
        while len(rows := order[course.batch * size :]):
            rest = Batch(events=train.events, rows=rows, labels=labels)
            until = time.perf_counter() + SHOW_EVERY
            with course.tally.watch.running():
                forward = learn_on(
                    self.session, rest, before + course.batch, course.epoch, self._go_on(until)
                )
            learned = len(forward.counts)
            course.tally.add(forward, labels[rows[:learned]], self.readout)
            course.batch += -(-learned // size)
            self.watch.batch_done(course.tally)
            self._save_if_due()

    def _go_on(self, until: float) -> Callable[[], bool]:
        return lambda: time.perf_counter() < until and not self.stop()

    def _end_epoch(self) -> None:
        """Judge the new weights and open the next epoch."""
        course, sets = self.course, self.sets
        digest = SpikeDigest()
        test = validation = None
        if sets.test is not None:
            last = course.epoch + 1 == self._epochs
            record = self._output_spikes(digest) if last else None
            test = self._judge("test", sets.test, sets.test.rows, record)
            course.spikes_sha256 = digest.hexdigest() if last else None
        if len(sets.held_out):
            validation = self._judge("validation", sets.train, sets.held_out)
        record_ = EpochRecord(
            epoch=course.epoch, train=course.tally.summary(), test=test, validation=validation
        )
        course.history.append(record_)
        course.epoch, course.batch, course.tally = course.epoch + 1, 0, Tally()
        self.watch.epoch_done(record_)
        self._save()

    def _judge(
        self,
        name: str,
        samples: Samples,
        rows: Rows,
        record: Callable[[Forward], None] | None = None,
    ) -> Summary:
        def after_batch(tally: Tally) -> None:
            self.watch.batch_done(tally)
            self._save_if_due()

        self.watch.pass_begins(name, len(rows), self.course.epoch, self._epochs)
        tally = evaluate(
            self.session, samples, rows, self.readout, record=record, after_batch=after_batch
        )
        return tally.summary()

    def _output_spikes(self, digest: SpikeDigest) -> Callable[[Forward], None]:
        return lambda forward: digest.add(forward.spikes[self.readout.layer])

    def _save_if_due(self) -> None:
        """Between two batches: time for a checkpoint, or for an end."""
        if self.stop():
            self._save()
            raise _StoppedError
        if time.perf_counter() - self._saved > SAVE_EVERY:
            self._save()

    def _save(self) -> None:
        self.save()
        self._saved = time.perf_counter()


class _StoppedError(Exception):
    """The way out of the loops."""


def _labels(samples: Samples) -> Rows:
    if samples.labels is None:
        raise ValueError("learning needs labels")
    return samples.labels
