"""Kernels `grade` and `feedback`: the forward gradient of SFDFA (semantics, section 4)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.interpreter.spikes import Log
from sfdfa_compiler.interpreter.train import MARKER, Train
from sfdfa_compiler.schedule import Phase

Array = NDArray[Any]


def grade(
    phase: Phase,
    train: Train,
    log: Log,
    weight: Array,
    heard: Array | None,
    perturbation: Array | None,
) -> Array:
    """Grades of a hidden layer's spikes, or an output layer's directional derivatives.

    Args:
        phase: The plan's `grade` phase.
        train: What the layer hears.
        log: Its own spikes, sorted.
        weight: (pre, post).
        heard: Grade of each event heard, (samples, elements), 0 at markers; None: all are 0.
        perturbation: p, (samples, neurons); None for the output layer.

    Returns:
        (spikes,) grades in the order of the log; for the output layer (samples, neurons).
    """
    real = weight.dtype
    s = np.zeros((len(train.count), weight.shape[1]), real)
    grades = np.zeros(len(log), real)
    derivative = np.zeros_like(s)
    done = 0
    for k, group in log.by_element(backwards=False):
        if heard is not None:
            for element in range(done, k + 1):
                s = _receive(phase, train, weight, heard, element, s)
            done = k + 1
        place = (log.sample[group], log.neuron[group])
        if perturbation is None:
            (derivative[place],) = evaluate(phase.micros["collect"], derivative[place], s[place])
        else:
            grades[group] = s[place]
            first = group[log.rank[group] == 0]
            place_first = (log.sample[first], log.neuron[first])
            (grades[first],) = evaluate(
                phase.micros["perturb"], s[place_first], perturbation[place_first]
            )
        s[place] = 0
    return derivative if perturbation is None else grades


def _receive(
    phase: Phase, train: Train, weight: Array, heard: Array, element: int, s: Array
) -> Array:
    here = (train.count > element) & (train.neuron[:, element] != MARKER)
    rows = np.flatnonzero(here)
    s[rows] = evaluate(
        phase.micros["receive"],
        s[rows],
        weight[train.neuron[rows, element]],
        heard[rows, element, None],
    )[0]
    return s


def feedback(phase: Phase, B: Array, d: Array, p: Array, fired: Array, alpha: float) -> Array:
    """Feedback weights after the batch, (neurons, classes).

    Args:
        phase: The plan's `feedback` phase.
        B: Feedback weights before, (neurons, classes).
        d: Directional derivatives, (samples, classes).
        p: Perturbations, (samples, neurons).
        fired: Which neurons fired, (samples, neurons).
        alpha: Feedback rate of this epoch.
    """
    real = B.dtype
    c = np.zeros_like(B)
    for s in range(len(d)):
        i = np.flatnonzero(fired[s])
        (c[i],) = evaluate(phase.micros["correlate"], c[i], d[s], p[s, i, None])
    count = fired.sum(axis=0)
    i = np.flatnonzero(count)
    B = B.copy()
    (B[i],) = evaluate(
        phase.micros["follow"], B[i], c[i], count[i, None].astype(real), real.type(alpha)
    )
    return B
