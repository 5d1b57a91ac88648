"""The log of a layer's spikes in a batch, in the order in which the next layer hears them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.events import Events

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Logged spikes: one array per column."""

    sample: NDArray[np.int64]
    element: NDArray[np.int64]  # of the layer's input: the interval in which it fired
    neuron: NDArray[np.int64]
    rank: NDArray[np.int64]  # how often the neuron had fired before
    epoch: NDArray[np.int64]
    E: Array
    z: Array
    A: Array

    def __len__(self) -> int:
        """Number of spikes."""
        return len(self.sample)

    def take(self, index: Array) -> Self:
        """Some of the spikes, in the order of `index`."""
        return type(self)(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    @classmethod
    def join(cls, parts: list[Self]) -> Self:
        """One log after the other."""
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )

    def sorted(self) -> Self:
        """By sample, then (epoch, E, neuron, order of firing)."""
        return self.take(np.lexsort((self.rank, self.neuron, self.E, self.epoch, self.sample)))

    def events(self, samples: int, *, long: bool) -> Events:
        """What the next layer hears; the log must be sorted."""
        offsets = np.zeros(samples + 1, np.int64)
        np.cumsum(np.bincount(self.sample, minlength=samples), out=offsets[1:])
        return Events(
            offsets=offsets,
            E=self.E,
            neuron=self.neuron.astype(np.uint32),
            epoch=self.epoch.astype(np.uint32) if long else None,
        )

    def by_element(self, *, backwards: bool) -> Iterator[tuple[int, Array]]:
        """Groups of spikes of one element that may be treated at once, in order of time.

        No group holds a neuron of a sample twice: its second spike in the same interval is in the
        group after the first's, or before it when `backwards`.
        """
        if not len(self):
            return
        key = (self.sample, self.element, self.neuron)
        order = np.lexsort((self.rank, *reversed(key)))
        same = np.ones(len(self), bool)
        for column in key:
            same[1:] &= column[order][1:] == column[order][:-1]
        same[0] = False
        start = np.maximum.accumulate(np.where(same, 0, np.arange(len(self))))
        turn = np.empty(len(self), np.int64)
        turn[order] = np.arange(len(self)) - start
        sign = -1 if backwards else 1
        order = np.lexsort((sign * turn, sign * self.element))
        element, turn = self.element[order], turn[order]
        cuts = np.flatnonzero((np.diff(element) != 0) | (np.diff(turn) != 0)) + 1
        for group in np.split(order, cuts):
            yield int(self.element[group[0]]), group
