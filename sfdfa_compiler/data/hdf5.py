"""Recorded spikes in HDF5, laid out as the Spiking Heidelberg Digits are.

    spikes/times   (samples,) of variable length, floating point, seconds, ascending
    spikes/units   (samples,) of variable length, whole numbers
    labels         (samples,) whole numbers; may be missing
    extra/keys     (classes,) names of the classes; may be missing

Source: B. Cramer, Y. Stradmann, J. Schemmel, F. Zenke, The Heidelberg Spiking Data Sets for the
Systematic Evaluation of Spiking Neural Networks (2020).
"""

from __future__ import annotations

import io
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np

from sfdfa_compiler.data.checked import AnyArray, checked_labels, checked_spikes
from sfdfa_compiler.data.files import read
from sfdfa_compiler.data.model import DataFile, Spikes
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.data.rules import BAD_CONTAINER, BAD_KEY, EMPTY, MISMATCH
from sfdfa_compiler.diagnostics import UserError, place

SIGNATURE = b"\x89HDF\r\n\x1a\n"
TIMES, UNITS, LABELS, KEYS = "spikes/times", "spikes/units", "labels", "extra/keys"


def read_spikes(path: Traversable) -> tuple[Spikes, int | None, DataFile]:
    """The samples of one file, plain or gzip, and the number of classes that it names.

    Raises:
        UserError: SNN502, SNN503, SNN507 if the file is damaged, SNN508 if an array is missing or
            of another form, SNN506 if they do not fit each other, SNN509, SNN511, SNN512.
    """
    import h5py

    data, file = read(path)
    origin = str(path)
    if not data.startswith(SIGNATURE):
        raise BAD_CONTAINER.error(place(origin), kind="HDF5", why="it does not begin like one")
    try:
        with h5py.File(io.BytesIO(data), "r") as container:
            times = _rows(container, TIMES, data, origin)
            units = _rows(container, UNITS, data, origin)
            labels = _array(container, LABELS, data, origin)
            keys = _array(container, KEYS, data, origin)
    except UserError:
        raise
    except Exception as error:  # whatever the library stumbles over in a damaged file
        why = "it is damaged or was cut short"
        raise BAD_CONTAINER.error(place(origin), kind="HDF5", why=why) from error

    counts = np.array([len(row) for row in times])
    units_counts = np.array([len(row) for row in units])
    if len(counts) != len(units_counts):
        why = f"{TIMES} has {len(counts):,} samples, {UNITS} has {len(units_counts):,}"
        raise MISMATCH.error(place(origin), why=why)
    if (counts != units_counts).any():
        sample = int(np.argmax(counts != units_counts))
        why = f"{counts[sample]:,} times, {units_counts[sample]:,} units"
        raise MISMATCH.error(place(f"{origin}, {TIMES}, sample {sample}"), why=why)
    split = checked_spikes(
        offsets=offsets_of(counts),
        times=np.concatenate(times),
        units=np.concatenate(units),
        labels=None
        if labels is None
        else checked_labels(labels, samples=len(times), origin=origin, key=LABELS),
        origin=origin,
        times_key=TIMES,
        units_key=UNITS,
    )
    return split, None if keys is None else keys.size, file


def _rows(container: Any, key: str, data: bytes, origin: str) -> list[AnyArray]:  # noqa: ANN401
    """An array for each sample."""
    import h5py

    node = container.get(key)
    if node is None:
        raise BAD_KEY.error(place(origin), key=key, why="is missing")
    element = h5py.check_vlen_dtype(node.dtype) if isinstance(node, h5py.Dataset) else None
    if not isinstance(element, np.dtype) or node.ndim != 1:
        why = "is not a list of arrays of variable length, one a sample"
        raise BAD_KEY.error(place(origin), key=key, why=why)
    if len(node) == 0:
        raise EMPTY.error(place(f"{origin}, {key}"))
    return list(_content(node, data, origin))


def _array(
    container: Any,  # noqa: ANN401
    key: str,
    data: bytes,
    origin: str,
) -> AnyArray | None:
    """The whole of an array; None if there is none of that name."""
    import h5py

    node = container.get(key)
    return _content(node, data, origin) if isinstance(node, h5py.Dataset) else None


def _content(node: Any, data: bytes, origin: str) -> AnyArray:  # noqa: ANN401
    """All elements; `data` is the whole file.

    Raises:
        UserError: SNN507 if there are more than the file has bytes: the library would allocate
            them all.
    """
    if node.size > len(data):
        why = f"`{node.name}` announces {node.size:,} elements, more than the file has bytes"
        raise BAD_CONTAINER.error(place(origin), kind="HDF5", why=why)
    return np.asarray(node[()])
