"""What a session is given by a program of one's own: refused before anything is computed."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.data import ragged
from tests.helpers import courses, nets

NET = nets.random_program(3, sizes=(6, 20, 4))
NAME = NET.graph.inputs[0].name
EVENTS = nets.random_events(3, NET, 5)
PLACE = nets.BatchPlace(0, 0, 2)


@pytest.fixture(params=["reference", "native", "cuda"])
def session(request):
    opened = courses.target(request.param)(NET.graph, NET.schedule, NET.state(), NET.seed)
    yield opened
    opened.close()


def batch(rows=(0, 1), labels=(0, 1, 2, 3, 0), **changes):
    return Batch(
        events={NAME: replace(EVENTS, **changes)},
        rows=np.array(rows, np.int64),
        labels=None if labels is None else np.array(labels),
    )


def changed(name, place, value):
    array = getattr(EVENTS, name).copy()
    array[place] = value
    return {name: array}


WRONG_EVENTS = {
    "neuron": (changed("neuron", 2, 6), ValueError, "neuron 6 is not there: 0 to 5"),
    "not a number": (changed("E", 0, np.nan), ValueError, "E is exp"),
    "too early": (changed("E", 0, 0.5), ValueError, "E is exp"),
    "order": ({"E": EVENTS.E[::-1].copy()}, ValueError, "sample [0-4] is not sorted by"),
    "format": ({"E": EVENTS.E.astype(np.float64)}, TypeError, "E is an array of float64"),
    "too few": ({"E": EVENTS.E[:-1]}, ValueError, "E has"),
    "offsets end late": (changed("offsets", -1, 20000000), ValueError, "offsets end at 20000000"),
    "offsets begin late": (changed("offsets", 0, -5), ValueError, "offsets begin with 0"),
    "epoch": ({"epoch": np.ones_like(EVENTS.neuron)}, ValueError, "epoch 1 is not there"),
}


@pytest.mark.parametrize(("changes", "kind", "text"), WRONG_EVENTS.values(), ids=WRONG_EVENTS)
def test_events_that_are_none(session, changes, kind, text):
    with pytest.raises(kind, match=f"events of `{NAME}`: .*{text}"):
        session.forward(batch(**changes))


@pytest.mark.parametrize("rows", [(-1, 0), (0, 5)])
def test_samples_that_are_not_there(session, rows):
    with pytest.raises(IndexError, match=f"rows {rows[0]} to {rows[1]} of 5 samples"):
        session.forward(batch(rows))


@pytest.mark.parametrize(
    ("labels", "kind"),
    [(None, ValueError), ([4] * 5, ValueError), ([0.5] * 5, TypeError), ([0], IndexError)],
)
def test_labels_that_name_no_neuron(session, labels, kind):
    with pytest.raises(kind, match="label"):
        session.learn(batch(labels=labels), PLACE)


def test_a_data_set_is_checked_again_when_it_is_another(session):
    session.forward(batch())
    with pytest.raises(ValueError, match="neuron"):
        session.forward(batch(**changed("neuron", 2, 6)))
    assert session.forward(batch()).counts.shape == (2, 4)


@pytest.mark.parametrize(
    ("wrong", "kind", "text"),
    [
        (lambda w: {}, ValueError, "weights of `layer0` are missing"),
        (lambda w: {**w, "layer0": w["layer0"].T}, ValueError, "have the shape"),
        (lambda w: {**w, "layer0": w["layer0"].astype(np.float64)}, TypeError, "are float64"),
        (lambda w: {**w, "layer0": w["layer0"] * np.nan}, ValueError, "not all finite"),
    ],
)
def test_states_of_another_network(session, wrong, kind, text):
    state = session.state()
    with pytest.raises(kind, match=text):
        session.load(replace(state, weights=wrong(state.weights)))
    assert session.forward(batch()).counts.shape == (2, 4)


def test_a_closed_session_says_so():
    session = courses.target("native")(NET.graph, NET.schedule, NET.state(), NET.seed)
    session.close()
    with pytest.raises(ValueError, match="closed"):
        session.forward(batch())


@pytest.mark.parametrize("piece", [1, 2, 5, 1000])
def test_the_order_is_checked_piece_by_piece(monkeypatch, piece):
    monkeypatch.setattr(ragged, "PIECE", piece)
    rng = np.random.default_rng(piece)
    offsets = ragged.offsets_of(rng.integers(0, 4, 9))
    keys = np.concatenate([np.sort(rng.integers(0, 3, n)) for n in np.diff(offsets)])
    ragged.check_order(offsets, [keys], "key")
    for row, (start, stop) in enumerate(itertools.pairwise(offsets)):
        for place in range(start, stop - 1):
            wrong = keys.copy()
            wrong[place] = wrong[place + 1] + 1
            with pytest.raises(ValueError, match=f"sample {row} is not sorted by key"):
                ragged.check_order(offsets, [wrong], "key")
