"""HDF5 and .npz files with something wrong inside: a code, the key and the sample."""

import gzip
import io
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfdfa_compiler.data import load
from sfdfa_compiler.data.npz import read_splits
from sfdfa_compiler.diagnostics import UserError

TIMES, UNITS = [[0.1], [0.2, 0.3]], [[3], [4, 699]]


def refused(path="x.h5"):
    """Code and place of the only diagnostic."""
    with pytest.raises(UserError) as caught:
        load(str(path))
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.primary.source.name


# ---------------------------------------------------------------- HDF5


def test_the_good_file_is_good(speech):
    speech("x.h5", TIMES, UNITS)
    dataset = load("x.h5")
    assert dataset.single
    assert dataset.train.width == 700
    assert dataset.train.labels.tolist() == [0, 1]
    assert dataset.train.offsets.tolist() == [0, 1, 3]


@pytest.mark.parametrize("key", ["spikes/times", "spikes/units"])
def test_a_missing_key(speech, key):
    speech("x.h5", TIMES, UNITS, leave_out=[key])
    with pytest.raises(UserError) as caught:
        load("x.h5")
    assert f"`{key}` is missing" in str(caught.value)


def test_a_file_that_was_cut_short(speech):
    path = speech(Path("x.h5"), TIMES, UNITS)
    whole = path.read_bytes()
    for length in (8, 100, 1000, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert refused() == ("SNN507", "x.h5")
        with pytest.raises(UserError, match=r"HDF5 file: it is damaged or was cut short$"):
            load("x.h5")


def test_a_header_that_announces_more_than_there_is():
    with h5py.File("x.h5", "w") as file:
        for key, kind in (("spikes/times", np.float16), ("spikes/units", np.uint16)):
            file.create_dataset(key, (10**12,), h5py.vlen_dtype(kind), chunks=(1000,))
    assert refused() == ("SNN507", "x.h5")


def test_a_group_where_an_array_should_be():
    with h5py.File("x.h5", "w") as file:
        file.create_group("spikes/times/0")
    assert refused() == ("SNN508", "x.h5")


def test_arrays_of_fixed_length():
    with h5py.File("x.h5", "w") as file:
        file["spikes/times"] = np.zeros((2, 3))
        file["spikes/units"] = np.zeros((2, 3), np.uint16)
    assert refused() == ("SNN508", "x.h5")


def test_texts_in_place_of_times():
    with h5py.File("x.h5", "w") as file:
        file["spikes/times"] = np.array(["a", "b"], h5py.string_dtype())
        file["spikes/units"] = np.array(["a", "b"], h5py.string_dtype())
    assert refused() == ("SNN508", "x.h5")


def test_no_samples(speech):
    speech("x.h5", [], [], labels=[])
    assert refused() == ("SNN512", "x.h5, spikes/times")


def test_times_and_units_of_different_length(speech):
    speech("x.h5", TIMES, [[3], [4]])
    assert refused() == ("SNN506", "x.h5, spikes/times, sample 1")


def test_different_numbers_of_samples(speech):
    speech("x.h5", TIMES, [[3]])
    assert refused() == ("SNN506", "x.h5")


@pytest.mark.parametrize(
    ("times", "spike"),
    [
        ([[0.1], [0.3, 0.2]], "sample 1, spike 1"),
        ([[0.1], [-0.1, 0.2]], "sample 1, spike 0"),
        ([[0.1], [0.1, np.nan]], "sample 1, spike 1"),
        ([[np.inf], [0.1, 0.2]], "sample 0, spike 0"),
    ],
)
def test_times_that_are_none(speech, times, spike):
    speech("x.h5", times, UNITS)
    assert refused() == ("SNN509", f"x.h5, spikes/times, {spike}")


def test_a_sample_may_begin_earlier_than_the_one_before_it_ends(speech):
    speech("x.h5", [[0.5], [], [0.1, 0.1]], [[0], [], [1, 0]], labels=[0, 0, 0])
    assert load("x.h5").train.times.tolist() == np.float16([0.5, 0.1, 0.1]).tolist()


def test_too_few_labels(speech):
    speech("x.h5", TIMES, UNITS, labels=[0])
    assert refused() == ("SNN508", "x.h5")


def test_a_negative_label(speech):
    speech("x.h5", TIMES, UNITS, labels=[0, -1])
    assert refused() == ("SNN511", "x.h5, labels, sample 1")


def test_a_label_beyond_the_names_of_the_classes(speech):
    speech("x.h5", TIMES, UNITS, labels=[0, 2], keys=["no", "yes"])
    assert refused() == ("SNN511", "x.h5, label of sample 1")


def test_a_folder_with_one_half_of_a_pair(speech, folder):
    (folder / "d").mkdir()
    speech("d/x_train.h5", TIMES, UNITS)
    assert refused("d") == ("SNN501", "d")
    speech("d/x_test.h5", TIMES, UNITS)
    assert not load("d").single
    speech("d/y_test.h5", TIMES, UNITS)
    assert refused("d") == ("SNN501", "d")


def test_a_compressed_file_that_was_cut_short(speech, folder):
    content = speech(folder / "x.h5", TIMES, UNITS).read_bytes()
    (folder / "x.h5.gz").write_bytes(gzip.compress(content))
    assert load("x.h5.gz").name == "x"
    (folder / "x.h5.gz").write_bytes(gzip.compress(content)[:-100])
    assert refused("x.h5.gz") == ("SNN503", "x.h5.gz")


# ---------------------------------------------------------------- npz

IMAGES = {"images": np.zeros((3, 4), np.uint8), "labels": np.array([0, 1, 2])}
SPIKES = {
    "times": np.array([0.1, 0.2, 0.1]),
    "units": np.array([1, 0, 1]),
    "offsets": np.array([0, 2, 3]),
    "labels": np.array([0, 1]),
}


@pytest.mark.parametrize(
    ("good", "changes", "code", "where"),
    [
        (IMAGES, {"images": None}, "SNN508", "x.npz"),
        (IMAGES, {"images": np.zeros(3, np.uint8)}, "SNN508", "x.npz"),
        (IMAGES, {"images": np.float32(1)}, "SNN508", "x.npz"),
        (IMAGES, {"images": np.zeros((3, 0), np.uint8)}, "SNN508", "x.npz"),
        (IMAGES, {"images": np.zeros((0, 4), np.uint8), "labels": None}, "SNN512", "x.npz, images"),
        (IMAGES, {"images": np.zeros((3, 4), np.int64)}, "SNN510", "x.npz, images"),
        (IMAGES, {"images": np.eye(3) * np.nan}, "SNN510", "x.npz, images, sample 0, pixel 0"),
        (IMAGES, {"images": np.eye(3) - 0.5}, "SNN510", "x.npz, images, sample 0, pixel 1"),
        (IMAGES, {"labels": np.array([0, 1])}, "SNN508", "x.npz"),
        (IMAGES, {"labels": np.array([0.0, 1, 2])}, "SNN508", "x.npz"),
        (IMAGES, {"labels": np.array([0, 1, -2])}, "SNN511", "x.npz, labels, sample 2"),
        (IMAGES, {"train_images": np.zeros((3, 4), np.uint8)}, "SNN508", "x.npz"),
        (SPIKES, {"offsets": None}, "SNN508", "x.npz"),
        (SPIKES, {"units": None}, "SNN508", "x.npz"),
        (SPIKES, {"units": np.array([1, 0])}, "SNN508", "x.npz"),
        (SPIKES, {"units": np.array([1.0, 0, 1])}, "SNN508", "x.npz"),
        (SPIKES, {"times": np.array([1, 2, 1])}, "SNN508", "x.npz"),
        (SPIKES, {"times": np.zeros((3, 1))}, "SNN508", "x.npz"),
        (SPIKES, {"offsets": np.array([0, 2, 4])}, "SNN508", "x.npz"),
        (SPIKES, {"offsets": np.array([0, 4, 3])}, "SNN508", "x.npz"),
        (SPIKES, {"offsets": np.array([1, 3, 3])}, "SNN508", "x.npz"),
        (SPIKES, {"offsets": np.array([0.0, 2, 3])}, "SNN508", "x.npz"),
        (SPIKES, {"offsets": np.array([], int)}, "SNN508", "x.npz"),
        (SPIKES, {"units": np.array([1, -1, 1])}, "SNN509", "x.npz, units, sample 0, spike 1"),
        (SPIKES, {"units": np.array([1, 0, 2**32])}, "SNN509", "x.npz, units, sample 1, spike 0"),
        (SPIKES, {"times": np.array([0.2, 0.1, 0.1])}, "SNN509", "x.npz, times, sample 0, spike 1"),
        ({}, {"times": np.zeros(0), "units": np.zeros(0, int), "offsets": np.zeros(1, int)},
         "SNN512", "x.npz, times"),
    ],
)  # fmt: skip
def test_a_bad_array_is_refused_with_its_place(good, changes, code, where):
    arrays = {key: array for key, array in {**good, **changes}.items() if array is not None}
    np.savez("x.npz", **arrays)
    assert refused("x.npz") == (code, where)


def test_objects_are_never_unpickled():
    np.savez("x.npz", images=np.array([object()], dtype=object))
    assert refused("x.npz") == ("SNN507", "x.npz")
    with pytest.raises(UserError, match=r"file: it holds objects of Python, not numbers$"):
        load("x.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", b"PK\x05\x06" + bytes(18)])
def test_no_npz_at_all(folder, content):
    (folder / "x.npz").write_bytes(content)
    assert refused("x.npz") == ("SNN507", "x.npz")


def test_mixed_kinds_of_data():
    parts = {f"train_{key}": array for key, array in IMAGES.items()}
    np.savez("x.npz", **parts, **{f"test_{key}": array for key, array in SPIKES.items()})
    assert refused("x.npz") == ("SNN506", "x.npz")


class InMemory:
    """As much of a path as the reader uses."""

    def __init__(self, content):
        self.content = content

    def read_bytes(self):
        return self.content

    def __str__(self):
        return "x.npz"


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_spoilt_npz_is_read_or_refused(changes):
    stream = io.BytesIO()
    np.savez_compressed(stream, **SPIKES)
    content = bytearray(stream.getvalue())
    for position, value in changes:
        content[position % len(content)] = value
    codes = set()
    try:
        (split,), _ = read_splits(InMemory(bytes(content)))
        assert len(split) == len(split.offsets) - 1
    except UserError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
    assert codes <= {f"SNN{number}" for number in range(507, 513)}
