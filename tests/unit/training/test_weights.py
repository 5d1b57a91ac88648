"""Weights in files: keys, shapes, numbers; digests by their definition."""

import hashlib

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.data.archive import npz, read_npz
from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.training import SpikeDigest
from sfdfa_compiler.training.weights import (
    digest,
    from_files,
    load_weights,
    read_values,
    weight_arrays,
)
from tests.helpers.fake import FakeSession, plan, samples, start

PLAN = plan()


def stored(tmp_path, **changes):
    arrays = weight_arrays(PLAN, start()) | {k.replace("__", "/"): v for k, v in changes.items()}
    path = tmp_path / "w.npz"
    path.write_bytes(npz({name: array for name, array in arrays.items() if array is not None}))
    return path


def codes(path):
    with pytest.raises(UserError) as caught:
        load_weights(path, PLAN, start())
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_names_and_order():
    keys = list(weight_arrays(PLAN, start()))
    assert keys == ["hidden/weight", "output/weight", "hidden/feedback"]


def test_the_digest_is_that_of_all_bytes_in_order():
    state = start()
    expected = hashlib.sha256(
        b"".join(a.astype("<f4").tobytes() for a in weight_arrays(PLAN, state).values())
    )
    assert digest(weight_arrays(PLAN, state)) == expected.hexdigest()
    swapped = {k: a.astype(">f4") for k, a in weight_arrays(PLAN, state).items()}
    assert digest(swapped) == expected.hexdigest()


def test_saved_and_loaded(tmp_path):
    other = start()
    other.weights["hidden"] += 1
    path = tmp_path / "w.npz"
    path.write_bytes(npz(weight_arrays(PLAN, other)))
    loaded = load_weights(path, PLAN, start())
    assert np.array_equal(loaded.weights["hidden"], other.weights["hidden"])
    assert loaded.weights["hidden"].dtype == np.float32


def test_feedback_may_be_missing(tmp_path):
    loaded = load_weights(stored(tmp_path, hidden__feedback=None), PLAN, start())
    assert np.array_equal(loaded.feedback["hidden"], start().feedback["hidden"])


def test_whole_numbers_that_fit_are_taken(tmp_path):
    ones = np.ones((2, 4), np.int16)
    loaded = load_weights(stored(tmp_path, hidden__weight=ones), PLAN, start())
    assert np.array_equal(loaded.weights["hidden"], ones)
    assert loaded.weights["hidden"].dtype == np.float32


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hidden__weight": None}, ["SNN527"]),
        ({"hidden__weight": np.zeros((4, 2), np.float32)}, ["SNN528"]),
        ({"hidden__weight": np.zeros((2, 4))}, ["SNN529"]),
        ({"hidden__weight": np.full((2, 4), np.inf, np.float32)}, ["SNN529"]),
        ({"hidden__weight": np.full((2, 4), "x")}, ["SNN529"]),
        ({"hiden__weight": np.zeros((2, 4), np.float32)}, ["SNN529"]),
        ({"hidden__weight": None, "output__weight": np.zeros(3, np.float32)}, ["SNN527", "SNN528"]),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path, changes, expected):
    assert sorted(codes(stored(tmp_path, **changes))) == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it does not begin like a `.npz` file"),
        (b"PK", "it does not begin like a `.npz` file"),
        (b"network five {", "it does not begin like a `.npz` file"),
        (b"\x93NUMPY", "it is a single array (`.npy`), not an archive of arrays"),
        (b"PK\x03\x04 and then nothing", "it is damaged"),
    ],
)
def test_what_is_no_archive(tmp_path, content, why):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_weights(path, PLAN, start())
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == (
        "SNN526",
        f"no weights can be read from this file: {why}",
    )


def test_a_folder_and_a_name_that_cannot_be(tmp_path):
    assert codes(tmp_path) == ["SNN526"]
    assert codes(tmp_path / ("x" * 300)) == ["SNN526"]


def test_objects_are_never_loaded(tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, **{"hidden/weight": np.array([{}], dtype=object)})
    assert codes(path) == ["SNN526"]
    with pytest.raises(ValueError, match="objects of Python"):
        read_npz(path.read_bytes())


def test_npz_has_the_same_bytes_every_time():
    assert npz(weight_arrays(PLAN, start())) == npz(weight_arrays(PLAN, start()))


# ---------------------------------------------------------------- files named in the program


def graph_with(value):
    populations = [
        ir.Input(name="input", shape=(2,), encoder=ir.Recorded()),
        *(
            ir.LifLayer(
                name=name,
                shape=(size,),
                tau_mem=0.26,
                tau_syn=0.13,
                threshold=1.0,
                max_spikes=30,
                index=index,
            )
            for index, (name, size) in enumerate((("hidden", 4), ("output", 3)))
        ),
    ]
    projections = [
        ir.Projection(source="input", target="hidden", weight=value),
        ir.Projection(source="hidden", target="output", weight=ir.Constant(1.0)),
    ]
    return ir.Graph(name="net", window=0.2, nx=ir.digraph(populations, projections))


def test_values_of_files_are_read_beside_the_program(tmp_path):
    value = ir.FromFile("w.npz", "mine")
    np.savez(tmp_path / "w.npz", mine=np.ones((2, 4), np.float32))
    graph = graph_with(value)
    assert [(v, shape) for _, v, shape in from_files(graph)] == [(value, (2, 4))]
    assert read_values(graph, PLAN, tmp_path)[value].sum() == 8


@pytest.mark.parametrize(
    ("key", "array", "code"),
    [
        ("other", np.ones((2, 4), np.float32), "SNN527"),
        ("mine", np.ones((4, 2), np.float32), "SNN528"),
        ("mine", np.full((2, 4), np.nan, np.float32), "SNN529"),
    ],
)
def test_values_of_files_that_cannot_be_used(tmp_path, key, array, code):
    np.savez(tmp_path / "w.npz", **{key: array})
    with pytest.raises(UserError, match=code):
        read_values(graph_with(ir.FromFile("w.npz", "mine")), PLAN, tmp_path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="SNN526"):
        read_values(graph_with(ir.FromFile("nowhere.npz", "mine")), PLAN, tmp_path)


# ---------------------------------------------------------------- spikes


def test_the_digest_of_spikes_does_not_depend_on_batches():
    session, some = FakeSession(), samples(9)
    digests = set()
    for size in (1, 4, 9):
        spikes = SpikeDigest()
        for batch in some.batches(some.rows, size):
            spikes.add(session.forward(batch, record=True).spikes["output"])
        digests.add(spikes.hexdigest())
    assert len(digests) == 1


def test_the_digest_of_spikes_by_its_definition():
    session, some = FakeSession(), samples(5)
    batch = next(some.batches(some.rows, 5))
    events = session.forward(batch, record=True).spikes["output"]
    content = b""
    for sample in range(5):
        one = events.take(np.array([sample]))
        content += np.uint32(len(one.E)).astype("<u4").tobytes()
        for E, neuron in zip(one.E, one.neuron, strict=True):
            content += E.astype("<f4").tobytes() + neuron.astype("<u4").tobytes()
    spikes = SpikeDigest()
    spikes.add(events)
    assert spikes.hexdigest() == hashlib.sha256(content).hexdigest()
