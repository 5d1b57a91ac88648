"""A network on a device: its structures, its buffers, and the launches that walk over batches."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.cuda import layout
from sfdfa_compiler.targets.cuda.buffers import LayerBuffers
from sfdfa_compiler.targets.cuda.data import Piece
from sfdfa_compiler.targets.cuda.devices import Device, Memory
from sfdfa_compiler.targets.cuda.lower import constant_names, dynamic_bytes

Array = NDArray[Any]
NORMALS = 65536  # quantiles of the normal distribution


class Network:
    """What kernels reach from the one pointer that they get."""

    def __init__(
        self,
        schedule: Schedule,
        device: Device,
        inputs: tuple[str, ...],
        seed: int,
        *,
        shared: bool = False,
    ) -> None:
        """Allocate everything that no data set changes; `shared`: with other processes."""
        self.schedule = schedule
        self.device = device
        self.layers = [
            LayerBuffers(schedule, plan, device, shared=shared) for plan in schedule.layers
        ]
        kinds = layout.structures(constant_names(schedule))
        self._layers = (kinds.layer * len(self.layers))()
        self._sources = (kinds.source * max(1, len(inputs)))()
        self._net = kinds.net()
        self._dynamic = dynamic_bytes(schedule)
        self._memory = {
            "net": device.zeros(ctypes.sizeof(self._net), np.uint8),
            "layers": device.zeros(ctypes.sizeof(self._layers), np.uint8),
            "sources": device.zeros(ctypes.sizeof(self._sources), np.uint8),
            "normal": device.zeros(NORMALS, np.float32),
            "cursor": device.zeros(1, np.uint32),
            "launches": device.zeros(1, np.uint32),
            "barriers": device.zeros(2, np.uint32),
        }
        self._memory["normal"].write(draw.normal_table())
        self._reached: list[Memory] = []
        self._fill(inputs, seed)

    def _fill(self, inputs: tuple[str, ...], seed: int) -> None:
        """Everything that no batch changes."""
        schedule, net = self.schedule, self._net
        number = {layer.name: index for index, layer in enumerate(self.layers)}
        for index, (layer, mirror) in enumerate(zip(self.layers, self._layers, strict=True)):
            plan = layer.plan
            source = inputs.index(plan.source) if plan.source_is_input else layout.NONE
            layer.fill(mirror, index, source, number.get(plan.source, layout.NONE))
        for phase in schedule.phases:
            for name, value in phase.constants.items():
                setattr(self._layers[number[phase.layer]], name, value)
        self._output = next(
            (index for index, layer in enumerate(self.layers) if layer.plan.is_output), None
        )
        net.layer_count = len(self.layers)
        net.output = layout.NONE if self._output is None else self._output
        net.classes = schedule.classes
        net.shards = schedule.shards
        net.key0, net.key1 = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
        net.stop_epoch = schedule.window.epoch
        net.stop = schedule.window.E

    # ------------------------------------------------------------ batches

    def begin(
        self,
        piece: Piece,
        size: int,
        steps: Array,
        *,
        traced: bool = False,
        shards: tuple[int, int] | None = None,
    ) -> None:
        """Bring to the device all that the next launches read: each takes one batch of `size`.

        Args:
            piece: The samples of all of them.
            size: Samples of each batch but the last, which may be smaller.
            steps: For each batch and layer, what changes with it: (batches, layers) records.
            traced: Whether the mean gradient of a batch is kept.
            shards: The first shard that is worked on here, and the end; None: all.
        """
        net, samples = self._net, len(piece)
        self._write("order", piece.order, np.int64)
        self._write("names", piece.names, np.int64)
        self._write("steps", steps, layout.STEP_RECORD)
        self._memory["cursor"].write(np.zeros(1, np.uint32))
        for source, arrays in zip(self._sources, piece.resident.sources, strict=False):
            source.E, source.neuron, source.offsets = (memory.address for memory in arrays)
        self._memory["sources"].write(layout.as_bytes(self._sources))
        for layer, mirror in zip(self.layers, self._layers, strict=True):
            mirror.gradient = layer.trace_gradient() if traced else None
            if layer.plan.is_output:
                self._reserve("results", samples * layer.plan.size, np.uint32)
                mirror.results = self._memory["results"].address
        self._memory["layers"].write(layout.as_bytes(self._layers))
        for name in set(self._memory) & {name for name, _ in layout.NET}:
            setattr(net, name, self._memory[name].address)
        labels = piece.resident.labels
        net.labels = None if labels is None else labels.address
        net.batch, net.total = size, samples
        net.first_shard, net.end_shard = shards or (0, self.schedule.shards)
        self._memory["net"].write(layout.as_bytes(net))
        self._reached = [*self.memory, *piece.resident.memory]

    def launch(self, walk: str) -> None:
        """Queue the next batch: nothing is copied, allocated or waited for."""
        net = self._memory["net"]
        self.device.launch(f"sfd_net_{walk}", net, self._reached, self._dynamic)

    def results(self, samples: int) -> Forward:
        """What the launches since `begin` have found out about so many samples."""
        self._reached = []  # the piece may go
        figures = {layer.name: layer.figures() for layer in self.layers}
        classes = self.schedule.classes if self._output is not None else 0
        counts = np.zeros((samples, 0), np.uint32)
        if classes:
            counts = self._memory["results"].read(samples * classes).reshape(samples, classes)
        return Forward(
            counts=counts,
            activity={name: activity for name, (activity, _) in figures.items()},
            saturated={name: muted for name, (_, muted) in figures.items()},
        )

    # ------------------------------------------------------------ memory

    @property
    def memory(self) -> list[Memory]:
        """All arrays, but those of data sets."""
        return [
            *self._memory.values(),
            *(memory for layer in self.layers for memory in layer.memory),
        ]

    def _reserve(self, name: str, count: int, kind: DTypeLike) -> None:
        """Room for so many elements; it grows, and what was in it is lost."""
        needed = max(1, count) * np.dtype(kind).itemsize
        if name not in self._memory or self._memory[name].bytes < needed:
            self._memory.pop(name, None)
            self._memory[name] = self.device.zeros(max(1, count), kind)

    def _write(self, name: str, values: Array, kind: DTypeLike) -> None:
        self._reserve(name, values.size, kind)
        self._memory[name].write(np.ascontiguousarray(values, kind))
