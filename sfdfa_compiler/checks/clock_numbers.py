"""What the checks of the clock profiles share: steps and integers of the profile at hand."""

from __future__ import annotations

from sfdfa_compiler.checks.registry import CheckContext
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.schedule.clock import clock_of
from sfdfa_compiler.schedule.formats import FLOAT, format_names
from sfdfa_compiler.schedule.nodes import Clock


def clock_in(graph: Graph, context: CheckContext) -> Clock | None:
    """The clock of the profile that is checked; None for another one, or an unknown one."""
    kind, _, name = context.profile.partition(":")
    if kind != "clock" or name not in (FLOAT.name, *format_names()):
        return None
    return clock_of(graph, context.profile)


def integers_in(graph: Graph, context: CheckContext) -> Clock | None:
    """The same, if its numbers are integers."""
    clock = clock_in(graph, context)
    return clock if clock and clock.formats.weight.format.kind != "float" else None
