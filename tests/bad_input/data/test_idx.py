"""IDX files that are not what they seem: a code and the byte, never a traceback."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfdfa_compiler.data import idx, load
from sfdfa_compiler.data.files import unpack
from sfdfa_compiler.diagnostics import UserError

GOOD = struct.pack(">HBB3I", 0, 8, 3, 2, 2, 3) + bytes(range(12))


def only(caught):
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.primary.source.name


@pytest.mark.parametrize(
    ("content", "kind", "code", "where"),
    [
        (b"", "images", "SNN504", "x, byte 0"),
        (b"\0\0\x08", "images", "SNN504", "x, byte 3"),
        (b"<html>", "images", "SNN504", "x, byte 0"),
        (struct.pack(">HBB2I", 0, 13, 2, 1, 1) + bytes(4), "images", "SNN504", "x, byte 0"),
        (struct.pack(">HBBI", 0, 8, 1, 2) + bytes(2), "images", "SNN504", "x, byte 3"),
        (struct.pack(">HBBI", 0, 8, 0, 2), "images", "SNN504", "x, byte 3"),
        (struct.pack(">HBB", 0, 8, 255) + bytes(2000), "images", "SNN504", "x, byte 3"),
        (GOOD, "labels", "SNN504", "x, byte 3"),
        (GOOD[:10], "images", "SNN504", "x, byte 10"),
        (struct.pack(">HBB2I", 0, 8, 2, 3, 0), "images", "SNN504", "x, byte 8"),
        (GOOD[:-1], "images", "SNN505", "x, byte 27"),
        (GOOD + b"!", "images", "SNN505", "x, byte 28"),
        (struct.pack(">HBB4I", 0, 8, 4, *4 * [2**32 - 1]), "images", "SNN505", "x, byte 20"),
        (struct.pack(">HBB3I", 0, 8, 3, 0, 28, 28), "images", "SNN512", "x, byte 4"),
        (struct.pack(">HBBI", 0, 8, 1, 0), "labels", "SNN512", "x, byte 4"),
    ],
)
def test_a_bad_file_is_refused_with_its_byte(content, kind, code, where):
    with pytest.raises(UserError) as caught:
        idx.parse(content, name="x", kind=kind)
    assert only(caught) == (code, where)


@given(st.binary(max_size=64), st.sampled_from(["images", "labels"]))
def test_random_bytes_are_parsed_or_refused(content, kind):
    refuse_or_agree(content, kind)


@given(st.lists(st.tuples(st.integers(0, 27), st.integers(0, 255)), max_size=4), st.integers(0, 30))
def test_a_spoilt_file_is_parsed_or_refused(changes, length):
    content = bytearray(GOOD)
    for position, value in changes:
        content[position] = value
    refuse_or_agree(bytes(content[:length]), "images")


def refuse_or_agree(content, kind):
    codes = set()
    try:
        array = idx.parse(content, name="x", kind=kind)
        assert array.tobytes() == content[4 + 4 * content[3] :]
    except UserError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
    assert codes <= {"SNN504", "SNN505", "SNN512"}


def test_swapped_files_are_named_as_such(digits):
    images, labels = digits / "train-images-idx3-ubyte", digits / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(images.read_bytes())
    with pytest.raises(UserError) as caught:
        load("digits")
    assert only(caught) == ("SNN504", f"digits/{labels.name}, byte 3")
    assert "swapped" in caught.value.diagnostics[0].helps[0].text


def test_everything_wrong_in_a_folder_is_told_at_once(digits):
    for path in digits.iterdir():
        path.write_bytes(b"\0\0\x08")
    with pytest.raises(UserError) as caught:
        load("digits")
    assert len(caught.value.diagnostics) == 4


@pytest.mark.parametrize("change", [lambda gz: gz[:9], lambda gz: gz[:-8] + bytes(8)])
def test_damaged_compression(digits, change):
    path = digits / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(UserError) as caught:
        load("digits")
    assert only(caught) == ("SNN503", f"digits/{path.name}")


@given(st.integers(0, 60), st.integers(0, 255))
def test_one_changed_byte_of_a_compressed_file(position, value):
    raw = bytearray(gzip.compress(GOOD, mtime=0))
    raw[position % len(raw)] = value
    try:
        content = unpack(bytes(raw), name="x")
    except UserError as error:
        content, codes = None, [diagnostic.code for diagnostic in error.diagnostics]
    assert codes == ["SNN503"] if content is None else content in (GOOD, bytes(raw))


def test_training_and_test_images_of_different_size(digits):
    pixels = struct.pack(">HBB3I", 0, 8, 3, 4, 2, 2) + bytes(16)
    (digits / "t10k-images-idx3-ubyte").write_bytes(pixels)
    with pytest.raises(UserError) as caught:
        load("digits")
    assert only(caught) == ("SNN506", "digits, test set")


def test_two_files_for_one_part(digits):
    (digits / "emnist-letters-train-images-idx3-ubyte").write_bytes(GOOD)
    with pytest.raises(UserError) as caught:
        load("digits")
    assert only(caught) == ("SNN501", "digits")
    assert "emnist-letters-train-images" in caught.value.diagnostics[0].message


def test_the_good_files_are_good(digits):
    dataset = load("digits")
    assert (len(dataset.train), len(dataset.test), dataset.classes) == (6, 4, 3)
    assert np.array_equal(dataset.train.pixels[1], np.arange(6, 12))
