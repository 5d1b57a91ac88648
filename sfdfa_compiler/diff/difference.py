"""The first place at which two results of one stage differ, bit by bit."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data import Events, StepEvents

Array = NDArray[Any]
Spikes = Events | StepEvents

AXES = {  # what the indices of a stage's array count
    "counts": ("sample", "neuron"),
    "perturbation": ("sample", "neuron"),
    "derivative": ("sample", "class"),
    "delta": ("sample", "neuron"),
    "feedback": ("neuron", "class"),
    "gradient": ("source", "neuron"),
    "weights": ("source", "neuron"),
    "m": ("source", "neuron"),
    "v": ("source", "neuron"),
    "activity": ("neuron",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One number that two results do not share; None stands for one that is not there."""

    where: Mapping[str, int]  # sample (position in its batch), neuron, event ...
    what: str  # "E", "neuron", "value" ...
    values: tuple[Any, Any]
    spikes: tuple[Any, Any] = field(default=(None, None))  # (epoch, E) or step, if they are events


def first_difference(stage: str, one: Array | Spikes, other: Array | Spikes) -> Difference | None:
    """Compare two results of a stage.

    Args:
        stage: Its name.
        one: An array, or the spikes of some samples.
        other: The same of another target.
    """
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return _first_of_arrays(stage, one, other)
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        raise TypeError(f"{stage}: an array and a list of spikes")
    if len(one) != len(other):
        return Difference(where={}, what="samples", values=(len(one), len(other)))
    if _same(one, other):
        return None
    trains = (
        _first_of_trains(_train(one, sample), _train(other, sample), sample)
        for sample in range(len(one))
    )
    return next((difference for difference in trains if difference), None)


def bits(array: Array) -> Array:
    """The same array as whole numbers, so that -0 is not 0 and NaN is itself."""
    return np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}")


def pattern(value: np.generic) -> int:
    """The bits of one number, as a whole number."""
    return int.from_bytes(value.tobytes(), sys.byteorder)


def ulps(one: np.generic, other: np.generic) -> int:
    """How many floating point numbers lie between two of one format, counting one end."""

    def rank(value: np.generic) -> int:
        sign = 1 << (8 * value.dtype.itemsize - 1)
        return pattern(value) if pattern(value) < sign else sign - pattern(value)

    return abs(rank(one) - rank(other))


def _first_of_arrays(stage: str, one: Array, other: Array) -> Difference | None:
    if one.shape != other.shape:
        return Difference(where={}, what="shape", values=(one.shape, other.shape))
    if one.dtype != other.dtype:
        return Difference(where={}, what="format", values=(str(one.dtype), str(other.dtype)))
    differ = np.flatnonzero(bits(one).ravel() != bits(other).ravel())
    if not len(differ):
        return None
    index = tuple(map(int, np.unravel_index(differ[0], one.shape)))
    axes = AXES.get(stage, ()) if len(AXES.get(stage, ())) == len(index) else ("event",)
    return Difference(
        where=dict(zip(axes, index, strict=False)),
        what="value",
        values=(one[index], other[index]),
    )


# ---------------------------------------------------------------- spikes


@dataclass(frozen=True, slots=True)
class _Train:
    """The spikes of one sample in their order: when, as bits that can be compared, and whose."""

    times: Array  # (spikes,), a record for each
    neurons: Array

    def rank(self, event: int) -> int:
        """How many spikes of the same neuron come before."""
        return int((self.neurons[:event] == self.neurons[event]).sum())

    def of(self, neuron: int) -> Array:
        """Positions of a neuron's spikes."""
        return np.flatnonzero(self.neurons == neuron)


def _columns(spikes: Spikes) -> dict[str, Array]:
    """What is compared of every spike besides its neuron."""
    if isinstance(spikes, StepEvents):
        return {"step": spikes.step, "count": spikes.count}
    columns = {"E": spikes.E}
    return columns if spikes.epoch is None else {"epoch": spikes.epoch, **columns}


def _train(spikes: Spikes, sample: int) -> _Train:
    part = slice(int(spikes.offsets[sample]), int(spikes.offsets[sample + 1]))
    columns = {name: column[part] for name, column in _columns(spikes).items()}
    times = np.empty(
        part.stop - part.start, [(name, column.dtype) for name, column in columns.items()]
    )
    for name, column in columns.items():
        times[name] = column
    return _Train(times, spikes.neuron[part])


def _same(one: Spikes, other: Spikes) -> bool:
    """Whether all spikes of all samples are equal: the usual case, at once."""
    ours, theirs = _flat(one), _flat(other)
    return ours.keys() == theirs.keys() and all(
        np.array_equal(ours[name], theirs[name]) for name in ours
    )


def _flat(spikes: Spikes) -> dict[str, Array]:
    columns = {name: bits(column) for name, column in _columns(spikes).items()}
    return {"offsets": spikes.offsets, "neuron": spikes.neuron, **columns}


def _first_of_trains(one: _Train, other: _Train, sample: int) -> Difference | None:
    """The earliest spike that the other train does not have in the same place.

    It is looked up there as the k-th spike of its neuron: then a time that differs in one bit is
    one difference, and so is a spike that is missing, although all later ones moved up.
    """
    length = min(len(one.neurons), len(other.neurons))
    same = one.neurons[:length] == other.neurons[:length]
    for name in one.times.dtype.names or ():
        same &= bits(one.times[name][:length]) == bits(other.times[name][:length])
    event = length if same.all() else int(np.argmin(same))
    if event == len(one.neurons) == len(other.neurons):
        return None
    swapped = event == len(one.neurons) or (
        event < len(other.neurons) and _before(other, one, event)
    )
    first, second = (other, one) if swapped else (one, other)
    neuron = int(first.neurons[event])
    mine, yours = first.times[event], _counterpart(first, second, event)
    pair = (yours, mine) if swapped else (mine, yours)
    what = "spike"
    values: tuple[Any, Any] = pair
    if yours is not None:
        what = next(
            name
            for name in first.times.dtype.names or ()
            if pattern(mine[name]) != pattern(yours[name])
        )
        values = (pair[0][what], pair[1][what])
    where = {"sample": sample, "event": event, "neuron": neuron}
    return Difference(where=where, what=what, values=values, spikes=pair)


def _before(one: _Train, other: _Train, event: int) -> bool:
    """Whether the spike of `one` at that place comes before that of `other`."""
    keys = [(*train.times[event].item(), train.neurons[event]) for train in (one, other)]
    return bool(keys[0] < keys[1])


def _counterpart(first: _Train, second: _Train, event: int) -> Any:  # noqa: ANN401 - a NumPy record
    """The spike of `second` that should be the one of `first` at that place; None: missing."""
    neuron, rank = int(first.neurons[event]), first.rank(event)
    ours, theirs = first.of(neuron), second.of(neuron)
    if rank >= len(theirs):
        return None
    counterpart = second.times[theirs[rank]]
    if len(theirs) < len(ours) and rank + 1 < len(ours):
        following = first.times[ours[rank + 1]]
        if following.tobytes() == counterpart.tobytes():
            return None
    return counterpart
