"""A data set's events as kernels hear them: in a long window, with markers where epochs begin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.events import AnyEvents, Events, of_kind
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.cuda.layout import NONE

Array = NDArray[Any]


def elements(events: Events, last_epoch: int) -> tuple[Array, Array, Array]:
    """E, neuron and offsets of all elements: events, and a marker at (e, 1) for every epoch e.

    A marker stands before the events of its instant; its neuron is `NONE`.
    """
    E = np.ascontiguousarray(events.E, np.float32)
    neuron = np.ascontiguousarray(events.neuron, np.uint32)
    offsets = np.ascontiguousarray(events.offsets, np.int64)
    if last_epoch == 0 or events.epoch is None:
        return E, neuron, offsets
    samples = len(events)
    sample = np.concatenate(
        [np.repeat(np.arange(samples), np.diff(offsets)), np.repeat(np.arange(samples), last_epoch)]
    )
    epoch = np.concatenate([events.epoch, np.tile(np.arange(1, last_epoch + 1), samples)])
    time = np.concatenate([E, np.ones(samples * last_epoch, np.float32)])
    who = np.concatenate([neuron, np.full(samples * last_epoch, NONE, np.uint32)])
    place = np.lexsort((np.arange(len(who)), who != NONE, time, epoch, sample))
    return time[place], who[place], offsets + last_epoch * np.arange(samples + 1)


def save(
    path: Path | str, events: Mapping[str, AnyEvents], labels: Array | None, schedule: Schedule
) -> None:
    """Write samples as the launcher of a build directory reads them.

    Args:
        path: The .npz file.
        events: Of every input.
        labels: Of the samples; needed to learn, and to say how many are named right.
        schedule: The plan of the network that shall hear them.
    """
    arrays: dict[str, Any] = {}
    for name, heard in events.items():
        found = elements(of_kind(Events, heard), schedule.window.epoch)
        arrays |= {
            f"{name}/{field}": array
            for field, array in zip(("E", "neuron", "offsets"), found, strict=True)
        }
    if labels is not None:
        arrays["labels"] = np.ascontiguousarray(labels, np.int64)
    np.savez(path, **arrays)
