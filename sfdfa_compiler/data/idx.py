"""The IDX format of MNIST: a big-endian header, then bytes.

    byte 0, 1   zero
    byte 2      type of the elements: 8 is unsigned byte, the only one read here
    byte 3      number of dimensions: 1 for labels, 2 or more for images, samples first
    byte 4 ...  the dimensions, 4 bytes each
    then        the elements, last dimension fastest

Source: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database, section "file formats".
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable
from functools import partial
from importlib.resources.abc import Traversable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.files import all_of, read
from sfdfa_compiler.data.model import DataFile, Images
from sfdfa_compiler.data.rules import (
    BAD_IDX_HEADER,
    BAD_IDX_LENGTH,
    EMPTY,
    MISMATCH,
    UNKNOWN_LAYOUT,
)
from sfdfa_compiler.diagnostics import Label, UserError, place

Part = Literal["train", "test"]
Kind = Literal["images", "labels"]
Role = tuple[Part, Kind]

PARTS: tuple[Part, ...] = ("train", "test")
ROLES: tuple[Role, ...] = tuple((part, kind) for part in PARTS for kind in ("images", "labels"))

MAGIC = b"\0\0\x08"  # elements are unsigned bytes
MOST_DIMENSIONS = 8

# train-images-idx3-ubyte.gz, also emnist-balanced-test-labels.idx1-ubyte
NAME = re.compile(
    r"(?:.*-)?(?P<part>train|t10k|test)-(?P<kind>images|labels)[-.]idx\d-ubyte(?:\.gz)?"
)


def parse(data: bytes, *, name: str, kind: Kind) -> NDArray[np.uint8]:
    """The array in an IDX file: shape (samples,) for labels, (samples, pixels) for images.

    Args:
        data: The file's content, decompressed.
        name: The file, for diagnostics.
        kind: What is expected in it.

    Raises:
        UserError: SNN504 for a wrong header, SNN505 for a wrong length, SNN512 without samples.
    """
    shape = _shape(data, name=name, kind=kind)
    header = 4 + 4 * len(shape)
    announced, present = math.prod(shape), len(data) - header
    if announced != present:
        raise BAD_IDX_LENGTH.error(
            place(f"{name}, byte {header + min(announced, present)}"),
            wrong="short" if present < announced else "long",
            announced=announced,
            present=present,
        )
    elements = np.frombuffer(data, np.uint8, offset=header)
    return elements if kind == "labels" else elements.reshape(shape[0], -1)


def _shape(data: bytes, *, name: str, kind: Kind) -> tuple[int, ...]:
    """The dimensions in the header, none of them 0."""

    def refuse(byte: int, why: str, help: str | None = None) -> UserError:
        return BAD_IDX_HEADER.error(place(f"{name}, byte {byte}"), kind=kind, why=why, help=help)

    if not data.startswith(MAGIC):
        raise refuse(0, f"it begins with {data[:3].hex(' ') or 'nothing'}, not with 00 00 08")
    dimensions = data[3] if len(data) > 3 else 0
    swapped = "are the files of images and labels swapped? Then rename them"
    if kind == "labels" and dimensions != 1:
        help = swapped if dimensions > 1 else None
        raise refuse(3, f"its number of dimensions is {dimensions}, that of labels is 1", help)
    if kind == "images" and not 2 <= dimensions <= MOST_DIMENSIONS:
        help = swapped if dimensions == 1 else None
        raise refuse(
            3, f"its number of dimensions is {dimensions}, that of images is 2 or more", help
        )
    header = 4 + 4 * dimensions
    if len(data) < header:
        raise refuse(len(data), f"it ends inside its header of {header} bytes")
    shape = struct.unpack(f">{dimensions}I", data[4:header])
    if shape[0] == 0:
        raise EMPTY.error(place(f"{name}, byte 4"))
    if 0 in shape:
        raise refuse(8, f"its images have {' x '.join(map(str, shape[1:]))} pixels")
    return shape


def find(entries: Iterable[Traversable], *, folder: str) -> dict[Role, Traversable]:
    """The IDX files among the entries of a folder, which are sorted by name.

    Of a file that is there twice, plain and compressed, the plain one is taken.

    Raises:
        UserError: SNN501 if several different files could play one part.
    """
    found: dict[Role, Traversable] = {}
    for entry in entries:
        match = NAME.fullmatch(entry.name)
        if match is None:
            continue
        part: Part = "train" if match["part"] == "train" else "test"
        kind: Kind = "images" if match["kind"] == "images" else "labels"
        known = found.setdefault((part, kind), entry)
        if known is not entry and entry.name != f"{known.name}.gz":
            why = f"{known.name} and {entry.name} could both be the {part} {kind}"
            raise UNKNOWN_LAYOUT.error(place(folder), why=why)
    return found


def read_pair(
    images: Traversable, labels: Traversable, *, origin: str
) -> tuple[Images, list[DataFile]]:
    """Images with their labels; `origin` names the two together in later diagnostics.

    Raises:
        UserError: SNN502 to SNN505, SNN512, and SNN506 if the two have different lengths.
    """
    (pixels, images_file), (classes, labels_file) = all_of(
        partial(_read, images, "images"), partial(_read, labels, "labels")
    )
    if len(pixels) != len(classes):
        raise MISMATCH.error(
            place(f"{labels}, byte 4"),
            why=f"{len(pixels):,} images, {len(classes):,} labels",
            related=[Label(place(f"{images}, byte 4"), f"{len(pixels):,} images")],
        )
    split = Images(
        pixels=pixels,
        labels=classes.astype(np.int64),
        index=np.arange(len(pixels)),
        origin=origin,
    )
    return split, [images_file, labels_file]


def _read(path: Traversable, kind: Kind) -> tuple[NDArray[np.uint8], DataFile]:
    data, file = read(path)
    return parse(data, name=str(path), kind=kind), file
