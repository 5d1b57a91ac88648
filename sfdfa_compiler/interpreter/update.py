"""Kernel `update`: the batch's mean gradient changes the weights (semantics, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.schedule import Phase

Array = NDArray[Any]


def update(
    phase: Phase, w: Array, m: Array, v: Array, gradient: Array, scalars: Mapping[str, float]
) -> tuple[Array, Array, Array, Array]:
    """Weights and moments after the batch, and the gradient averaged over it.

    Args:
        phase: The plan's `update` phase.
        w: Weights, (pre, post).
        m: First moment, alike.
        v: Second moment, alike.
        gradient: Summed over the batch, alike.
        scalars: factor = tau / N, rate, c1, c2 of this batch, float64.
    """
    real = w.dtype.type
    rounded = {name: real(value) for name, value in {**phase.constants, **scalars}.items()}
    (gradient,) = evaluate(phase.micros["mean"], gradient, rounded["factor"])
    names = ("rate", "beta1", "beta2", "nbeta1", "nbeta2", "c1", "c2", "epsilon")
    w, m, v = evaluate(phase.micros["adam"], w, m, v, gradient, *(rounded[name] for name in names))
    return w, m, v, gradient
