"""Arrays from outside: checked once, where they are read, so that encoders need not look again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.model import Images, Labels, Spikes
from sfdfa_compiler.data.rules import BAD_KEY, BAD_LABEL, BAD_PIXELS, BAD_SPIKES, EMPTY
from sfdfa_compiler.diagnostics import Diagnostic, UserError, place

AnyArray = NDArray[Any]


def checked_labels(labels: AnyArray, *, samples: int, origin: str, key: str) -> Labels:
    """Class numbers, shape (samples,).

    Raises:
        UserError: SNN508 for another shape or kind of number, SNN511 for a negative label.
    """
    if labels.shape != (samples,):
        why = f"has shape {labels.shape}, {samples:,} samples need ({samples},)"
        raise BAD_KEY.error(place(origin), key=key, why=why)
    if labels.dtype.kind not in "iu":
        why = f"has elements of type {labels.dtype}, labels are whole numbers"
        raise BAD_KEY.error(place(origin), key=key, why=why)
    bad = (labels < 0) | (labels > np.iinfo(np.int32).max)
    if bad.any():
        sample = int(np.argmax(bad))
        where = place(f"{origin}, {key}, sample {sample}")
        raise BAD_LABEL.error(where, label=labels[sample], why="classes are numbered from 0")
    return labels.astype(np.int64)


def checked_images(pixels: AnyArray, labels: Labels | None, *, origin: str, key: str) -> Images:
    """Images as a `Split`; `pixels` has shape (samples, ...), the rest is flattened.

    Raises:
        UserError: SNN508 for another shape, SNN510 for numbers of another kind or outside [0, 1],
            SNN512 without samples.
    """
    if len(pixels) == 0:
        raise EMPTY.error(place(f"{origin}, {key}"))
    if pixels.ndim < 2 or pixels.size == 0:
        why = f"has shape {pixels.shape}, images have (samples, pixels) or more dimensions"
        raise BAD_KEY.error(place(origin), key=key, why=why)
    if pixels.dtype != np.uint8 and not _is_float(pixels):
        where = place(f"{origin}, {key}")
        raise BAD_PIXELS.error(where, why=f"the elements are of type {pixels.dtype}")
    flat = pixels.reshape(len(pixels), -1)
    if flat.dtype != np.uint8:
        bad = ~((flat >= 0) & (flat <= 1))  # so NaN is bad
        if bad.any():
            sample, pixel = divmod(int(np.argmax(bad)), flat.shape[1])
            where = place(f"{origin}, {key}, sample {sample}, pixel {pixel}")
            raise BAD_PIXELS.error(where, why=f"{flat[sample, pixel]} is not between 0 and 1")
    return Images(pixels=flat, labels=labels, index=np.arange(len(flat)), origin=origin)


def checked_spikes(
    *,
    offsets: NDArray[np.int64],
    times: AnyArray,
    units: AnyArray,
    labels: Labels | None,
    origin: str,
    times_key: str,
    units_key: str,
) -> Spikes:
    """Spikes as a `Split`.

    Args:
        offsets: Where each sample begins, shape (samples + 1,), ascending, 0 to the number of
            spikes.
        times: Seconds, shape (spikes,), ascending within a sample.
        units: Neuron of each spike, shape (spikes,).
        labels: From `checked_labels`, or None.
        origin: The file, for diagnostics.
        times_key: Where in the file the times are, for diagnostics.
        units_key: Where in the file the units are, for diagnostics.

    Raises:
        UserError: SNN508 for numbers of another kind, SNN509 with the first spike that cannot be
            used, SNN512 without samples.
    """
    if len(offsets) < 2:
        raise EMPTY.error(place(f"{origin}, {times_key}"))
    if not _is_float(times):
        why = f"has elements of type {times.dtype}, times are float16, float32 or float64"
        raise BAD_KEY.error(place(origin), key=times_key, why=why)
    if units.dtype.kind not in "iu":
        why = f"has elements of type {units.dtype}, units are whole numbers"
        raise BAD_KEY.error(place(origin), key=units_key, why=why)

    # Comparisons of float16 are emulated and slow; as float32 the values are the same.
    seconds = times.astype(np.float32) if times.dtype.itemsize == 2 else times
    backwards = np.zeros(len(times), bool)
    backwards[1:] = seconds[1:] < seconds[:-1]
    starts = offsets[:-1]
    backwards[starts[starts < len(times)]] = False  # the first spike of a sample has none before it
    problems = [
        (times_key, ~np.isfinite(seconds), "{} is not a time"),
        (times_key, seconds < 0, "time {} s is before the sample begins"),
        (times_key, backwards, "time {} s stands behind a later one; times must ascend"),
        (units_key, (units < 0) | (units > np.iinfo(np.uint32).max), "there can be no unit {}"),
    ]
    diagnostics: list[Diagnostic] = []
    for key, bad, why in problems:
        if bad.any():
            spike = int(np.argmax(bad))
            sample = int(np.searchsorted(offsets, spike, side="right")) - 1
            where = place(f"{origin}, {key}, sample {sample}, spike {spike - offsets[sample]}")
            value = (times if key == times_key else units)[spike]
            notes = [f"it is the first of {bad.sum():,}"] if bad.sum() > 1 else []
            diagnostics.append(BAD_SPIKES.at(where, why=why.format(value), notes=notes))
    if diagnostics:
        raise UserError(diagnostics)
    return Spikes(
        offsets=offsets,
        times=times,
        units=units.astype(np.uint32),
        labels=labels,
        index=np.arange(len(offsets) - 1),
        origin=origin,
    )


def _is_float(array: AnyArray) -> bool:
    return array.dtype.kind == "f" and array.dtype.itemsize <= 8
