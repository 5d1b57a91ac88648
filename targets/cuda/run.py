"""A session of the target cuda: one launch a batch, on a GPU or on the CPU."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.data.events import AnyEvents, Events, of_kind
from sfdfa_compiler.schedule import BatchPlace, Schedule, step_scalars
from sfdfa_compiler.targets.cuda import layout
from sfdfa_compiler.targets.cuda.buffers import LayerBuffers
from sfdfa_compiler.targets.cuda.devices import Device, Memory
from sfdfa_compiler.targets.cuda.inputs import elements
from sfdfa_compiler.targets.cuda.lower import constant_names, dynamic_bytes

Array = NDArray[Any]


class CudaSession:
    """A state on a device, and the kernels that change it."""

    def __init__(self, schedule: Schedule, state: State, device: Device, seed: int) -> None:
        """Allocate all buffers, take the state over."""
        self.schedule = schedule
        self.seed = seed
        self.device = device
        self.samples = schedule.room
        self.layers = [
            LayerBuffers(schedule, plan, self.samples, device) for plan in schedule.layers
        ]
        self._inputs = list(
            dict.fromkeys(plan.source for plan in schedule.layers if plan.source_is_input)
        )
        kinds = layout.structures(constant_names(schedule))
        self._mirrors = (kinds.layer * len(self.layers))()
        self._source_mirrors = (kinds.source * max(1, len(self._inputs)))()
        self._net_mirror = kinds.net()
        self._dynamic = dynamic_bytes(schedule)
        self._resident: dict[str, tuple[AnyEvents, list[Memory]]] = {}
        self._labels: tuple[Array | None, Memory] = (None, device.zeros(1, np.int64))
        self._step = 0
        self._allocate()
        self._fill()
        self.load(state)

    def _allocate(self) -> None:
        """Arrays of the network as a whole."""
        device = self.device
        self._net = device.zeros(ctypes.sizeof(self._net_mirror), np.uint8)
        self._layer_table = device.zeros(ctypes.sizeof(self._mirrors), np.uint8)
        self._source_table = device.zeros(ctypes.sizeof(self._source_mirrors), np.uint8)
        self._steps = device.zeros(len(self.layers), layout.STEP_RECORD)
        self._order = device.zeros(self.samples, np.int64)
        self._normal = device.zeros(65536, np.float32)
        self._normal.write(draw.normal_table())
        self._cursor = device.zeros(1, np.uint32)
        self._launches = device.zeros(1, np.uint32)
        self._barriers = device.zeros(2, np.uint32)

    # ------------------------------------------------------------ the protocol

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run the forward phases, some samples at a time."""
        self._listen(batch.events)
        parts = []
        for start in range(0, max(1, len(batch)), self.samples):
            rows = batch.rows[start : start + self.samples]
            self._launch("forward", rows)
            parts.append(self._result(len(rows), record=record))
        return Forward.join(parts)

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        """Train on one batch."""
        if batch.labels is None:
            raise ValueError("learning needs labels")
        self._listen(batch.events)
        self._name(batch.labels)
        self._steps.write(self._scalars(place))
        for layer, mirror in zip(self.layers, self._mirrors, strict=True):
            mirror.gradient = layer.trace_gradient() if trace is not None else None
        self._layer_table.write(layout.as_bytes(self._mirrors))
        self._launch("learn", batch.rows)
        self._step += 1
        if trace is not None:
            self._tell(trace, len(batch))
        return self._result(len(batch), record=False)

    def state(self) -> State:
        """A copy of the state."""
        state = State(weights={}, step=self._step)
        for layer in self.layers:
            state.weights[layer.name] = layer.synapses("weight")
            if layer.has("m"):
                state.m[layer.name] = layer.synapses("m")
                state.v[layer.name] = layer.synapses("v")
            if layer.has("feedback"):
                state.feedback[layer.name] = layer.feedback()
        return state

    def load(self, state: State) -> None:
        """Replace the state."""
        self._step = state.step
        for layer in self.layers:
            layer.load(state)

    def close(self) -> None:
        """Let all arrays go."""
        self._resident = {}

    @property
    def buffer_bytes(self) -> int:
        """Bytes of all buffers that the session holds on the device."""
        return sum(memory.bytes for memory in self._reached())

    # ------------------------------------------------------------ filling the structures

    def _fill(self) -> None:
        """Everything that no batch changes."""
        number = {layer.name: index for index, layer in enumerate(self.layers)}
        for index, (layer, mirror) in enumerate(zip(self.layers, self._mirrors, strict=True)):
            plan = layer.plan
            source = self._inputs.index(plan.source) if plan.source_is_input else layout.NONE
            layer.fill(mirror, index, source, number.get(plan.source, layout.NONE))
        for phase in self.schedule.phases:
            for name, value in phase.constants.items():
                setattr(self._mirrors[number[phase.layer]], name, value)
        self._layer_table.write(layout.as_bytes(self._mirrors))
        outputs = [index for index, layer in enumerate(self.layers) if layer.plan.is_output]
        net = self._net_mirror
        net.layers, net.sources = self._layer_table.address, self._source_table.address
        net.steps, net.order = self._steps.address, self._order.address
        net.normal, net.cursor = self._normal.address, self._cursor.address
        net.launches, net.barriers = self._launches.address, self._barriers.address
        net.batch = self.samples
        net.layer_count = len(self.layers)
        net.output = outputs[0] if outputs else layout.NONE
        net.classes = self.schedule.classes
        net.shards = self.schedule.shards
        net.key0, net.key1 = self.seed & 0xFFFFFFFF, self.seed >> 32 & 0xFFFFFFFF
        net.stop_epoch = self.schedule.window.epoch
        net.stop = self.schedule.window.E

    def _scalars(self, place: BatchPlace) -> Array:
        """What changes with the batch, a record for each layer."""
        records = np.zeros(len(self.layers), layout.STEP_RECORD)
        records["number"] = place.step & 0xFFFFFFFF
        number = {layer.name: index for index, layer in enumerate(self.layers)}
        for phase in self.schedule.learn:
            for name, value in step_scalars(self.schedule, phase, place).items():
                records[name][number[phase.layer]] = value
        return records

    def _listen(self, events: Mapping[str, AnyEvents]) -> None:
        """Bring a data set's events to the device, unless they are there already."""
        changed = False
        for name, mirror in zip(self._inputs, self._source_mirrors, strict=False):
            if name in self._resident and self._resident[name][0] is events[name]:
                continue
            arrays = elements(of_kind(Events, events[name]), self.schedule.window.epoch)
            held = [self.device.zeros(max(1, array.size), array.dtype) for array in arrays]
            for memory, array in zip(held, arrays, strict=True):
                memory.write(array)
            mirror.E, mirror.neuron, mirror.offsets = (memory.address for memory in held)
            self._resident[name] = (events[name], held)
            changed = True
        if changed:
            self._source_table.write(layout.as_bytes(self._source_mirrors))

    def _name(self, labels: Array) -> None:
        """Bring a data set's labels to the device, unless they are there already."""
        if self._labels[0] is not labels:
            memory = self.device.zeros(len(labels), np.int64)
            memory.write(np.ascontiguousarray(labels, np.int64))
            self._labels = (labels, memory)

    def _launch(self, walk: str, rows: Array) -> None:
        """One batch: name its samples, start at the first of the batches."""
        self._order.write(np.ascontiguousarray(rows, np.int64))
        self._cursor.write(np.zeros(1, np.uint32))
        self._net_mirror.total = len(rows)
        self._net_mirror.labels = self._labels[1].address
        self._net.write(layout.as_bytes(self._net_mirror))
        self.device.launch(f"sfd_net_{walk}", self._net, self._reached(), self._dynamic)

    def _reached(self) -> list[Memory]:
        """All arrays that kernels reach."""
        own = [
            self._layer_table, self._source_table, self._steps, self._order, self._normal,
            self._cursor, self._launches, self._barriers, self._labels[1],
        ]  # fmt: skip
        held = [memory for _, arrays in self._resident.values() for memory in arrays]
        return [*own, *held, *(memory for layer in self.layers for memory in layer.memory)]

    # ------------------------------------------------------------ results

    def _result(self, samples: int, *, record: bool) -> Forward:
        counts = {layer.name: layer.counts(samples) for layer in self.layers}
        spikes = {layer.name: layer.events(samples) for layer in self.layers} if record else {}
        return Forward.of(self.schedule, counts, spikes)

    def _tell(self, trace: Trace, samples: int) -> None:
        """Every stage of the batch, in the order of the test vectors."""
        for stage in ("spikes", "counts", "perturbation", "derivative", "feedback", "delta"):
            for layer in self.layers:
                value = layer.stage(stage, samples)
                if value is not None:
                    trace.add(stage, layer.name, value)
        for layer in self.layers:
            if layer.plan.learns:
                trace.add("gradient", layer.name, layer.synapses("gradient"))
        for layer in self.layers:
            trace.add("weights", layer.name, layer.synapses("weight"))
