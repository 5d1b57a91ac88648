"""A session of the native target in a clock profile: Python owns the memory, C works on it."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.codegen.clock_rules import overflow
from sfdfa_compiler.codegen.given import Given
from sfdfa_compiler.codegen.quantise import clock_state
from sfdfa_compiler.data.events import AnyEvents, StepEvents, of_kind
from sfdfa_compiler.schedule import BatchPlace, Schedule
from sfdfa_compiler.targets.native.build import LIBRARY
from sfdfa_compiler.targets.native.clock.buffers import LayerBuffers, padded
from sfdfa_compiler.targets.native.clock.layout import SUMS, structures
from sfdfa_compiler.targets.native.memory import address, aligned
from sfdfa_compiler.targets.native.run import load_library, open_pool

Array = NDArray[Any]


class ClockSession:
    """Weights, and the library that reads them."""

    def __init__(self, folder: Path, schedule: Schedule, state: State, threads: int) -> None:
        """Load the library, allocate all buffers, take the weights over."""
        self.schedule = schedule
        self._given = Given(schedule)
        self.samples = schedule.room
        self._library = load_library(folder / LIBRARY)
        kinds = structures(schedule.clock.formats, self._library)
        self.layers = [LayerBuffers(schedule, plan, self.samples) for plan in schedule.layers]
        self._inputs = list(
            dict.fromkeys(plan.source for plan in schedule.layers if plan.source_is_input)
        )
        self._resident: tuple[Any, ...] = ()  # what the sources point to
        self._rows = np.zeros(self.samples, np.int64)
        self._layers = (kinds.layer * len(self.layers))()
        self._sources = (kinds.source * max(1, len(self._inputs)))()
        self._overflow = (kinds.overflow * self.samples)()
        self._workers = (kinds.worker * threads)()
        self._net = kinds.net()
        self._pool = open_pool(self._library, threads)
        self._fill()
        self.load(state)

    # ------------------------------------------------------------ the protocol

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run all steps of every sample, some samples at a time.

        Raises:
            UserError: SNN570 if a sum overflows where the profile has no rule for it.
        """
        if not self._pool:
            raise ValueError("the session is closed")
        self._given.check(batch)
        self._listen(batch.events)
        parts = []
        for start in range(0, max(1, len(batch)), self.samples):
            rows = batch.rows[start : start + self.samples]
            self._rows[: len(rows)] = rows
            self._net.samples = len(rows)
            self._library.sfd_net_forward(ctypes.byref(self._net))
            self._watch(rows)
            counts = {layer.name: layer.counts(len(rows)) for layer in self.layers}
            spikes = {layer.name: layer.events(len(rows)) for layer in self.layers if record}
            parts.append(Forward.of(self.schedule, counts, spikes))
        return Forward.join(parts)

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        """Refuse: no target says that it learns in a clock profile."""
        raise ValueError(f"{self.schedule.profile} has no learning phases")

    def state(self) -> State:
        """A copy of the state."""
        return self._state.copy()

    def load(self, state: State) -> None:
        """Replace the state; weights in real numbers are rounded to those of the profile.

        Raises:
            UserError: SNN571 if the weights are those of another clock profile.
        """
        self._state = clock_state(state, self.schedule)
        for layer in self.layers:
            layer.load(self._state.weights[layer.name])

    def close(self) -> None:
        """End the threads."""
        if self._pool:
            self._library.sfd_pool_close(self._pool)
            self._pool = ctypes.c_void_p()

    def __del__(self) -> None:
        """End the threads, should nobody have closed the session."""
        if getattr(self, "_pool", None):
            self.close()

    @property
    def buffer_bytes(self) -> int:
        """Bytes of all buffers that the session holds."""
        scratch = sum(array.nbytes for arrays in self._scratch for array in arrays)
        return scratch + sum(layer.bytes for layer in self.layers)

    # ------------------------------------------------------------ filling the structures

    def _fill(self) -> None:
        """Everything that no batch changes."""
        number = {layer.name: index for index, layer in enumerate(self.layers)}
        for layer, mirror in zip(self.layers, self._layers, strict=True):
            source = layer.plan.source
            layer.fill(mirror)
            mirror.number = number[layer.name]
            mirror.source = self._inputs.index(source) if source in self._inputs else -1
            mirror.source_layer = number.get(source, -1)
        for phase in self.schedule.forward:
            for name, value in phase.constants.items():
                setattr(self._layers[number[phase.layer]], name, value)
        formats = self.schedule.clock.formats
        lanes = max(padded(layer.plan.size) for layer in self.layers)
        kinds = [dtype(variable.format) for variable in (formats.potential, formats.total)]
        self._scratch = [
            tuple(aligned(lanes, kind) for kind in (kinds[0], kinds[0], kinds[1]))
            for _ in self._workers
        ]
        for mirror, arrays in zip(self._workers, self._scratch, strict=True):
            mirror.mem, mirror.syn, mirror.received = map(address, arrays)
        net = self._net
        net.pool = self._pool
        net.layers, net.sources, net.workers, net.overflow = map(
            ctypes.addressof, (self._layers, self._sources, self._workers, self._overflow)
        )
        net.rows = address(self._rows)
        net.steps = self.schedule.clock.steps

    def _listen(self, events: Mapping[str, AnyEvents]) -> None:
        """Point the sources to a data set, unless they do already."""
        wanted = [of_kind(StepEvents, events[name]) for name in self._inputs]
        if len(self._resident) == len(wanted) and all(
            old[0] is new for old, new in zip(self._resident, wanted, strict=True)
        ):
            return
        resident = []
        for mirror, source in zip(self._sources, wanted, strict=True):
            arrays = [np.ascontiguousarray(source.offsets, np.int64)]
            arrays += [
                np.ascontiguousarray(column, np.uint32)
                for column in (source.step, source.neuron, source.count)
            ]
            mirror.offsets, mirror.step, mirror.neuron, mirror.count = map(address, arrays)
            resident.append((source, arrays))
        self._resident = tuple(resident)

    def _watch(self, rows: Array) -> None:
        """Raise the overflow of the first sample that had one."""
        for row, found in zip(rows, self._overflow, strict=False):
            if found.found:
                layer = self.layers[found.layer].name
                raise overflow(
                    SUMS[found.found - 1], layer, self.schedule.clock, int(row), found.step
                )
