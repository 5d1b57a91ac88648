"""Data to events of the event profiles: times become E = exp(t / tau), semantics, section 2.

Everything is computed in float64 with the C library's exp and rounded once. E is kept as an epoch
and a number in [1, R); the larger of two times is the one with the later epoch, or the larger E.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.data.arrivals import arrivals, byte_times
from sfdfa_compiler.data.events import RADIX, Events, Real
from sfdfa_compiler.data.model import Split
from sfdfa_compiler.data.ragged import offsets_of
from sfdfa_compiler.data.sorting import sorted_events
from sfdfa_compiler.ir import Input, Ttfs

LONGEST = 700.0  # window / tau; a check refuses longer ones, since exp overflows soon after

RealType = type[np.float32] | type[np.float64]


def encode(
    split: Split | None, input: Input, *, tau: float, window: float, dtype: RealType
) -> Events:
    """The events that `input` sends for the samples of `split`.

    Args:
        split: The data. None for an input whose times are in the file: one sample.
        input: Shape and encoder.
        tau: Membrane time constant of the layer that reads it [s].
        window: How long a sample is shown [s]; what comes at its end or later is dropped.
        dtype: float32 for event32, float64 for event64.

    Raises:
        UserError: SNN513 or SNN514 if the data do not fit the input.
        ValueError: If the window is longer than 700 tau (a caller's bug: a check refuses it).
    """
    stop_epoch, stop_E = e_stop(tau, window, dtype)
    parts: list[Events] = []
    for chunk in arrivals(split, input):
        rank_of_time, epoch, E = _instants(*exponentials(chunk.times, tau, dtype))
        in_time = np.count_nonzero((epoch < stop_epoch) | ((epoch == stop_epoch) & (stop_E > E)))
        rank = rank_of_time[chunk.which]
        kept = rank < in_time
        sample, rank, neuron = sorted_events(chunk.sample[kept], rank[kept], chunk.neuron[kept])
        parts.append(
            Events(
                offsets=offsets_of(np.bincount(sample, minlength=chunk.samples)),
                E=E[rank],
                neuron=neuron.astype(np.uint32),
                epoch=epoch[rank] if stop_epoch else None,
            )
        )
    return Events.join(parts)


def e_stop(tau: float, window: float, dtype: RealType) -> tuple[int, np.floating[Any]]:
    """The end of the window as (epoch, E); both arguments in seconds.

    Raises:
        ValueError: If the window is longer than 700 tau.
    """
    if window / tau > LONGEST:
        raise ValueError(f"a window of {window} s is longer than {LONGEST:g} tau")
    epoch, E = exponentials(np.array([window]), tau, dtype)
    return int(epoch[0]), E[0]


def exponentials(
    times: NDArray[np.float64], tau: float, dtype: RealType
) -> tuple[NDArray[np.uint32], Real]:
    """Times in seconds as epochs and E, element by element.

    What is later than 700 tau is put there: no window is longer, so it is dropped all the same.
    """
    X = np.array([math.exp(x) for x in np.minimum(times / tau, LONGEST).tolist()])
    epoch = np.zeros(len(X), np.uint32)
    with np.errstate(over="ignore"):  # beyond float32: infinite, so not in [1, R) either
        E: Real = X.astype(dtype)
        while (large := E >= RADIX).any():
            X[large] /= RADIX
            epoch[large] += 1
            E = X.astype(dtype)
    return epoch, E


def _instants(
    epoch: NDArray[np.uint32], E: Real
) -> tuple[NDArray[np.int64], NDArray[np.uint32], Real]:
    """Put times in order, and those that became equal by rounding together.

    Returns:
        The position of each time among the instants; epoch and E of the instants, ascending.
    """
    order = np.lexsort((E, epoch))
    epoch, E = epoch[order], E[order]
    new = np.ones(len(order), bool)
    new[1:] = (epoch[1:] != epoch[:-1]) | (E[1:] != E[:-1])
    position = np.empty(len(order), np.int64)
    position[order] = np.cumsum(new) - 1
    return position, epoch[new], E[new]


def table_digests(inputs: Iterable[Input], *, tau: float, dtype: RealType) -> dict[str, str]:
    """SHA-256 of the tables that a build depends on, for its manifest, by input.

    A table is that of the byte images, 256 entries: the little-endian E, and behind them the
    epochs (uint32) if one of them is not 0. Inputs without a table are left out.
    """
    digests: dict[str, str] = {}
    for input in inputs:
        if isinstance(input.encoder, Ttfs):
            epoch, E = exponentials(byte_times(input.encoder.window), tau, dtype)
            content = E.astype(E.dtype.newbyteorder("<")).tobytes()
            content += epoch.astype("<u4").tobytes() if epoch.any() else b""
            digests[input.name] = hashlib.sha256(content).hexdigest()
    return digests
