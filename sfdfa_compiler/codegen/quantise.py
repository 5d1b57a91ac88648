"""Weights in the numbers of a clock profile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.fixed import limits
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen.clock_rules import OTHER_FORMAT
from sfdfa_compiler.codegen.session import State
from sfdfa_compiler.diagnostics import place
from sfdfa_compiler.schedule import Schedule

Array = NDArray[Any]


def clock_state(state: State, schedule: Schedule) -> State:
    """The weights of a state as a clock profile keeps them; it has no other state yet.

    Raises:
        UserError: SNN571 if whole-number weights do not fit the profile's format.
    """
    weights = {name: clock_weights(name, array, schedule) for name, array in state.weights.items()}
    return State(weights=weights, step=state.step)


def clock_weights(layer: str, array: Array, schedule: Schedule) -> Array:
    """One layer's weights: real numbers are rounded and clipped, whole numbers taken as they are.

    Raises:
        UserError: SNN571 if whole numbers do not fit the profile's format.

    Source: clock.md, section 2.
    """
    formats = schedule.clock.formats
    format, kept = formats.weight.format, dtype(schedule.real)
    if format.kind == "float":
        return array.astype(kept)
    low, high = limits(format)
    if array.dtype.kind == "f":
        return np.clip(scaled(array, format.fraction), low, high).astype(kept)
    if array.min(initial=0) < low or array.max(initial=0) > high:
        raise OTHER_FORMAT.error(
            place(f"{layer}/weight"),
            layer=layer,
            formats=formats.name,
            low=int(array.min()),
            high=int(array.max()),
            least=low,
            most=high,
        )
    return array.astype(kept)


def at_limits(state: State, schedule: Schedule) -> dict[str, int]:
    """How many weights of each layer have the smallest or largest value: the clipped ones do."""
    format = schedule.clock.formats.weight.format
    if format.kind == "float":
        return dict.fromkeys(state.weights, 0)
    low, high = limits(format)
    return {name: int(np.isin(array, (low, high)).sum()) for name, array in state.weights.items()}


def scaled(array: Array, fraction: int) -> NDArray[np.float64]:
    """Real numbers as multiples of 2^-fraction, rounded to nearest, ties up, in float64."""
    return np.floor(array.astype(np.float64) * 2.0**fraction + 0.5)
