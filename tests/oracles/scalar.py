"""The event profile once more, one number after the other: a second opinion on the reference.

Every formula stands as semantics.md, sections 2 to 4, has it, for one neuron and one synapse at a
time, on NumPy scalars, with the C library's fused multiply-add. It shares the graph and the random
numbers with the rest of the compiler, but neither micro-functions nor plan: where the two agree to
the last bit, both were read from the page correctly. Made for tests: plain, and slow.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.ir import LifLayer, LocalGradient

Array = NDArray[Any]
Number = Any  # np.float32 or np.float64: one rounding per operation
RADIX = 65536.0
BLOCK = 32

_LIBM = ctypes.CDLL(None)
_FUSED = {
    np.float32: ctypes.CFUNCTYPE(ctypes.c_float, *[ctypes.c_float] * 3)(("fmaf", _LIBM)),
    np.float64: ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * 3)(("fma", _LIBM)),
}


def fma(x: Number, y: Number, z: Number) -> Number:
    """X * y + z, rounded once, in the type of x."""
    real = type(x)
    return real(_FUSED[real](x, y, z))


class Event(NamedTuple):
    """What a layer hears, or the end of the sample (of no neuron: -1). Compares by time."""

    epoch: int
    E: Number
    neuron: int


class Spike(NamedTuple):
    """What a neuron logs; `k` is the place of the last event before it."""

    epoch: int
    E: Number
    neuron: int
    k: int
    z: Number
    A: Number


# ---------------------------------------------------------------- section 2: forward


class Neuron:
    """One neuron during one sample."""

    def __init__(
        self, number: int, layer: LifLayer, gradient: LocalGradient, real: type[Any]
    ) -> None:
        """At rest. `real` is np.float32 or np.float64."""
        self.number = number
        self.exact = gradient is LocalGradient.EXACT
        self.max_spikes = layer.max_spikes
        self.theta = real(layer.threshold)
        self.theta4 = real(4 * layer.threshold)
        self.theta_floor = real(layer.threshold / 2**20)
        self.real = real
        self.a = self.b = real(0)
        self.spikes: list[Spike] = []

    def run(self, events: Sequence[Event], weight: Array, end: Event) -> list[Spike]:
        """All spikes of the sample, in the order in which they are fired.

        Args:
            events: What the neuron hears, sorted.
            weight: Of its synapses, (pre,).
            end: The end of the sample.
        """
        for k, event in enumerate(events):
            epoch, E, w = event.epoch, event.E, weight[event.neuron]
            self.a = fma(w, E * E, self.a)
            self.b = fma(w, E, self.b)
            upcoming = events[k + 1] if k + 1 < len(events) else end
            while epoch < upcoming.epoch:
                self.fire(k, epoch, E, self.real(RADIX))
                self.a *= self.real(RADIX**-2)
                self.b *= self.real(RADIX**-1)
                epoch, E = epoch + 1, self.real(1)
            self.fire(k, epoch, E, upcoming.E)
        return self.spikes

    def fire(self, k: int, epoch: int, E: Number, E_next: Number) -> None:
        """Fire as often as the interval from event k, at E, to E_next has it."""
        if E_next == E:
            return  # same instant: integrate all of it first
        theta = self.theta
        goal = theta * (E_next * E_next)
        E_now = E
        a = self.a
        while len(self.spikes) < self.max_spikes:
            t = self.b * E_next
            aa = a + a
            d = fma(self.b, self.b, -(self.theta4 * a))
            at_end = a > 0 and t - a >= goal
            peak = aa < t and aa > self.b * E_now and d >= 0
            if not (at_end or peak):
                break
            up = aa / (self.b + np.sqrt(d if d >= 0 else self.real(0)))
            if up < E_now:
                up = E_now
            if up > E_next:
                up = E_next
            z = self.real(1) / up
            current = (a * z) * z
            slope = current
            if self.exact:
                slope = current - theta
                if not slope >= self.theta_floor:
                    slope = self.theta_floor
            self.spikes.append(Spike(epoch, up, self.number, k, z, self.real(1) / slope))
            self.b = fma(-theta, up, self.b)
            E_now = up


def sort(spikes: Iterable[Spike]) -> list[Spike]:
    """Spikes of a layer by (epoch, E, neuron), those of one neuron in the order of firing."""
    return sorted(spikes, key=lambda spike: (spike.epoch, spike.E, spike.neuron))


# ---------------------------------------------------------------- section 3: reverse sweep


def sweep(
    events: Sequence[Event], spikes: Sequence[Spike], deltas: Sequence[Number], theta: Number
) -> list[tuple[Number, Number]]:
    """P and Q of one neuron as they stand when each of the events is treated.

    Args:
        events: What the neuron heard.
        spikes: What it fired, in order.
        deltas: Error of each of its spikes.
        theta: Its threshold.
    """
    real = type(theta)
    P = Q = real(0)
    epoch = spikes[-1].epoch if spikes else 0
    left = list(zip(spikes, deltas, strict=True))
    found = [(P, Q)] * len(events)

    def back_to(earlier: int) -> None:
        nonlocal P, Q, epoch
        while epoch > earlier:
            P *= real(RADIX**-2)
            Q *= real(RADIX**-1)
            epoch -= 1

    for k in reversed(range(len(events))):
        while left and left[-1][0].k == k:
            spike, delta = left.pop()
            back_to(spike.epoch)
            l = fma(-(theta * spike.E), Q, delta) * spike.A  # noqa: E741 # as on the page
            lz = l * spike.z
            P = fma(lz, spike.z, P)
            Q = Q - lz
        back_to(events[k].epoch)
        found[k] = P, Q
    return found


def tree_sum(terms: Sequence[Number]) -> Number:
    """Blocks of 32, the last padded with +0; inside a block by halving; blocks in order."""
    real = type(terms[0])
    total = real(0)
    for start in range(0, len(terms), BLOCK):
        block = [*terms[start : start + BLOCK]]
        block += [real(0)] * (BLOCK - len(block))
        for half in (16, 8, 4, 2, 1):
            for i in range(half):
                block[i] = block[i] + block[i + half]
        total = total + block[0]
    return total
