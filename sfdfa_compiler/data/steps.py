"""Data to arrivals of the clock profile: times become steps, clock profile, section 3.

A time t falls in step floor(t / dt + 1/2). That is decided exactly, on fractions:

* what a user wrote (`dt`, windows, times in the file) is the decimal number written, 0.1 ms is
  1/10000 s although no float64 is;
* a time that was recorded, and a floating point pixel, is the binary number in the file.

So a byte image gives floor((2 w (255 - v) + 255 dt) / (510 dt)), with w the encoder's window.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.arrivals import Arrivals, arrivals, decimal
from sfdfa_compiler.data.events import StepEvents
from sfdfa_compiler.data.model import Split
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.data.sorting import sorted_events
from sfdfa_compiler.ir import Input

HALF = Fraction(1, 2)


def encode_steps(split: Split | None, input: Input, *, dt: float, window: float) -> StepEvents:
    """The arrivals that `input` sends for the samples of `split`.

    Args:
        split: The data. None for an input whose times are in the file: one sample.
        input: Shape and encoder.
        dt: Length of a step [s].
        window: How long a sample is shown [s]; arrivals in a later step are dropped.

    Raises:
        UserError: SNN513 or SNN514 if the data do not fit the input.
    """
    steps = step_count(window, dt)
    parts: list[tuple[NDArray[np.int64], ...]] = []
    for chunk in arrivals(split, input):
        step = steps_of(chunk, dt, steps)[chunk.which]
        kept = step < steps
        events = sorted_events(chunk.sample[kept], step[kept], chunk.neuron[kept])
        first = _first_of_equals(events)
        sample, step, neuron = (column[first] for column in events)
        times = np.diff(first, append=len(events[0]))
        parts.append((np.bincount(sample, minlength=chunk.samples), step, neuron, times))
    counts, *columns = (np.concatenate(part) for part in zip(*parts, strict=True))
    steps32, neurons32, times32 = (column.astype(np.uint32) for column in columns)
    return StepEvents(offsets=offsets_of(counts), step=steps32, neuron=neurons32, count=times32)


def step_count(window: float, dt: float) -> int:
    """Number of steps of a sample, K = floor(window / dt + 1/2)."""
    return _step(decimal(window), decimal(dt))


def steps_of(chunk: Arrivals, dt: float, steps: int) -> NDArray[np.int64]:
    """The step of each of the chunk's distinct times; `steps` stands for any later one.

    Float64 decides where it is far enough from a boundary: it is off by less than 2^-43 of the
    quotient, most of it from 1 - 254 / 255. The few times near one are decided on fractions.
    """
    late = steps + 0.5  # far from a boundary: what is later needs no exact decision
    quotient = np.minimum(chunk.times / dt + 0.5, late)
    step = np.floor(quotient).astype(np.int64)
    exact_dt = decimal(dt)
    for index in np.flatnonzero(abs(quotient - np.rint(quotient)) <= 2**-40 * (quotient + 1)):
        step[index] = _step(chunk.exact(int(index)), exact_dt)
    return step


def _step(time: Fraction, dt: Fraction) -> int:
    return int((time / dt + HALF) // 1)


def _first_of_equals(columns: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    """Where in sorted rows a new row begins."""
    new = np.ones(len(columns[0]), bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(new)
