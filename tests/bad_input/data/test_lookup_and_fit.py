"""Data that are not there, and data for another network."""

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.data import check_input, labels_of, load
from sfdfa_compiler.diagnostics import Source, Span, UserError, place


def only(caught):
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


@pytest.mark.parametrize("name", ["", "mnits", "no/such/folder", "a\0b", "x" * 5000, "nothing.npz"])
def test_what_is_not_there_is_not_found(name):
    with pytest.raises(UserError) as caught:
        load(name)
    assert only(caught).code == "SNN500"
    assert only(caught).primary.source.name == "--data"


def test_where_was_looked_is_said(folder):
    with pytest.raises(UserError) as caught:
        load("mnist", environ={"SFDFAC_DATA": "/data"})
    (note,) = only(caught).notes
    assert note == f"looked for /data/mnist, {folder}/cache/sfdfac/data/mnist, mnist"
    assert only(caught).helps[0].text == "`sfdfac data get mnist` downloads it"


@pytest.mark.parametrize("name", ["digits.csv", "digits"])
def test_a_file_of_unknown_kind(folder, name):
    (folder / name).write_text("0,1,2")
    with pytest.raises(UserError) as caught:
        load(name)
    assert (only(caught).code, only(caught).primary.source.name) == ("SNN501", name)


def test_an_empty_folder(folder):
    (folder / "digits").mkdir()
    with pytest.raises(UserError) as caught:
        load("digits")
    assert (only(caught).code, only(caught).primary.source.name) == ("SNN501", "digits")


def test_a_file_that_cannot_be_read(folder, digits):
    path = digits / "train-images-idx3-ubyte"
    path.unlink()
    path.symlink_to(path)  # a circle, which even the superuser cannot read
    with pytest.raises(UserError) as caught:
        load("digits")
    assert only(caught).code == "SNN502"
    assert only(caught).primary.source.name == f"digits/{path.name}"


# ---------------------------------------------------------------- another network


def test_a_unit_beyond_the_input(speech):
    speech("x.h5", [[0.1], [0.2, 0.3]], [[3], [4, 699]])
    split = load("x.h5").train
    cochlea = ir.Input(name="cochlea", shape=(600,), encoder=ir.Recorded())
    with pytest.raises(UserError) as caught:
        check_input(split, cochlea)
    assert only(caught).code == "SNN513"
    assert only(caught).related[0].span.source.name == "x.h5, sample 1"
    assert only(caught).related[0].text == "unit 699 fires"
    check_input(split, ir.Input(name="cochlea", shape=(700,), encoder=ir.Recorded()))


def test_recorded_spikes_wanted_images_given(digits):
    image = ir.Input(name="image", shape=(6,), encoder=ir.Recorded())
    with pytest.raises(UserError) as caught:
        check_input(load("digits").train, image)
    assert only(caught).code == "SNN514"
    assert "`encode ttfs(window = 100 ms)`" in only(caught).helps[0].text


def test_the_place_of_a_label_is_that_in_its_file(digits):
    split = load("digits").train.take(np.array([3, 4, 5]))  # labels 0, 1, 2
    with pytest.raises(UserError) as caught:
        labels_of(split, classes=2, readout=place("mnist.snn"))
    assert only(caught).code == "SNN511"
    assert only(caught).primary.source.name == "digits, train set, label of sample 5"
    assert only(caught).related[0].text == "2 output neurons"
    assert labels_of(split, classes=3).tolist() == [0, 1, 2]


def test_labels_that_need_a_larger_layer_say_which(digits):
    source = Source("x.snn", "readout out spike_count")
    with pytest.raises(UserError) as caught:
        labels_of(load("digits").train, classes=1, readout=Span(source, 8, 11))
    assert only(caught).message == "label 1 is out of range: there is 1 output neuron"
    assert only(caught).helps[0].text.startswith("write `layer out[")
