"""An epoch goes without the host: one launch a batch, nothing in between, the reference's bits."""

import sys
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch, Device
from sfdfa_compiler.codegen.optional import learn_on
from sfdfa_compiler.data import Events
from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.targets.cuda import TARGET
from sfdfa_compiler.training import Course, Samples, Training, split
from tests.cuda.kernels.fake_cupy import FakeCupy, no_machine_code
from tests.helpers import courses, nets

NET = nets.random_program(
    3, sizes=(6, 40, 33, 5), batch=4, penalty=ir.RatePenalty(strength=0.3, target=1.5)
)
SAMPLES = 30


def whole(net=NET, samples=SAMPLES, most=20):
    """A data set as one batch, in an order of its own."""
    rng = np.random.default_rng(11)
    events = nets.random_events(3, net, samples, most=most)
    labels = rng.integers(0, net.schedule.classes, samples)
    return Batch(events={"input": events}, rows=rng.permutation(samples), labels=labels)


def opened(monkeypatch, net=NET, **options):
    no_machine_code(monkeypatch)
    artifact = TARGET.emit(net.schedule, courses.ORIGIN)
    cupy = FakeCupy(artifact.files["net.cu"], **options)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    build = TARGET.build(artifact, None)
    return TARGET.open(build, net.schedule, net.state(), Device(name="cuda:0"), net.seed), cupy


def learn_epochs(session, data, epochs=2):
    """All batches of some epochs; what came out, stretch by stretch."""
    found, step = [], 0
    for epoch in range(epochs):
        rows = data.rows
        while len(rows):
            rest = replace(data, rows=rows)
            found.append(learn_on(session, rest, step, epoch, lambda: True))
            learned = len(found[-1].counts)
            step += -(-learned // session.schedule.batch)
            rows = rows[learned:]
    return found


def figures(parts):
    """The sums over all parts."""
    return (
        np.concatenate([part.counts for part in parts]).tolist(),
        {name: sum(p.activity[name].astype(int) for p in parts).tolist() for name in ("layer0",)},
        {name: sum(p.saturated[name] for p in parts) for name in parts[0].saturated},
    )


def assert_same_state(ours, theirs):
    for kind in ("weights", "feedback", "m", "v"):
        for name, array in getattr(theirs, kind).items():
            assert getattr(ours, kind)[name].tobytes() == array.tobytes(), f"{kind} of {name}"
    assert ours.step == theirs.step


@pytest.fixture(scope="module")
def reference():
    session = courses.target("reference")(NET.graph, NET.schedule, NET.state(), NET.seed)
    return figures(learn_epochs(session, whole())), session.state()


def test_an_epoch_is_one_stretch_of_launches(monkeypatch, reference):
    session, cupy = opened(monkeypatch)
    start = len(cupy.log)
    found = learn_epochs(session, whole())
    assert len(found) == 2
    assert figures(found) == reference[0]
    assert_same_state(session.state(), reference[1])
    runs = [(word, len(list(group))) for word, group in groupby(cupy.log[start:])]
    batches = -(-SAMPLES // NET.schedule.batch)
    assert [run for run in runs if run[0].startswith("sfd_")] == [("sfd_net_learn", batches)] * 2


def test_launches_of_a_batch_are_counted(monkeypatch):
    session, cupy = opened(monkeypatch)
    learn_epochs(session, whole())
    session.forward(whole())
    assert session.device.launches == session.batches == len(cupy.launches) == 2 * 8 + 1
    monkeypatch.setattr(session.network, "launch", lambda walk: count(session.device))
    with pytest.raises(RuntimeError, match="5 launches for 1 batches"):
        session.forward(whole())


def count(device):
    device.launches += 5


def test_a_forward_pass_is_read_once(monkeypatch):
    session, cupy = opened(monkeypatch, nets.random_program(3, batch=4))
    data = whole(nets.random_program(3, batch=4), 120)
    start = len(cupy.log)
    session.forward(data)
    log = cupy.log[start:]
    first = log.index("sfd_net_forward")
    assert log[first : first + 3] == ["sfd_net_forward"] * 3  # 120 samples, 50 at once
    assert "read" not in log[:first]


def test_it_stops_behind_the_batch_at_hand(monkeypatch):
    session, cupy = opened(monkeypatch)
    chances = iter([True, False])
    found = session.learn_on(whole(), 0, 0, lambda: next(chances))
    assert len(found.counts) == 8
    assert len(cupy.launches) == session.state().step == 2


def test_a_larger_data_set_comes_in_pieces(monkeypatch, reference):
    session, cupy = opened(monkeypatch)
    cupy.memory = cupy.used + 2600
    found = learn_epochs(session, whole())
    assert len(found) > 2
    assert [len(part.counts) % NET.schedule.batch for part in found].count(SAMPLES % 4) == 2
    assert figures(found) == reference[0]
    assert_same_state(session.state(), reference[1])
    assert cupy.most_used <= cupy.memory
    (notice,) = session.notices
    text = render([notice])
    assert "SNN589" in text
    assert "pieces" in text


def test_no_room_for_a_single_batch_is_said_before_it_is_copied(monkeypatch):
    session, cupy = opened(monkeypatch)
    cupy.memory = cupy.used + 2000
    start = len(cupy.log)
    with pytest.raises(UserError) as caught:
        learn_epochs(session, whole(most=3000))
    text = render(caught.value.diagnostics)
    assert "SNN586" in text
    assert "events of 4 samples" in text
    assert cupy.log[start:] == []


def test_both_sets_stay_if_there_is_room(monkeypatch):
    session, cupy = opened(monkeypatch)
    train, test = whole(), Batch(events={"input": nets.random_events(4, NET, 5)}, rows=np.arange(5))
    for data in (train, test):
        session.forward(data)
    start = len(cupy.log)
    for data in (train, test):
        session.forward(data)
    assert "allocate" not in cupy.log[start:]
    assert isinstance(train.events["input"], Events)


def training(session, course=None, stop=lambda: False):
    data = whole()
    return Training(
        session=session,
        readout=NET.graph.readout,
        sets=split(Samples(events=data.events, labels=data.labels), None, 7, validate=False),
        seed=7,
        course=course or Course(),
        save=lambda: None,
        stop=stop,
    )


def summaries(run):
    """The figures of each epoch that do not depend on time."""
    return [replace(record.train, wall=0.0, cpu=0.0) for record in run.course.history]


@pytest.mark.parametrize("launches", [1, 3, 8, 11])
def test_an_interrupted_training_goes_on_to_the_same_bits(monkeypatch, launches):
    complete, _ = opened(monkeypatch)
    once = training(complete)
    assert once.run()
    session, _ = opened(monkeypatch)
    first = training(session, stop=lambda: session.device.launches >= launches)
    assert not first.run()
    assert session.state().step == launches
    resumed, _ = opened(monkeypatch)
    resumed.load(session.state())
    course = Course.from_json(first.course.to_json())
    course.tally.activity = first.course.tally.activity
    second = training(resumed, course)
    assert second.run()
    assert_same_state(resumed.state(), complete.state())
    assert summaries(second) == summaries(once)
