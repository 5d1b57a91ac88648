"""A set of samples as a session takes them: encoded once, resident, cut into batches by rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.data import Events, Split, StepEvents, encode, encode_steps, labels_of
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.schedule import Clock, Window
from sfdfa_compiler.schedule.event import REALS
from sfdfa_compiler.training.weights import little_endian

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Events of every input, and the labels if there are any."""

    events: Mapping[str, Events]  # by input; `StepEvents` in a clock profile
    labels: Rows | None = None

    def __len__(self) -> int:
        """Number of samples."""
        return min(len(events) for events in self.events.values())

    @property
    def rows(self) -> Rows:
        """All samples, in the order of their file."""
        return np.arange(len(self), dtype=np.int64)

    @property
    def most_events(self) -> int:
        """The most events that one input sends for one sample."""
        return max(int(np.diff(events.offsets).max(initial=0)) for events in self.events.values())

    def batches(self, rows: Rows, size: int) -> Iterator[Batch]:
        """The samples `rows`, in that order, `size` at a time; the last batch may be smaller."""
        for start in range(0, len(rows), size):
            chosen = rows[start : start + size]
            yield Batch(events=self.events, rows=chosen, labels=self.labels)


def encoded(graph: Graph, split: Split | None, profile: str, time: Window | Clock) -> Samples:
    """The samples of a set as events of every input.

    Args:
        graph: The program.
        split: The data; None for a program whose inputs have their spikes in the file.
        profile: The arithmetic.
        time: How it counts time.

    Raises:
        UserError: SNN511, SNN513, SNN514 if the data do not fit the program.
    """
    events: dict[str, Any] = {}
    for source in graph.inputs:
        if isinstance(time, Clock):
            events[source.name] = encode_steps(split, source, dt=time.dt, window=graph.window)
        else:
            real = dtype(REALS[profile]).type
            events[source.name] = encode(
                split, source, tau=time.tau, window=graph.window, dtype=real
            )
    labels = None
    if graph.readout and graph.output and split is not None and split.labels is not None:
        where = graph.readout.spans.get("layer")
        labels = labels_of(split, graph.output.size, readout=where)
    return Samples(events=events, labels=labels)


@dataclass(slots=True)
class SpikeDigest:
    """SHA-256 of a layer's spikes, batch by batch.

    Per sample the number of its events (uint32), then for each event E (clock profile: the step,
    uint32) and neuron (uint32), all little-endian; where the window is long, the epochs (uint32)
    of all events follow at the end.
    """

    _sha256: Any = field(default_factory=hashlib.sha256)
    _epochs: list[bytes] = field(default_factory=list)

    def add(self, events: Events | StepEvents) -> None:
        """The spikes of one more batch."""
        time = events.E if isinstance(events, Events) else events.step
        record = np.dtype([("time", time.dtype.newbyteorder("<")), ("neuron", "<u4")])
        spikes = np.empty(len(time), record)
        spikes["time"], spikes["neuron"] = time, events.neuron
        counts = np.diff(events.offsets).astype("<u4")
        for count, start in zip(counts, events.offsets, strict=False):
            self._sha256.update(count.tobytes())
            self._sha256.update(spikes[start : start + int(count)].tobytes())
        if isinstance(events, Events) and events.epoch is not None:
            self._epochs.append(little_endian(events.epoch))

    def hexdigest(self) -> str:
        """The digest of all batches so far."""
        sha256 = self._sha256.copy()
        for epochs in self._epochs:
            sha256.update(epochs)
        return str(sha256.hexdigest())
