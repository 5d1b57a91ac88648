"""Graph to schedule, for any profile."""

from __future__ import annotations

from sfdfa_compiler.ir import Graph
from sfdfa_compiler.schedule.clock import clock_of, lower_clock
from sfdfa_compiler.schedule.event import REALS, lower_event
from sfdfa_compiler.schedule.nodes import Clock, Schedule, Window


def lower(graph: Graph, profile: str, most_events: int | None = None) -> Schedule:
    """The plan of a checked graph.

    Args:
        graph: The graph.
        profile: `event32`, `event64` or `clock:NAME`.
        most_events: The most input events of a sample, for the bound on memory; unless known,
            every input neuron once.

    Raises:
        UserError: SNN420 if there are no formats for a clock profile.
    """
    time = time_of(graph, profile)
    if isinstance(time, Clock):
        return lower_clock(graph, time, most_events=most_events)
    return lower_event(graph, profile, time, most_events=most_events)


def time_of(graph: Graph, profile: str) -> Window | Clock:
    """How a profile counts time: up to the end of the window, or in steps.

    Raises:
        UserError: SNN420 if there are no formats for a clock profile.
    """
    from sfdfa_compiler.arith.ops import dtype  # NumPy, here and in `e_stop`
    from sfdfa_compiler.data import e_stop

    if profile not in REALS:
        return clock_of(graph, profile)
    tau = graph.layers[0].tau_mem
    epoch, E = e_stop(tau, graph.window, dtype(REALS[profile]).type)
    return Window(tau=tau, epoch=epoch, E=float(E))
