"""Event lists of a batch, side by side: the sample axis of the interpreter.

A list's elements are events and, in long windows, epoch markers: a marker at (e, 1) stands for the
beginning of epoch e, where a neuron's sums are rescaled. Every element begins an interval, which
ends (`close`) at the next event, at the radix when a marker follows, or at the sample's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.event import RADIX
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.schedule import Window

Array = NDArray[Any]
MARKER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """Elements of all samples, padded to the longest; row s has `count[s]` of them."""

    count: NDArray[np.int64]  # (samples,)
    E: Array  # (samples, elements)
    close: Array  # (samples, elements): where the interval that begins here ends
    neuron: NDArray[np.int64]  # (samples, elements); MARKER at the beginning of an epoch
    epoch: NDArray[np.int64]  # (samples, elements)
    event: NDArray[np.int64]  # (samples, elements): which of the sample's events; MARKER likewise

    def rows(self, samples: Array) -> Train:
        """The train of some samples, cut to their longest."""
        count = self.count[samples]
        most = int(count.max(initial=0))
        return Train(
            count=count,
            E=self.E[samples, :most],
            close=self.close[samples, :most],
            neuron=self.neuron[samples, :most],
            epoch=self.epoch[samples, :most],
            event=self.event[samples, :most],
        )


def lay_out(events: Events, window: Window) -> Train:
    """Lay the events of a batch out as a train, with markers up to the window's last epoch."""
    counts = np.diff(events.offsets) + window.epoch
    shape = (len(events), int(counts.max(initial=0)))
    real = events.E.dtype
    E, close = np.ones(shape, real), np.ones(shape, real)
    neuron, event = np.full(shape, MARKER, np.int64), np.full(shape, MARKER, np.int64)
    epoch = np.zeros(shape, np.int64)
    begins = np.arange(1, window.epoch + 1)
    for s, count in enumerate(counts):
        span = slice(events.offsets[s], events.offsets[s + 1])
        own = np.arange(span.stop - span.start)
        epochs = np.zeros(len(own), np.int64) if events.epoch is None else events.epoch[span]
        times = np.concatenate([events.E[span], np.ones(len(begins), real)])
        epochs = np.concatenate([epochs, begins])
        which = np.concatenate([own, np.full(len(begins), MARKER)])
        place = np.lexsort((which, times, epochs))  # MARKER < 0: before events of the same instant
        E[s, :count], epoch[s, :count] = times[place], epochs[place]
        event[s, :count] = which[place]
        real_events = event[s, :count] >= 0
        neuron[s, :count][real_events] = events.neuron[span]
        ends = np.append(np.where(real_events, E[s, :count], real.type(RADIX))[1:], window.E)
        close[s, :count] = ends.astype(real)[len(ends) - count :]
    return Train(count=counts, E=E, close=close, neuron=neuron, epoch=epoch, event=event)
