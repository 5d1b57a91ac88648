"""The state that training starts from: drawn by counter, once, for every target alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith import draw
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.arith.philox import Purpose
from sfdfa_compiler.codegen.quantise import clock_weights
from sfdfa_compiler.codegen.session import State
from sfdfa_compiler.ir import Constant, FromFile, Graph, Listed, Normal, Uniform, Values
from sfdfa_compiler.learners import LEARNERS
from sfdfa_compiler.schedule import Clock, Schedule

Array = NDArray[Any]


def initial_state(
    graph: Graph,
    schedule: Schedule,
    seed: int,
    files: Mapping[FromFile, Array] | None = None,
) -> State:
    """Weights, feedback and moments at step 0.

    Args:
        graph: The program.
        schedule: Its plan, for formats and order.
        seed: The run's seed.
        files: Arrays of the values that the program takes from files, already checked.

    Raises:
        UserError: SNN571 if whole-number weights from a file are those of another clock profile.

    Source: semantics.md, section 4 (Philox purposes 1 and 5); docs/clock.md, section 2.
    """
    draws = _Draws(seed, 53 if schedule.profile == "event64" else 24, files or {})
    real = dtype(schedule.real)
    state = State(weights={})
    for plan in schedule.layers:
        (projection,) = graph.into(plan.name)
        shape = (plan.source_size, plan.size)
        weight = draws.array(projection.weight, shape, Purpose.WEIGHT, plan.index)
        if isinstance(schedule.time, Clock):
            state.weights[plan.name] = clock_weights(plan.name, weight, schedule)
        else:
            state.weights[plan.name] = weight.astype(real)
        if graph.learner and schedule.learn:
            state.m[plan.name] = np.zeros(shape, real)
            state.v[plan.name] = np.zeros(shape, real)
            if not plan.is_output and LEARNERS[graph.learner.name].feedback is not None:
                shape = (plan.size, schedule.classes)
                feedback = draws.array(graph.learner.feedback, shape, Purpose.FEEDBACK, plan.index)
                state.feedback[plan.name] = feedback.astype(real)
    return state


@dataclass(frozen=True, slots=True)
class _Draws:
    """Where the values of a run come from."""

    seed: int
    bits: Literal[24, 53]  # of a uniform number
    files: Mapping[FromFile, Array]

    def array(self, values: Values, shape: tuple[int, int], purpose: Purpose, layer: int) -> Array:
        """An array of `shape`, in float64 or as the file has it; indices count the draws."""
        row, column = np.ogrid[: shape[0], : shape[1]]
        match values:
            case Constant(value):
                return np.full(shape, value, np.float64)
            case Listed(rows):
                return np.array(rows, np.float64).reshape(shape)
            case FromFile():
                return self.files[values].reshape(shape)
            case Uniform(low, high):
                random = draw.words(self.seed, purpose, layer, row, column, 0)
                return draw.uniform(random, low, high, self.bits)
            case Normal(mean, sd):
                random = draw.words(self.seed, purpose, layer, row, column, 0)
                return draw.normal(random, mean, sd)
