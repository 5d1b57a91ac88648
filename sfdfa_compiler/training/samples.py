"""A set of samples as a session takes them: encoded once, resident, cut into batches by rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.data import Events
from sfdfa_compiler.training.weights import little_endian

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Events of every input, and the labels if there are any."""

    events: Mapping[str, Events]  # by input
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


@dataclass(slots=True)
class SpikeDigest:
    """SHA-256 of a layer's spikes, batch by batch.

    Per sample the number of its events (uint32), then for each event E and neuron (uint32), all
    little-endian; where the window is long, the epochs (uint32) of all events follow at the end.
    """

    _sha256: Any = field(default_factory=hashlib.sha256)
    _epochs: list[bytes] = field(default_factory=list)

    def add(self, events: Events) -> None:
        """The spikes of one more batch."""
        record = np.dtype([("E", events.E.dtype.newbyteorder("<")), ("neuron", "<u4")])
        spikes = np.empty(len(events.E), record)
        spikes["E"], spikes["neuron"] = events.E, events.neuron
        counts = np.diff(events.offsets).astype("<u4")
        for count, start in zip(counts, events.offsets, strict=False):
            self._sha256.update(count.tobytes())
            self._sha256.update(spikes[start : start + int(count)].tobytes())
        if events.epoch is not None:
            self._epochs.append(little_endian(events.epoch))

    def hexdigest(self) -> str:
        """The digest of all batches so far."""
        sha256 = self._sha256.copy()
        for epochs in self._epochs:
            sha256.update(epochs)
        return str(sha256.hexdigest())
