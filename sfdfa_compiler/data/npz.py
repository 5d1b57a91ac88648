"""Data sets in NumPy's `.npz`: images, or recorded spikes with offsets.

    images   (samples, pixels) or more dimensions: uint8, or floating point from 0 to 1
    labels   (samples,) whole numbers; may be missing
or
    times    (spikes,) floating point, seconds, ascending within a sample
    units    (spikes,) whole numbers
    offsets  (samples + 1,) whole numbers: sample s has the spikes offsets[s] to offsets[s + 1]
    labels   as above

A training and a test set have `train_` and `test_` in front of each name; without these the file
holds a single set.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.resources.abc import Traversable

import numpy as np

from sfdfa_compiler.data.archive import read_npz
from sfdfa_compiler.data.checked import (
    AnyArray,
    checked_images,
    checked_labels,
    checked_spikes,
)
from sfdfa_compiler.data.files import all_of, read
from sfdfa_compiler.data.model import DataFile, Labels, Split
from sfdfa_compiler.data.rules import BAD_CONTAINER, BAD_KEY
from sfdfa_compiler.diagnostics import place


def read_splits(path: Traversable) -> tuple[list[Split], DataFile]:
    """The training and the test set of a file, or its single set.

    Raises:
        UserError: SNN502, SNN507 if the file is damaged, SNN508 if an array is missing or of
            another form, SNN509 to SNN512 for what the arrays hold.
    """
    data, file = read(path)
    origin = str(path)
    try:
        arrays = read_npz(data)
    except ValueError as error:
        raise BAD_CONTAINER.error(place(origin), kind=".npz", why=error) from error
    paired = any(key.startswith(("train_", "test_")) for key in arrays)
    prefixes = ("train_", "test_") if paired else ("",)
    return all_of(*(partial(_split, arrays, prefix, origin) for prefix in prefixes)), file


def _split(arrays: Mapping[str, AnyArray], prefix: str, origin: str) -> Split:
    images = arrays.get(f"{prefix}images")
    if images is not None:
        labels = _labels(arrays, prefix, origin, samples=len(images) if images.ndim else 0)
        return checked_images(images, labels, origin=origin, key=f"{prefix}images")
    times, units, offsets = (f"{prefix}{name}" for name in ("times", "units", "offsets"))
    if times not in arrays:
        why = f"is missing, and so is `{times}`"
        raise BAD_KEY.error(place(origin), key=f"{prefix}images", why=why)
    for key in (units, offsets):
        if key not in arrays:
            raise BAD_KEY.error(place(origin), key=key, why="is missing")
    spikes = arrays[times].size
    for key in (times, units):
        if arrays[key].shape != (spikes,):
            why = f"has shape {arrays[key].shape}, not ({spikes},)"
            raise BAD_KEY.error(place(origin), key=key, why=why)
    bounds = arrays[offsets]
    if (
        bounds.ndim != 1
        or bounds.dtype.kind not in "iu"
        or len(bounds) == 0
        or bounds[0] != 0
        or bounds[-1] != spikes
        or (bounds[1:] < bounds[:-1]).any()
    ):
        why = f"must be a list of whole numbers that ascend from 0 to {spikes}, the number of times"
        raise BAD_KEY.error(place(origin), key=offsets, why=why)
    return checked_spikes(
        offsets=bounds.astype(np.int64),
        times=arrays[times],
        units=arrays[units],
        labels=_labels(arrays, prefix, origin, samples=len(bounds) - 1),
        origin=origin,
        times_key=times,
        units_key=units,
    )


def _labels(
    arrays: Mapping[str, AnyArray], prefix: str, origin: str, *, samples: int
) -> Labels | None:
    key = f"{prefix}labels"
    if key not in arrays:
        return None
    return checked_labels(arrays[key], samples=samples, origin=origin, key=key)
