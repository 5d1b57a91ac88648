"""The buffers of a layer and of a worker: allocated once, known before a run starts."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.philox import Purpose
from sfdfa_compiler.codegen import State
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.schedule import LayerPlan, Schedule
from sfdfa_compiler.targets.native.memory import address, aligned, blocks_of

Array = NDArray[Any]
BLOCK = np.dtype([("first", np.int32), ("width", np.int32)])


class LayerBuffers:
    """What C reads and writes of one layer, and how it looks from outside."""

    def __init__(
        self,
        schedule: Schedule,
        plan: LayerPlan,
        samples: int,
        real: np.dtype[Any],
        sizes: dict[str, int],
    ) -> None:
        """Allocate for `samples` samples; `sizes` are C's sizes of its records in bytes."""
        self.plan = plan
        self.name = plan.name
        self.samples = samples
        self.real = real
        self.sizes = sizes
        self.epochs = schedule.window.epoch
        self.blocks = blocks_of(plan.size)
        self.lanes = sum(width for _, width in self.blocks)
        self.most_spikes = self.lanes * plan.max_spikes
        self.most_instants = 0
        self.per_spike = f"{plan.name}.handed" in schedule.buffers
        self._arrays: dict[str, Array] = {}
        self._allocate(schedule)
        if not plan.source_is_input:
            source = schedule.layer(plan.source)
            lanes = sum(width for _, width in blocks_of(source.size))
            self._hear(lanes * source.max_spikes)

    def _allocate(self, schedule: Schedule) -> None:
        plan, samples, real = self.plan, self.samples, self.real
        synapses = (plan.source_size * self.lanes,)
        neurons, spikes = (samples, self.lanes), (samples, self.most_spikes)
        shapes: dict[str, tuple[tuple[int, ...], Any]] = {
            "weight": (synapses, real),
            "active": ((plan.source_size,), np.uint8),
            "instant_count": ((samples,), np.uint32),
            "heard": ((samples,), np.uintp),
            "spikes": ((samples * self.most_spikes * self.sizes["spike"],), np.uint8),
            "logged": ((samples, len(self.blocks)), np.int32),
            "counts": (neurons, np.uint32),
            "activity": ((self.lanes,), np.uint32),
            "muted": ((self.lanes,), np.uint32),
            "sorted_E": (spikes, real),
            "sorted_neuron": (spikes, np.uint32),
            "position": (spikes, np.uint32),
            "spike_count": ((samples,), np.uint32),
        }
        if self.epochs:
            shapes["sorted_epoch"] = (spikes, np.uint32)
        optional: dict[str, tuple[tuple[int, ...], Any]] = {
            "m": (synapses, real),
            "v": (synapses, real),
            "feedback": ((schedule.classes, self.lanes), real),
            "perturbation": (neurons, real),
            "grades": (spikes, real),
            "derivative": ((samples, schedule.classes), real),
            "penalty": ((self.lanes,), real),
            "delta": (spikes if self.per_spike else neurons, real),
            "handed": (spikes, real),
        }
        planned = {name for name in optional if f"{plan.name}.{name}" in schedule.buffers}
        shapes |= {name: shape for name, shape in optional.items() if name in planned}
        self._arrays = {name: aligned(*shape) for name, shape in shapes.items()}
        self._block = np.array(self.blocks, np.int32).view(BLOCK).reshape(-1)

    # ------------------------------------------------------------ for C

    def fill(self, mirror: Any, number: int, source: int, source_layer: int) -> None:  # noqa: ANN401
        """Write sizes and addresses into the C structure."""
        self.point(mirror)
        mirror.number = number
        mirror.size = self.plan.size
        mirror.lanes = self.lanes
        mirror.blocks = len(self.blocks)
        mirror.max_spikes = self.plan.max_spikes
        mirror.source = source
        mirror.source_layer = source_layer
        mirror.source_size = self.plan.source_size
        mirror.most_spikes = self.most_spikes
        mirror.purpose = Purpose.PERTURBATION * 65536 + self.plan.index
        mirror.per_spike = int(self.per_spike)
        mirror.block = address(self._block)
        mirror.gradient = None

    def point(self, mirror: Any) -> None:  # noqa: ANN401 - a generated ctypes structure
        """Write the addresses of all arrays."""
        for name, array in self._arrays.items():
            setattr(mirror, name, address(array))
        mirror.most_instants = self.most_instants

    def _hear(self, most_events: int) -> None:
        self.most_instants = most_events + self.epochs
        size = self.samples * self.most_instants * self.sizes["instant"]
        self._arrays["instants"] = aligned((size,), np.uint8)

    def make_room(self, most_events: int, mirror: Any) -> None:  # noqa: ANN401
        """For samples with up to `most_events` input events."""
        if most_events + self.epochs > self.most_instants:
            self._hear(most_events)
            self.point(mirror)

    def trace_gradient(self) -> Array:
        """Memory for the mean gradient of a traced batch, zeroed."""
        size = self.plan.source_size * self.lanes
        self._arrays["gradient"] = aligned((size,), self.real)
        return self._arrays["gradient"]

    # ------------------------------------------------------------ for Python

    def __getitem__(self, name: str) -> Array:
        """A buffer as C has it."""
        return self._arrays[name]

    def has(self, name: str) -> bool:
        """Whether the plan gave the layer this buffer."""
        return name in self._arrays

    @property
    def bytes(self) -> int:
        """Bytes of all buffers."""
        return sum(array.nbytes for array in self._arrays.values())

    def counts(self, samples: int) -> NDArray[np.uint32]:
        """Spike counts, (samples, size): a view."""
        return self["counts"][:samples, : self.plan.size]

    def synapses(self, name: str) -> Array:
        """A copy of an array of synapses as [pre][post]."""
        flat = self[name]
        pre = self.plan.source_size
        parts = [
            flat[pre * first : pre * (first + width)].reshape(pre, width)
            for first, width in self.blocks
        ]
        return np.ascontiguousarray(np.concatenate(parts, axis=1)[:, : self.plan.size])

    def feedback(self) -> Array:
        """A copy of the feedback weights as [neuron][class]."""
        return np.ascontiguousarray(self["feedback"][:, : self.plan.size].T)

    def load(self, state: State) -> None:
        """Take weights, moments and feedback over."""
        for name, arrays in (("weight", state.weights), ("m", state.m), ("v", state.v)):
            if self.has(name):
                self._set_synapses(name, arrays.get(self.name))
        if self.has("feedback"):
            self["feedback"][:, : self.plan.size] = state.feedback[self.name].T
        moments = [arrays[self.name] for arrays in (state.m, state.v) if self.name in arrays]
        active = np.zeros(self.plan.source_size, bool)
        for array in moments:
            active |= array.any(axis=1)
        self["active"][:] = active

    def _set_synapses(self, name: str, values: Array | None) -> None:
        flat, pre = self[name], self.plan.source_size
        flat.fill(0)
        if values is None:
            return
        for first, width in self.blocks:
            here = min(width, self.plan.size - first)
            block = flat[pre * first : pre * (first + width)].reshape(pre, width)
            block[:, :here] = values[:, first : first + here]

    def events(self, samples: int) -> Events:
        """The sorted spikes of the batch at hand: a copy."""
        return Events(
            offsets=offsets_of(self["spike_count"][:samples]),
            E=self._of_spikes("sorted_E", samples),
            neuron=self._of_spikes("sorted_neuron", samples),
            epoch=self._of_spikes("sorted_epoch", samples) if self.epochs else None,
        )

    def _of_spikes(self, name: str, samples: int) -> Array:
        """A value of each spike, without the room that samples leave unused."""
        rows = zip(self[name], self["spike_count"][:samples], strict=False)
        return np.concatenate([row[:count] for row, count in rows])

    def stage(self, name: str, samples: int) -> Array | Events | None:
        """A stage of the batch at hand, as the interpreter has it; None if there is none."""
        if name == "spikes":
            return self.events(samples)
        if name == "counts":
            return self.counts(samples).copy() if self.plan.is_output else None
        if not self.has(name):
            return None
        if name == "feedback":
            return self.feedback()
        if name == "delta" and self.per_spike:
            return self._of_spikes("delta", samples)
        return np.ascontiguousarray(self[name][:samples, : self.plan.size])


class Workers:
    """What every thread needs for itself."""

    def __init__(
        self, layers: list[LayerBuffers], threads: int, real: np.dtype[Any], sizes: dict[str, int]
    ) -> None:
        """Allocate for the largest of the layers."""
        widest = max(width for layer in layers for _, width in layer.blocks)
        gradient = max(layer.plan.source_size for layer in layers) * widest
        lanes = max(layer.lanes for layer in layers)
        shapes: dict[str, tuple[int, Any]] = {
            "gradient": (gradient, real),
            "shard": (gradient, real),
            "keys": (max(layer.most_spikes for layer in layers) * sizes["key"], np.uint8),
            "fired": (lanes + 1, np.uint32),
            "words": (lanes, np.uint32),
            "P": (lanes, real),
            "Q": (lanes, real),
            "left": (max(len(layer.blocks) for layer in layers), np.int32),
        }
        self._arrays = [
            {name: aligned(*shape) for name, shape in shapes.items()} for _ in range(threads)
        ]

    def fill(self, mirrors: ctypes.Array[Any]) -> ctypes.Array[Any]:
        """Write the addresses into the C structures."""
        for arrays, mirror in zip(self._arrays, mirrors, strict=True):
            for name, array in arrays.items():
                setattr(mirror, name, address(array))
        return mirrors

    @property
    def bytes(self) -> int:
        """Bytes of all buffers."""
        return sum(array.nbytes for arrays in self._arrays for array in arrays.values())
