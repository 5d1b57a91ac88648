"""SNN426: a format of weights that a target does not have."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.clock_numbers import integers_in
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Fix, Graph
from sfdfa_compiler.schedule.formats import clock_formats

BAD_WEIGHT_FORMAT = Rule(
    code="SNN426",
    message="`{profile}` cannot keep such weights",
    label="it has {width} bits for a weight, and {fraction} fraction bits for a potential",
    help="write `fix({width})`, or leave `weight` out",
)


@check(BAD_WEIGHT_FORMAT, whole=True)
def clock_weight_format(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """No wider than the target's own weights, no finer than its potentials."""
    clock = integers_in(graph, context)
    options = graph.targets.get(clock.formats.name) if clock else None
    if clock is None or options is None or not isinstance(options.settings.get("weight"), Fix):
        return
    asked, own = clock.formats.weight.format, clock_formats(context.profile)
    width, fraction = own.weight.format.width, own.potential.format.fraction
    if not (2 <= asked.width <= width and asked.fraction <= fraction):
        span = where(options.spans, "weight", "name")
        yield BAD_WEIGHT_FORMAT.at(span, profile=context.profile, width=width, fraction=fraction)
