"""Kernels `reverse` and `hand_down`: the sweep backwards over a layer's events (section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.interpreter.spikes import Log
from sfdfa_compiler.interpreter.train import MARKER, Train
from sfdfa_compiler.schedule import BLOCK, Phase

Array = NDArray[Any]
TERMS = 4_000_000  # elements kept at once while a gradient is accumulated


def sweep(
    phase: Phase, train: Train, log: Log, delta: Array, neurons: int
) -> Iterator[tuple[int, Array, Array]]:
    """Walk backwards; yield (element, P, Q) as they stand when that element is treated.

    Args:
        phase: A phase with the micro-function `reverse_spike`.
        train: What the layer hears.
        log: Its spikes, sorted.
        delta: Error of each spike of the log.
        neurons: Size of the layer.

    Yields:
        P and Q are (samples, neurons) and are reused: copy what is kept.
    """
    real = train.E.dtype
    theta = real.type(phase.constants["theta"])
    P, Q = (np.zeros((len(train.count), neurons), real) for _ in range(2))
    groups = log.by_element(backwards=True)
    at, group = next(groups, (-1, np.zeros(0, np.int64)))
    for k in reversed(range(train.E.shape[1])):
        while at == k:
            place = (log.sample[group], log.neuron[group])
            P[place], Q[place] = evaluate(
                phase.micros["reverse_spike"],
                P[place],
                Q[place],
                log.E[group],
                log.z[group],
                log.A[group],
                delta[group],
                theta,
            )
            at, group = next(groups, (-1, group))
        yield k, P, Q
        if "previous_epoch" in phase.micros:
            marked = np.flatnonzero((train.neuron[:, k] == MARKER) & (train.count > k))
            P[marked], Q[marked] = evaluate(phase.micros["previous_epoch"], P[marked], Q[marked])


def reverse(
    phase: Phase, train: Train, log: Log, delta: Array, shape: tuple[int, int], shards: int
) -> Array:
    """The gradient of a layer's weights, summed over the batch, (pre, post).

    Every event adds straight into its synapse's one accumulator (one per shard): samples in batch
    order, events backwards.
    """
    samples = len(train.count)
    bounds = shard_bounds(samples, shards)
    gradient = np.zeros(shape, train.E.dtype)
    for shard, (start, stop) in enumerate(pairwise(bounds)):
        accumulator = np.zeros(shape, train.E.dtype)
        most = max(1, TERMS // max(1, train.E.shape[1] * shape[1]))
        for first in range(start, stop, most):
            _accumulate(
                phase, train, log, delta, range(first, min(first + most, stop)), accumulator
            )
        if shard == 0:
            gradient = accumulator
        else:
            (gradient,) = evaluate(phase.micros["join"], gradient, accumulator)
    return gradient


def shard_bounds(samples: int, shards: int) -> list[int]:
    """Where the shards of a batch begin and end: the first samples mod shards have one more."""
    size, more = divmod(samples, shards)
    return [shard * size + min(shard, more) for shard in range(shards + 1)]


def _accumulate(
    phase: Phase, train: Train, log: Log, delta: Array, samples: range, gradient: Array
) -> None:
    """Add the shares of some consecutive samples to the gradient, in order."""
    rows = np.arange(samples.start, samples.stop)
    chosen = (log.sample >= samples.start) & (log.sample < samples.stop)
    part, part_delta = log.take(chosen), delta[chosen]
    part = Log(**{**_columns(part), "sample": part.sample - samples.start})
    train = train.rows(rows)
    P, Q = (np.zeros((*train.E.shape, gradient.shape[1]), gradient.dtype) for _ in range(2))
    for k, p, q in sweep(phase, train, part, part_delta, gradient.shape[1]):
        P[:, k], Q[:, k] = p, q
    for s, count in enumerate(train.count):
        backwards = np.flatnonzero(train.neuron[s, :count] != MARKER)[::-1]
        neuron = train.neuron[s, backwards]
        turn = _occurrence(neuron)
        for t in range(int(turn.max(initial=-1)) + 1):
            now = backwards[turn == t]
            pre, E = train.neuron[s, now], train.E[s, now, None]
            (share,) = evaluate(phase.micros["reverse_event"], P[s, now], Q[s, now], E)
            (gradient[pre],) = evaluate(phase.micros["join"], gradient[pre], share)


def _columns(log: Log) -> dict[str, Array]:
    return {name: getattr(log, name) for name in Log.__dataclass_fields__}


def _occurrence(values: Array) -> Array:
    """How often each value has stood before its place."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    start = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(values) else ordered
    index = np.arange(len(values))
    turn = np.empty(len(values), np.int64)
    turn[order] = index - np.maximum.accumulate(np.where(start, index, 0))
    return turn


def hand_down(phase: Phase, train: Train, log: Log, delta: Array, weight: Array) -> Array:
    """BP: the error handed to every element heard, (samples, elements); 0 at markers."""
    errors = np.zeros(train.E.shape, weight.dtype)
    for k, P, Q in sweep(phase, train, log, delta, weight.shape[1]):
        rows = np.flatnonzero((train.count > k) & (train.neuron[:, k] != MARKER))
        (shares,) = evaluate(
            phase.micros["hand_down"],
            weight[train.neuron[rows, k]],
            P[rows],
            Q[rows],
            train.E[rows, k, None],
        )
        errors[rows, k] = _tree_sum(phase, shares)
    return errors


def _tree_sum(phase: Phase, shares: Array) -> Array:
    """Sum over neurons: blocks of 32 by halving, the last padded with +0; blocks in order."""
    rows, neurons = shares.shape
    blocks = -(-neurons // BLOCK)
    padded = np.zeros((rows, blocks * BLOCK), shares.dtype)
    padded[:, :neurons] = shares
    tree = padded.reshape(rows, blocks, BLOCK)
    half = BLOCK // 2
    while half:
        (tree,) = evaluate(phase.micros["join"], tree[..., :half], tree[..., half : 2 * half])
        half //= 2
    total = np.zeros(rows, shares.dtype)
    for block in range(blocks):
        (total,) = evaluate(phase.micros["join"], total, tree[:, block, 0])
    return total
