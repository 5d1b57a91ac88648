"""A session of the native target: Python owns the memory, C works on it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith import draw
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.codegen.given import Given, check_state
from sfdfa_compiler.codegen.layers import state_of, tell
from sfdfa_compiler.data.events import AnyEvents, Events, of_kind
from sfdfa_compiler.parallel import Exchange
from sfdfa_compiler.schedule import BatchPlace, Schedule, step_scalars
from sfdfa_compiler.targets.native import layout
from sfdfa_compiler.targets.native.buffers import LayerBuffers, Workers
from sfdfa_compiler.targets.native.build import LIBRARY
from sfdfa_compiler.targets.native.figures import Figures
from sfdfa_compiler.targets.native.lower import constant_names
from sfdfa_compiler.targets.native.memory import address
from sfdfa_compiler.targets.native.together import Together

Array = NDArray[Any]
IN_A_ROW = 16  # batches that are learned before anyone is told
PATIENCE = 40_000  # looks of a waiting thread before it sleeps: some 2 ms


class NativeSession:
    """A state and the library that changes it."""

    def __init__(
        self,
        folder: Path,
        schedule: Schedule,
        state: State,
        threads: int,
        seed: int,
        exchange: Exchange | None = None,
    ) -> None:
        """Load the library, allocate all buffers, take the state over.

        Args:
            folder: Where the library lies.
            schedule: Its plan.
            state: What to start from.
            threads: Of this process.
            seed: Of all random numbers.
            exchange: The processes that learn together; None: this one learns alone.
        """
        self.schedule = schedule
        self._given = Given(schedule)
        self.seed = seed
        self.real = dtype(schedule.real)
        self.samples = schedule.room
        self._library = load_library(folder / LIBRARY)
        kinds = layout.structures(schedule.real.width, constant_names(schedule))
        sizes = layout.sizes(self._library, kinds)
        self.layers = [
            LayerBuffers(schedule, plan, self.samples, self.real, sizes) for plan in schedule.layers
        ]
        self.workers = Workers(self.layers, threads, self.real, sizes)
        self._inputs = [plan.source for plan in schedule.layers if plan.source_is_input]
        self._inputs = list(dict.fromkeys(self._inputs))
        self._layers = (kinds.layer * len(self.layers))()
        self._sources = (kinds.source * max(1, len(self._inputs)))()
        self._workers = self.workers.fill((kinds.worker * threads)())
        self._net = kinds.net()
        self._rows = np.zeros(self.samples, np.int64)
        self._resident: tuple[Any, ...] = ()  # what the sources point to
        self._step = 0
        self._normal = draw.normal_table()
        self._pool = open_pool(self._library, threads)
        self._fill(threads)
        self._together = (
            Together(schedule, self.layers, self._layers, exchange) if exchange else None
        )
        self.load(state)

    # ------------------------------------------------------------ the protocol

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run the forward phases, some samples at a time."""
        self._check(batch)
        figures = self._figures()
        for start in range(0, len(batch.rows), self.samples):
            self._begin(batch.events, batch.rows[start : start + self.samples])
            self._library.sfd_net_forward(ctypes.byref(self._net))
            figures.add(record=record)
        return figures.result()

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        """Train on one batch."""
        self._check(batch, learn=True)
        figures = self._figures()
        self._learn(batch, place, trace)
        figures.add()
        return figures.result()

    def learn_on(
        self, rest: Batch, step: int, epoch: int, go_on: Callable[[], bool] = lambda: True
    ) -> Forward:
        """Train on some batches of an epoch: see `codegen.optional`."""
        self._check(rest, learn=True)
        size = self.schedule.batch
        figures = self._figures()
        for number, start in enumerate(range(0, len(rest), size)):
            batch = replace(rest, rows=rest.rows[start : start + size])
            self._learn(batch, BatchPlace(step + number, epoch, len(batch)))
            figures.add()
            if number + 1 == IN_A_ROW or not go_on():
                break
        return figures.result()

    def state(self) -> State:
        """A copy of the state, [pre][post] again."""
        return state_of(self.layers, self._step)

    def load(self, state: State) -> None:
        """Replace the state."""
        check_state(state, self.schedule)
        self._step = state.step
        for layer in self.layers:
            layer.load(state)

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
        shared = self._together.bytes if self._together else 0
        return shared + self.workers.bytes + sum(layer.bytes for layer in self.layers)

    # ------------------------------------------------------------ filling the structures

    def _fill(self, threads: int) -> None:
        """Everything that no batch changes."""
        number = {layer.name: index for index, layer in enumerate(self.layers)}
        for index, (layer, mirror) in enumerate(zip(self.layers, self._layers, strict=True)):
            plan = layer.plan
            hidden = number.get(plan.source, -1)
            source = self._inputs.index(plan.source) if plan.source_is_input else -1
            layer.fill(mirror, index, source, hidden)
            if hidden >= 0 and self.layers[hidden].has("grades"):
                mirror.heard_grades = address(self.layers[hidden]["grades"])
            mirror.most_heard = self.layers[hidden].most_spikes if hidden >= 0 else 0
        for phase in self.schedule.phases:
            for name, value in phase.constants.items():
                setattr(self._layers[number[phase.layer]], name, value)
        self._changing = [
            (phase, self._layers[number[phase.layer]])
            for phase in self.schedule.learn
            if phase.rates or phase.scalars
        ]
        net = self._net
        net.pool = self._pool
        net.layers = ctypes.addressof(self._layers)
        net.sources = ctypes.addressof(self._sources)
        net.workers = ctypes.addressof(self._workers)
        net.rows = address(self._rows)
        net.normal = address(self._normal)
        net.threads = threads
        net.layer_count = len(self.layers)
        outputs = [index for index, layer in enumerate(self.layers) if layer.plan.is_output]
        net.output = outputs[0] if outputs else -1
        if outputs and self.layers[outputs[0]].has("derivative"):
            net.derivative = address(self.layers[outputs[0]]["derivative"])
        net.classes = self.schedule.classes
        net.shards = self.schedule.shards
        net.key0, net.key1 = self.seed & 0xFFFFFFFF, self.seed >> 32 & 0xFFFFFFFF
        net.stop_epoch = self.schedule.window.epoch
        net.stop = self.schedule.window.E

    def _learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> None:
        self._begin(batch.events, batch.rows)
        labels = np.ascontiguousarray(batch.labels, np.int64)
        self._net.labels = address(labels)
        self._net.step = place.step & 0xFFFFFFFF
        for phase, mirror in self._changing:
            for name, value in step_scalars(self.schedule, phase, place).items():
                setattr(mirror, name, value)
        if trace is not None:
            self._learn_traced(trace, len(batch))
        elif self._together:
            self._together.learn(self._library, self._net)
        else:
            self._library.sfd_net_learn(ctypes.byref(self._net))
        self._step += 1

    def _learn_traced(self, trace: Trace, samples: int) -> None:
        """One batch that leaves its mean gradients behind."""
        if self._together:
            raise ValueError("a batch is traced in one process")
        for layer, mirror in zip(self.layers, self._layers, strict=True):
            mirror.gradient = address(layer.trace_gradient())
        self._library.sfd_net_learn(ctypes.byref(self._net))
        for mirror in self._layers:
            mirror.gradient = None
        tell(self.layers, trace, samples)

    def _check(self, batch: Batch, *, learn: bool = False) -> None:
        """See that C can trust a batch, and let it listen to its data set."""
        if not self._pool:
            raise ValueError("the session is closed")
        self._given.check(batch, learn=learn)
        self._listen(batch.events)

    def _listen(self, events: Mapping[str, AnyEvents]) -> None:
        """Point the sources to a data set, unless they do already."""
        wanted = tuple(of_kind(Events, events[name]) for name in self._inputs)
        if len(wanted) == len(self._resident) and all(
            old[0] is new for old, new in zip(self._resident, wanted, strict=True)
        ):
            return
        resident = []
        for mirror, source in zip(self._sources, wanted, strict=False):
            arrays = _arrays(source, self.real)
            mirror.offsets, mirror.E, mirror.neuron, mirror.epoch = map(address, arrays)
            resident.append((source, *arrays))
        self._resident = tuple(resident)

    def _begin(self, events: Mapping[str, AnyEvents], rows: Array) -> None:
        """Name the samples of a batch and make room for what they hear."""
        net = self._net
        net.samples = net.end = len(rows)
        net.begin, net.first_shard, net.end_shard = 0, 0, net.shards
        self._rows[: len(rows)] = rows
        for layer, mirror in zip(self.layers, self._layers, strict=True):
            if layer.plan.source_is_input:
                offsets = events[layer.plan.source].offsets
                most = int((offsets[rows + 1] - offsets[rows]).max(initial=0))
                layer.make_room(most, mirror)

    # ------------------------------------------------------------ results

    def _figures(self) -> Figures:
        return Figures(self._library, self._net, self.layers)


def open_pool(library: ctypes.CDLL, threads: int) -> ctypes.c_void_p:
    """Threads that wait for work: awake for a short while where each has a processor.

    Raises:
        MemoryError: If there cannot be so many.
    """
    patience = PATIENCE if threads <= processors() else 0
    pool = ctypes.c_void_p(library.sfd_pool_open(threads, patience))
    if not pool:
        raise MemoryError("no threads")
    return pool


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_library(library: Path) -> ctypes.CDLL:
    """Load a library; what its functions return is declared where it is no int."""
    loaded = ctypes.CDLL(str(library.resolve()))
    loaded.sfd_pool_open.restype = ctypes.c_void_p
    loaded.sfd_size_of.restype = ctypes.c_size_t
    return loaded


def _arrays(events: Events, real: np.dtype[Any]) -> tuple[Array, Array, Array, Array | None]:
    """Offsets, E, neuron, epoch as C reads them; no copy where they are so already."""
    epoch = None if events.epoch is None else np.ascontiguousarray(events.epoch, np.uint32)
    return (
        np.ascontiguousarray(events.offsets, np.int64),
        np.ascontiguousarray(events.E, real),
        np.ascontiguousarray(events.neuron, np.uint32),
        epoch,
    )
