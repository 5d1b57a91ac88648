"""Make the files beside this one from the whole MNIST: `make_sample.py MNIST-FOLDER`.

Of each class the first 200 training and the first 50 test images, in the order of their files.
The same input gives the same bytes, up to the version of zlib.
"""

from __future__ import annotations

import gzip
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.load import load
from sfdfa_compiler.data.model import Images, Split

PER_CLASS = {"train": 200, "t10k": 50}
SIDE = 28


def first_of_each_class(split: Split, count: int) -> Images:
    """The first `count` images of every class, in the order of the file."""
    if not isinstance(split, Images) or split.labels is None:
        raise SystemExit("MNIST has images and labels")
    classes = range(int(split.labels.max()) + 1)
    chosen = [np.flatnonzero(split.labels == digit)[:count] for digit in classes]
    return split.take(np.sort(np.concatenate(chosen)))


def write_idx(path: Path, array: NDArray[Any]) -> None:
    """Bytes as gzip IDX, without a time stamp."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    content = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def main(mnist: str, folder: Path) -> None:
    """Write the four files into `folder`."""
    whole = load(mnist)
    for part, split in (("train", whole.train), ("t10k", whole.test)):
        images = first_of_each_class(split, PER_CLASS[part])
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images.pixels.reshape(-1, SIDE, SIDE))
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", np.asarray(images.labels))


if __name__ == "__main__":
    main(sys.argv[1], Path(__file__).parent)
