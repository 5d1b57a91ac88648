"""What an input sends: the common half of both encoders, before times become E or steps.

Many events share few times: a byte image has 256 of them, float16 recordings some thousands. So
the distinct times are listed once, events point into that list, and what is costly or exact is
computed for the list alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.fit import check_input
from sfdfa_compiler.data.model import Images, Spikes, Split
from sfdfa_compiler.ir import Input, Recorded, Times, Ttfs

CHUNK = 512  # samples encoded together: their events stay in the processor's cache
BYTES = 256

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Events of some samples, in no order: `neuron[k]` of `sample[k]` fires at times[which[k]]."""

    samples: int
    sample: Whole  # (events,), from 0 to samples - 1
    neuron: Whole  # (events,)
    which: NDArray[np.integer[Any]]  # (events,): index into `times`
    times: NDArray[np.float64]  # distinct times [s]
    exact: Callable[[int], Fraction]  # the time at an index of `times`, without rounding [s]


def decimal(number: float) -> Fraction:
    """The decimal number that a user wrote and that was rounded to `number`.

    It is the shortest one that rounds to it, which is what was written if that has at most 15
    digits: 0.1 is 1/10 here.
    """
    return Fraction(repr(float(number)))


def arrivals(split: Split | None, input: Input) -> Iterator[Arrivals]:
    """What `input` sends for the samples of `split`, in chunks of consecutive samples.

    Args:
        split: The data. None for an input whose times are in the file: one sample.
        input: Shape and encoder.

    Raises:
        UserError: SNN513 or SNN514 if the data do not fit the input.
    """
    if split is not None:
        check_input(split, input)
    samples = 1 if split is None else len(split)
    for first in range(0, max(samples, 1), CHUNK):  # one chunk even without samples
        last = min(first + CHUNK, samples)
        match input.encoder, split:
            case Ttfs(window), Images(pixels=pixels):
                yield _from_pixels(pixels[first:last], window)
            case Recorded(), Spikes():
                yield _from_spikes(split, first, last)
            case Times(times), _:
                yield _from_lists(times, last - first)
            case _:
                raise ValueError(f"input {input.name} needs data")


def byte_times(window: float) -> NDArray[np.float64]:
    """Spike times of the byte values 0 to 255 [s]; that of 0 is never used: it is silent."""
    return window * (1 - np.arange(BYTES) / 255)


def exact_byte_time(window: float, value: int) -> Fraction:
    """The same for one value, exactly: window * (1 - value / 255)."""
    return decimal(window) * (255 - value) / 255


def _from_pixels(pixels: NDArray[Any], window: float) -> Arrivals:
    """Time to first spike: x fires at window * (1 - x), x = 0 never."""
    fired = np.flatnonzero(pixels)
    sample, neuron = np.divmod(fired, pixels.shape[1])
    values = pixels.ravel()[fired]
    which: NDArray[np.integer[Any]]
    exact: Callable[[int], Fraction]
    if pixels.dtype == np.uint8:
        which, times, exact = values, byte_times(window), partial(exact_byte_time, window)
    else:
        distinct, which = np.unique(values.astype(np.float64), return_inverse=True)
        times, exact = window * (1 - distinct), partial(_exact_pixel_time, window, distinct)
    return Arrivals(
        samples=len(pixels), sample=sample, neuron=neuron, which=which, times=times, exact=exact
    )


def _exact_pixel_time(window: float, pixels: NDArray[np.float64], index: int) -> Fraction:
    return decimal(window) * (1 - Fraction(float(pixels[index])))


def _from_spikes(spikes: Spikes, first: int, last: int) -> Arrivals:
    """Recorded spikes: a recorded time is the binary number in the file, exactly."""
    offsets = spikes.offsets[first : last + 1]
    here = slice(offsets[0], offsets[-1])
    distinct, which = _distinct(spikes.times[here])
    times = distinct.astype(np.float64)
    return Arrivals(
        samples=last - first,
        sample=np.repeat(np.arange(last - first), np.diff(offsets)),
        neuron=spikes.units[here].astype(np.int64),
        which=which,
        times=times,
        exact=lambda index: Fraction(float(times[index])),
    )


def _from_lists(lists: tuple[tuple[float, ...], ...], samples: int) -> Arrivals:
    """Times in the `.snn` file, the same in every sample: decimal numbers, as written."""
    times = np.array([time for of_neuron in lists for time in of_neuron])
    neuron = np.repeat(np.arange(len(lists)), [len(of_neuron) for of_neuron in lists])
    return Arrivals(
        samples=samples,
        sample=np.repeat(np.arange(samples), len(times)),
        neuron=np.tile(neuron, samples),
        which=np.tile(np.arange(len(times)), samples),
        times=times,
        exact=lambda index: decimal(times[index]),
    )


def _distinct(
    values: NDArray[np.floating[Any]],
) -> tuple[NDArray[np.floating[Any]], NDArray[np.integer[Any]]]:
    """The different values and, for each element, which of them it is."""
    if values.dtype.itemsize > 2:
        distinct, which = np.unique(values, return_inverse=True)
        return distinct, which
    patterns = values.view(np.uint16)  # 65,536 at most: a table is faster than sorting
    used = np.flatnonzero(np.bincount(patterns, minlength=1 << 16))
    place = np.zeros(1 << 16, np.int64)
    place[used] = np.arange(len(used))
    return used.astype(np.uint16).view(values.dtype), place[patterns]
