"""What C reads and writes of one layer in a clock profile, and how it looks from outside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.data.events import StepEvents
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.schedule import LayerPlan, Schedule
from sfdfa_compiler.schedule.clock import most_added
from sfdfa_compiler.targets.native.clock.layout import LANES
from sfdfa_compiler.targets.native.memory import address, aligned

Array = NDArray[Any]


def padded(size: int) -> int:
    """A layer's size, rounded up to whole vectors."""
    return -(-size // LANES) * LANES


class LayerBuffers:
    """Arrays for some samples at once, allocated when the session opens."""

    def __init__(self, schedule: Schedule, plan: LayerPlan, samples: int) -> None:
        """Allocate; padded neurons have weights of 0 and never fire."""
        clock = schedule.clock
        self.plan = plan
        self.name = plan.name
        self.lanes = padded(plan.size)
        self.delay = 0 if plan.source_is_input else clock.latency
        self.most_added = int(min(most_added(clock), 2**63))
        self.most_sent = plan.size * min(plan.max_spikes, clock.steps)
        weight = dtype(clock.formats.weight.format)
        self._arrays: dict[str, Array] = {
            "weight": aligned((plan.source_size, self.lanes), weight),
            "counts": aligned((samples, self.lanes), np.uint32),
            "sent": aligned(samples, np.uint32),
            "sent_step": aligned((samples, self.most_sent), np.uint32),
            "sent_neuron": aligned((samples, self.most_sent), np.uint32),
        }

    def fill(self, mirror: Any) -> None:  # noqa: ANN401 - a generated ctypes structure
        """Write sizes and addresses into the C structure."""
        mirror.size = self.plan.size
        mirror.max_spikes = self.plan.max_spikes
        for name in ("lanes", "delay", "most_added", "most_sent"):
            setattr(mirror, name, getattr(self, name))
        for name, array in self._arrays.items():
            setattr(mirror, name, address(array))

    @property
    def bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self._arrays.values())

    def load(self, weights: Array) -> None:
        """Take weights over, (pre, post)."""
        self._arrays["weight"][:, : self.plan.size] = weights

    def counts(self, samples: int) -> NDArray[np.uint32]:
        """Spikes of each neuron in each sample."""
        return self._arrays["counts"][:samples, : self.plan.size]

    def events(self, samples: int) -> StepEvents:
        """All spikes of the samples."""
        sent = self._arrays["sent"][:samples].astype(np.int64)
        used = np.arange(self.most_sent) < sent[:, None]
        step, neuron = (self._arrays[name][:samples][used] for name in ("sent_step", "sent_neuron"))
        return StepEvents(
            offsets=offsets_of(sent), step=step, neuron=neuron, count=np.ones_like(step)
        )
