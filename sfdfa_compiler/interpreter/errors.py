"""Kernel `project`: the error of every neuron, or of every spike (semantics, section 4)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.schedule import Phase

Array = NDArray[Any]


def output_error(phase: Phase, counts: Array, labels: Array, real: np.dtype[Any]) -> Array:
    """Spike counts wanted less those counted, (samples, classes)."""
    is_label = np.arange(counts.shape[1]) == labels[:, None]
    wanted = (real.type(phase.constants["correct"]), real.type(phase.constants["other"]))
    (error,) = evaluate(phase.micros["output_error"], counts.astype(real), is_label, *wanted)
    return error


def project(phase: Phase, B: Array, error: Array, counts: Array) -> Array:
    """Error of every hidden neuron through direct feedback, (samples, neurons).

    Args:
        phase: The plan's `project` phase.
        B: Feedback weights, (neurons, classes).
        error: Output errors, (samples, classes).
        counts: Spike counts of the layer, (samples, neurons).
    """
    delta = np.zeros(counts.shape, B.dtype)
    for o in range(B.shape[1]):
        (delta,) = evaluate(phase.micros["project"], delta, B[:, o], error[:, o, None])
    if "regularise" in phase.micros:
        (delta,) = evaluate(phase.micros["regularise"], delta, _rate_error(phase, counts, B.dtype))
    return delta


def regularise_spikes(phase: Phase, handed: Array, neuron: Array, counts: Array) -> Array:
    """BP: the error handed down to every spike, and the regulariser of its neuron, (spikes,)."""
    if "regularise" not in phase.micros:
        return handed
    r = _rate_error(phase, counts, handed.dtype)
    (delta,) = evaluate(phase.micros["regularise"], handed, r[neuron])
    return delta


def _rate_error(phase: Phase, counts: Array, real: np.dtype[Any]) -> Array:
    total = counts.sum(axis=0).astype(real)
    constants = (real.type(phase.constants["beta"]), real.type(phase.constants["n_hat"]))
    (r,) = evaluate(phase.micros["rate_error"], total, real.type(len(counts)), *constants)
    return r
