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


def penalty(phase: Phase, counts: Array, real: np.dtype[Any]) -> Array:
    """The firing-rate regulariser of every neuron, (neurons,); `counts` is (samples, neurons)."""
    total = counts.sum(axis=0).astype(real)
    constants = (real.type(phase.constants["beta"]), real.type(phase.constants["n_hat"]))
    (r,) = evaluate(phase.micros["rate_error"], total, real.type(len(counts)), *constants)
    return r


def project(phase: Phase, B: Array, error: Array, r: Array | None) -> Array:
    """Error of every hidden neuron through direct feedback, (samples, neurons).

    Args:
        phase: The plan's `project` phase.
        B: Feedback weights, (neurons, classes).
        error: Output errors, (samples, classes).
        r: Regulariser, (neurons,), if the phase adds it.
    """
    delta = np.zeros((len(error), len(B)), B.dtype)
    for o in range(B.shape[1]):
        (delta,) = evaluate(phase.micros["project"], delta, B[:, o], error[:, o, None])
    return regularise(phase, delta, r)


def regularise(phase: Phase, delta: Array, r: Array | None) -> Array:
    """The regulariser joins the errors, where the phase says so; operands broadcast."""
    if r is not None:
        (delta,) = evaluate(phase.micros["regularise"], delta, r)
    return delta
