"""Every page of a data code shows a message; here the message is provoked and must be the same."""

import re

import numpy as np
import pytest

from sfdfa_compiler import data, explain, ir
from sfdfa_compiler.diagnostics import Source, Span, UserError, render

PROGRAM = Source(
    "mnist.snn",
    """network mnist {
    input image[28, 28] {
        encode ttfs(window = 100 ms)
    }
}
""",
)
CODES = [code for code in explain.codes() if "SNN500" <= code <= "SNN519"]

CASES = {}


def case(function):
    CASES[f"SNN{function.__name__.rpartition('_')[2]}"] = function
    return function


def span(text):
    start = PROGRAM.text.index(text)
    return Span(PROGRAM, start, start + len(text))


def image():
    """The input of the program above."""
    spans = {"name": span("image"), "encode": span("ttfs")}
    return ir.Input(name="image", shape=(28, 28), encoder=ir.Ttfs(0.1), spans=spans)


def spoil(path, change):
    path.write_bytes(change(path.read_bytes()))


@case
def name_misspelt_500(**_):
    data.load("mnits")


@case
def folder_with_a_missing_file_501(digits, **_):
    (digits / "t10k-labels-idx1-ubyte.gz").unlink()
    data.load("digits")


@case
def folder_in_place_of_a_file_502(digits, **_):
    (digits / "train-images-idx3-ubyte").unlink()
    (digits / "train-images-idx3-ubyte").mkdir()
    data.load("digits")


@case
def cut_short_503(digits, **_):
    spoil(digits / "train-labels-idx1-ubyte.gz", lambda content: content[:-4])
    data.load("digits")


@case
def swapped_504(digits, **_):
    images, labels = digits / "t10k-images-idx3-ubyte", digits / "t10k-labels-idx1-ubyte.gz"
    images.rename("spare")
    labels.rename(images)
    (digits.parent / "spare").rename(labels)
    data.load("digits")


@case
def truncated_505(digits, **_):
    spoil(digits / "train-images-idx3-ubyte", lambda content: content[:-5])
    data.load("digits")


@case
def other_labels_506(digits, **_):
    test, train = (digits / f"{part}-labels-idx1-ubyte.gz" for part in ("t10k", "train"))
    train.write_bytes(test.read_bytes())
    data.load("digits")


@case
def no_hdf5_507(folder, **_):
    (folder / "digits.h5").write_text("<html>404</html>")
    data.load("digits.h5")


@case
def key_missing_508(speech, **_):
    speech("digits.h5", [[0.1], [0.2]], [[3], [4]], leave_out=["spikes/units"])
    data.load("digits.h5")


@case
def unsorted_509(speech, **_):
    speech("digits.h5", [[0.125], [0.5, 0.25, 0.125]], [[3], [4, 5, 6]])
    data.load("digits.h5")


@case
def pixels_to_255_510(**_):
    np.savez("digits.npz", images=np.array([[0, 0.5], [1, 255.0]]), labels=[0, 1])
    data.load("digits.npz")


@case
def too_many_classes_511(digits, **_):
    data.labels_of(data.load("digits").train, classes=2)


@case
def empty_512(**_):
    np.savez("digits.npz", images=np.zeros((0, 784), np.uint8))
    data.load("digits.npz")


@case
def wrong_size_513(digits, **_):
    data.check_input(data.load("digits").train, image())


@case
def spikes_for_images_514(speech, **_):
    speech("digits.h5", [[0.1], [0.2]], [[3], [4]])
    data.check_input(data.load("digits.h5").train, image())


@case
def no_labels_515(**_):
    np.savez("digits.npz", images=np.ones((3, 784), np.uint8))
    data.labels_of(data.load("digits.npz").train, classes=10)


@case
def unknown_download_516(**_):
    data.get("minst")


@case
def not_on_the_mirror_517(server, **_):
    data.get("mnist")


@case
def something_else_518(server, **_):
    server.files["/mnist/train-images-idx3-ubyte.gz"] = b"<html>please log in</html>"
    data.get("mnist")


@case
def cache_is_a_file_519(folder, **_):
    (folder / "cache").write_text("")
    data.get("mnist")


def test_there_is_a_case_for_every_page():
    assert sorted(CASES) == CODES == [f"SNN{number}" for number in range(500, 520)]


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_page_shows_the_message(code, folder, digits, speech, server):
    with pytest.raises(UserError) as caught:
        CASES[code](folder=folder, digits=digits, speech=speech, server=server)
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {code}
    shown = render(caught.value.diagnostics).replace(f"{folder}/cache", "~/.cache")
    shown = shown.replace(server.url, "https://mirror.example")
    blocks = re.findall(r"^```text\n(.*?)^```", explain.page(code), re.MULTILINE | re.DOTALL)
    assert blocks == [shown]
