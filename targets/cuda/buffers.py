"""The buffers of a layer on a device."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.philox import Purpose
from sfdfa_compiler.codegen import State
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.schedule import LayerPlan, Schedule
from sfdfa_compiler.targets.cuda.devices import Device, Memory
from sfdfa_compiler.targets.cuda.layout import NONE
from sfdfa_compiler.targets.cuda.lower import KEYS

Array = NDArray[Any]
WARP = 32
MARKER = NONE


class Sizes:
    """How large the buffers of a layer are: known before anything is allocated."""

    def __init__(self, schedule: Schedule, plan: LayerPlan, *, shared: bool = False) -> None:
        """For `schedule.room` samples of a batch, whose shards processes may share."""
        self.plan = plan
        self.shared = shared
        self.epochs = schedule.window.epoch
        self.lanes = -(-plan.size // WARP) * WARP
        most = plan.size * plan.max_spikes
        self.most_elements = most + self.epochs
        self.most_keys = 1 << (most - 1).bit_length() if most > KEYS else 0
        self.most_heard = 0  # elements of the source, where errors are handed down
        self.per_spike = f"{plan.name}.handed" in schedule.buffers
        if any(p.kernel == "hand_down" and p.layer == plan.name for p in schedule.learn):
            source = schedule.layer(plan.source)
            self.most_heard = source.size * source.max_spikes + self.epochs
        self.shapes = self._shapes(schedule)

    def values(self, number: int, source: int, source_layer: int) -> dict[str, Any]:
        """The numbers in the layer's structure."""
        plan = self.plan
        return {
            "number": number,
            "size": plan.size,
            "lanes": self.lanes,
            "max_spikes": plan.max_spikes,
            "source": source,
            "source_layer": source_layer,
            "source_size": plan.source_size,
            "most_elements": self.most_elements,
            "most_keys": self.most_keys,
            "most_heard": self.most_heard,
            "purpose": Purpose.PERTURBATION * 65536 + plan.index,
            "per_spike": int(self.per_spike),
        }

    @property
    def bytes(self) -> int:
        """All buffers together."""
        return sum(
            int(np.prod(shape)) * np.dtype(kind).itemsize for shape, kind in self.shapes.values()
        )

    def _shapes(self, schedule: Schedule) -> dict[str, tuple[tuple[int, ...], Any]]:
        plan, samples = self.plan, schedule.room
        real, word = np.float32, np.uint32
        synapses = (plan.source_size, self.lanes)
        neurons, elements = (samples, self.lanes), (samples, self.most_elements)
        log = (samples, plan.max_spikes, self.lanes)
        planned = {
            name.split(".")[1] for name in schedule.buffers if name.startswith(f"{plan.name}.")
        }
        shapes: dict[str, tuple[tuple[int, ...], Any]] = {
            "weight": (synapses, real),
            "spikes": ((*log, 4), real),
            "counts": (neurons, word),
            "sorted_E": (elements, real),
            "sorted_neuron": (elements, word),
            "sorted_spike": (elements, word),
            "order": (log, word),
            "element_count": ((samples,), word),
            "keys": ((samples, self.most_keys), np.uint64),
            "activity": ((self.lanes,), word),
            "muted": ((self.lanes,), word),
        }
        optional: dict[str, tuple[tuple[int, ...], Any]] = {
            "m": (synapses, real),
            "v": (synapses, real),
            "feedback": ((schedule.classes, self.lanes), real),
            "grades": (elements, real),
            "perturbation": (neurons, real),
            "derivative": (neurons, real),
            "penalty": ((self.lanes,), real),
            "delta": (elements if self.per_spike else neurons, real),
            "handed": (elements, real),
        }
        shapes |= {name: shape for name, shape in optional.items() if name in planned}
        if self.shared and plan.learns:
            shapes["accumulators"] = ((schedule.shards, *synapses), real)
        if self.epochs:
            shapes["log_epoch"] = (log, word)
        if self.most_heard:
            shapes["sums"] = ((samples, self.most_heard, self.lanes // WARP), real)
        return shapes


class LayerBuffers:
    """What kernels read and write of one layer, and how it looks from outside."""

    def __init__(
        self, schedule: Schedule, plan: LayerPlan, device: Device, *, shared: bool = False
    ) -> None:
        """Allocate all buffers; `shared`: also what processes need that share a batch."""
        self.plan = plan
        self.name = plan.name
        self.device = device
        self.sizes = Sizes(schedule, plan, shared=shared)
        self._memory: dict[str, Memory] = {
            name: device.zeros(shape, kind) for name, (shape, kind) in self.sizes.shapes.items()
        }

    # ------------------------------------------------------------ for kernels

    def fill(self, mirror: Any, number: int, source: int, source_layer: int) -> None:  # noqa: ANN401
        """Write sizes and addresses into the layer's structure."""
        for name, memory in self._memory.items():
            setattr(mirror, name, memory.address)
        for name, value in self.sizes.values(number, source, source_layer).items():
            setattr(mirror, name, value)

    @property
    def memory(self) -> list[Memory]:
        """All buffers."""
        return list(self._memory.values())

    def arrays(self) -> dict[str, Memory]:
        """All buffers, by the names in the layer's structure."""
        return dict(self._memory)

    def rows(self, name: str) -> tuple[Memory, int]:
        """A buffer, and how many elements a row of it has: of a sample, of a shard."""
        shape, _ = self.sizes.shapes[name]
        return self._memory[name], int(np.prod(shape[1:]))

    def trace_gradient(self) -> int:
        """Make room for the mean gradient of traced batches; its address."""
        if "gradient" not in self._memory:
            shape = (self.plan.source_size, self.sizes.lanes)
            self._memory["gradient"] = self.device.zeros(shape, np.float32)
        return self._memory["gradient"].address

    # ------------------------------------------------------------ for Python

    def has(self, name: str) -> bool:
        """Whether the plan gave the layer this buffer."""
        return name in self._memory

    def synapses(self, name: str) -> Array:
        """A copy of an array of synapses, [pre][post]."""
        return np.ascontiguousarray(self._memory[name].read()[:, : self.plan.size])

    def feedback(self) -> Array:
        """A copy of the feedback weights, [neuron][class]."""
        return np.ascontiguousarray(self._memory["feedback"].read()[:, : self.plan.size].T)

    def load(self, state: State) -> None:
        """Take weights, moments and feedback over."""
        for name, arrays in (("weight", state.weights), ("m", state.m), ("v", state.v)):
            if self.has(name):
                self._write(name, arrays.get(self.name))
        if self.has("feedback"):
            self._write("feedback", state.feedback[self.name].T)

    def _write(self, name: str, values: Array | None) -> None:
        padded = np.zeros_like(self._memory[name].read())
        if values is not None:
            padded[:, : self.plan.size] = values
        self._memory[name].write(padded)

    def counts(self, samples: int) -> NDArray[np.uint32]:
        """Spike counts, (samples, size)."""
        return np.ascontiguousarray(self._memory["counts"].read()[:samples, : self.plan.size])

    def figures(self) -> tuple[NDArray[np.uint32], int]:
        """Spikes of each neuron since the first batch, and how often one fell mute."""
        size = self.plan.size
        muted = self._memory["muted"].read()[:size]
        return self._memory["activity"].read()[:size].copy(), int(muted.sum(dtype=np.int64))

    def _events(self, samples: int) -> NDArray[np.bool_]:
        """Which elements of the batch at hand are events."""
        count = self._memory["element_count"].read()[:samples, None]
        events: NDArray[np.bool_] = np.arange(self.sizes.most_elements) < count
        events &= self._memory["sorted_neuron"].read()[:samples] != MARKER
        return events

    def events(self, samples: int) -> Events:
        """The sorted spikes of the batch at hand."""
        chosen = self._events(samples)
        neuron = self._memory["sorted_neuron"].read()[:samples]
        markers = np.cumsum(neuron == MARKER, axis=1, dtype=np.uint32)
        return Events(
            offsets=offsets_of(chosen.sum(axis=1)),
            E=self._memory["sorted_E"].read()[:samples][chosen],
            neuron=neuron[chosen],
            epoch=markers[chosen] if self.sizes.epochs else None,
        )

    def stage(self, name: str, samples: int) -> Array | Events | None:
        """A stage of the batch at hand, as the interpreter has it; None if there is none."""
        if name == "spikes":
            return self.events(samples)
        if name == "counts":
            return self.counts(samples) if self.plan.is_output else None
        if not self.has(name):
            return None
        if name == "feedback":
            return self.feedback()
        if name == "delta" and self.sizes.per_spike:
            return self._memory["delta"].read()[:samples][self._events(samples)]
        return np.ascontiguousarray(self._memory[name].read()[:samples, : self.plan.size])
