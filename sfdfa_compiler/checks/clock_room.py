"""SNN425: more synapses than the sum of a step has room for."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sfdfa_compiler.checks.clock_numbers import integers_in
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.schedule.clock import most_added

NO_ROOM = Rule(
    code="SNN425",
    message="`{layer}` hears {size:,} neurons, more than `{profile}` can add up in a step",
    notes=("sums of up to {most:,} of its weights cannot overflow",),
    help="make `{source}` smaller, or narrow the weights: `weight = fix({width})` or less in the "
    "block `target {target}`",
)


@check(NO_ROOM, whole=True)
def clock_room(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """All neurons of a source may fire in one step (inputs more than once: that is SNN570)."""
    clock = integers_in(graph, context)
    if clock is None:
        return
    most, width = most_added(clock), clock.formats.weight.format.width
    for projection in graph.projections:
        size = graph.population(projection.source).size
        if size > most:
            yield NO_ROOM.at(
                where(projection.spans, "source", "weight"),
                layer=projection.target,
                size=size,
                profile=context.profile,
                most=most,
                source=projection.source,
                width=width - math.ceil(math.log2(size / most)),
                target=clock.formats.name,
            )
