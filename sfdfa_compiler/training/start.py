"""The state that a run starts from."""

from __future__ import annotations

from pathlib import Path

from sfdfa_compiler.codegen import State, initial_state
from sfdfa_compiler.codegen.quantise import clock_state
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.schedule.nodes import Clock
from sfdfa_compiler.training.weights import blank_values, load_weights, read_values


def start(
    graph: Graph, schedule: Schedule, seed: int, *, folder: Path, weights: Path | None = None
) -> State:
    """Weights, feedback and the optimiser's state before the first batch.

    Args:
        graph: The program.
        schedule: Its plan.
        seed: Of the run.
        folder: Where the program lies: paths in it are relative to this folder.
        weights: A `.npz` file that takes the place of what would be drawn or read.

    Raises:
        UserError: SNN526 to SNN529 if a file of weights cannot be used, SNN571 if its whole
            numbers do not fit a clock profile.
    """
    if weights:
        state = initial_state(graph, schedule, seed, blank_values(graph))
        state = load_weights(weights, schedule, state)
    else:
        state = initial_state(graph, schedule, seed, read_values(graph, schedule, folder))
    return clock_state(state, schedule) if isinstance(schedule.time, Clock) else state
