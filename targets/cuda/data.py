"""Data sets on a device: they stay there, or come in pieces if they are larger than its memory.

A piece is a small data set of its own: the samples of the next batches, in their order. Whether
there are pieces, and how large they are, is arithmetic: it is decided before anything is copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.data.events import AnyEvents, Events, of_kind
from sfdfa_compiler.diagnostics import Diagnostic
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.cuda.devices import Device, Memory
from sfdfa_compiler.targets.cuda.inputs import elements
from sfdfa_compiler.targets.cuda.memory import no_room_for_data, sample_bytes, streamed

Array = NDArray[Any]
ELEMENT_BYTES = 8  # E and neuron


@dataclass(frozen=True, slots=True)
class Resident:
    """Samples on a device."""

    batch: Batch  # their events and labels on the host, which say what is there already
    sources: tuple[tuple[Memory, Memory, Memory], ...]  # of each input: E, neuron, offsets
    labels: Memory | None

    @property
    def memory(self) -> list[Memory]:
        """All arrays."""
        arrays = [memory for source in self.sources for memory in source]
        return arrays if self.labels is None else [*arrays, self.labels]


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples that launches can walk through in one go."""

    resident: Resident
    order: NDArray[np.int64]  # where they lie in `resident`
    names: NDArray[np.int64]  # their numbers in the data set's file

    def __len__(self) -> int:
        """How many samples."""
        return len(self.order)


class DataSets:
    """What a session has on its device of the data sets that it was shown."""

    def __init__(self, schedule: Schedule, inputs: tuple[str, ...], device: Device) -> None:
        """Nothing is there yet; `inputs` in the order of the kernels' sources."""
        self._schedule = schedule
        self._inputs = inputs
        self._device = device
        self._held: list[Resident] = []
        self.notices: list[Diagnostic] = []

    @property
    def memory(self) -> list[Memory]:
        """All arrays that are on the device."""
        return [memory for resident in self._held for memory in resident.memory]

    def drop(self) -> None:
        """Let everything go."""
        self._held = []

    def bring(self, batch: Batch, size: int) -> Piece:
        """See that samples are on the device: as many whole batches of `size` as fit.

        Raises:
            UserError: SNN586 if not even one batch fits.
        """
        rows = batch.rows
        there = next((each for each in self._held if self._is_of(each, batch)), None)
        if there:
            return Piece(there, rows, rows)
        needed, further = self._whole_bytes(batch), int(len(rows) * sample_bytes(self._schedule))
        if not self._fits(needed + further):
            self.drop()
        if self._fits(needed + further):
            self._held.append(self._copy(batch))
            return Piece(self._held[-1], rows, rows)
        return self._piece(batch, size, needed)

    def _piece(self, batch: Batch, size: int, needed: int) -> Piece:
        """The first batches, as many as there is room for."""
        free = self._device.free or 0
        sizes = np.cumsum(self._sample_bytes(batch))
        count = int(np.searchsorted(sizes, free, side="right"))
        whole = count if count == len(sizes) else count // size * size
        if not whole:
            first = min(size, len(sizes))
            raise no_room_for_data(self._device, int(sizes[first - 1]), free, first)
        if not self.notices:
            self.notices.append(streamed(self._device, needed, free, whole))
        rows = batch.rows[:whole]
        part = replace(
            batch,
            events={name: of_kind(Events, batch.events[name]).take(rows) for name in self._inputs},
            labels=None if batch.labels is None else batch.labels[rows],
        )
        self._held = [self._copy(part)]
        return Piece(self._held[0], np.arange(whole, dtype=np.int64), rows)

    def _is_of(self, resident: Resident, batch: Batch) -> bool:
        there = resident.batch
        return (batch.labels is None or there.labels is batch.labels) and all(
            there.events[name] is batch.events[name] for name in self._inputs
        )

    def _fits(self, needed: int) -> bool:
        free = self._device.free
        return free is None or needed <= free

    def _copy(self, batch: Batch) -> Resident:
        """Events and labels, on the device."""
        device = self._device

        def copied(array: Array) -> Memory:
            memory = device.zeros(max(1, array.size), array.dtype)
            memory.write(array)
            return memory

        sources = []
        for name in self._inputs:
            heard = elements(of_kind(Events, batch.events[name]), self._schedule.window.epoch)
            E, neuron, offsets = (copied(array) for array in heard)
            sources.append((E, neuron, offsets))
        labels = batch.labels
        named = None if labels is None else copied(np.ascontiguousarray(labels, np.int64))
        return Resident(batch, tuple(sources), named)

    def _whole_bytes(self, batch: Batch) -> int:
        """What all samples of a set take."""
        bytes_ = 0 if batch.labels is None else 8 * len(batch.labels)
        for events in self._events(batch.events):
            markers = len(events) * self._schedule.window.epoch
            bytes_ += ELEMENT_BYTES * (len(events.E) + markers) + 8 * (len(events) + 1)
        return bytes_

    def _sample_bytes(self, batch: Batch) -> Array:
        """What each sample of a batch takes in a piece."""
        each = np.full(len(batch), sample_bytes(self._schedule) + 8 * len(self._inputs))
        for events in self._events(batch.events):
            heard = np.diff(events.offsets)[batch.rows] + self._schedule.window.epoch
            each += ELEMENT_BYTES * heard
        return each

    def _events(self, events: Mapping[str, AnyEvents]) -> list[Events]:
        return [of_kind(Events, events[name]) for name in self._inputs]
