"""The state that training starts from: drawn by counter, once, for every target alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith import draw
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.arith.philox import Purpose
from sfdfa_compiler.codegen.session import State
from sfdfa_compiler.ir import Constant, FromFile, Graph, Listed, Normal, Uniform, Values
from sfdfa_compiler.learners import LEARNERS
from sfdfa_compiler.schedule import Schedule


def initial_state(
    graph: Graph,
    schedule: Schedule,
    seed: int,
    files: dict[FromFile, NDArray[Any]] | None = None,
) -> State:
    """Weights and feedback at step 0 of an event profile.

    Args:
        graph: The program.
        schedule: Its plan, for formats and order.
        seed: The run's seed.
        files: Arrays of the values that the program takes from files, already checked.

    Source: semantics.md, section 4 (Philox purposes 1 and 5).
    """
    real = dtype(schedule.real)
    files = files or {}
    state = State(weights={})
    for plan in schedule.layers:
        (projection,) = graph.into(plan.name)
        shape = (plan.source_size, plan.size)
        weight = _drawn(projection.weight, shape, seed, Purpose.WEIGHT, plan.index, real, files)
        state.weights[plan.name] = weight
        if graph.learner and schedule.learn:
            state.m[plan.name] = np.zeros(shape, real)
            state.v[plan.name] = np.zeros(shape, real)
            if not plan.is_output and LEARNERS[graph.learner.name].feedback is not None:
                state.feedback[plan.name] = _drawn(
                    graph.learner.feedback,
                    (plan.size, schedule.classes),
                    seed,
                    Purpose.FEEDBACK,
                    plan.index,
                    real,
                    files,
                )
    return state


def _drawn(
    values: Values,
    shape: tuple[int, int],
    seed: int,
    purpose: Purpose,
    layer: int,
    real: np.dtype[Any],
    files: dict[FromFile, NDArray[Any]],
) -> NDArray[Any]:
    """An array of `shape`; counter words 0 and 1 are its indices."""
    row, column = np.ogrid[: shape[0], : shape[1]]
    match values:
        case Constant(value):
            return np.full(shape, value, real)
        case Listed(rows):
            return np.array(rows, np.float64).astype(real).reshape(shape)
        case FromFile():
            return files[values].astype(real).reshape(shape)
        case Uniform(low, high):
            random = draw.words(seed, purpose, layer, row, column, 0)
            return draw.uniform(random, low, high, real)
        case Normal(mean, sd):
            random = draw.words(seed, purpose, layer, row, column, 0)
            return draw.normal(random, mean, sd, real)
