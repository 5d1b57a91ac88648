"""What batches say of themselves: added up in C, read when the last of them is through."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.targets.native.buffers import LayerBuffers


class Figures:
    """The figures of some batches, one after the other."""

    def __init__(self, library: ctypes.CDLL, net: Any, layers: Sequence[LayerBuffers]) -> None:  # noqa: ANN401
        """Clear them; `net` is the C structure of the network."""
        self._library = library
        self._net = net
        self._layers = layers
        self._output = next((layer for layer in layers if layer.plan.is_output), None)
        self._counts: list[NDArray[np.uint32]] = []
        self._spikes: list[dict[str, Events]] = []
        for layer in layers:
            layer["activity"].fill(0)
            layer["muted"].fill(0)

    def add(self, *, record: bool = False) -> None:
        """Take the batch at hand in, with its spikes if they are to be recorded."""
        samples = self._net.samples
        self._library.sfd_net_tally(ctypes.byref(self._net))
        counts = self._output.counts(samples).copy() if self._output else None
        self._counts.append(np.zeros((samples, 0), np.uint32) if counts is None else counts)
        if record:
            self._spikes.append({layer.name: layer.events(samples) for layer in self._layers})

    def result(self) -> Forward:
        """What they add up to."""
        return Forward(
            counts=np.concatenate(self._counts),
            activity={
                each.name: each["activity"][: each.plan.size].copy() for each in self._layers
            },
            saturated={each.name: int(each["muted"].sum()) for each in self._layers},
            spikes={
                name: Events.join([spikes[name] for spikes in self._spikes])
                for name in (self._spikes[0] if self._spikes else ())
            },
        )
