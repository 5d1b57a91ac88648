"""SNN424: more spikes than a clock profile counts."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.arith.fixed import limits
from sfdfa_compiler.checks.clock_numbers import integers_in
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph

TOO_MANY_SPIKES = Rule(
    code="SNN424",
    message="`{profile}` counts up to {most} spikes of a neuron",
    label="{found} here",
    help="write `max_spikes = {most}`, or less",
)


@check(TOO_MANY_SPIKES, whole=True)
def clock_spikes(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """`max_spikes` must fit a count."""
    clock = integers_in(graph, context)
    if clock is None:
        return
    most = limits(clock.formats.count.format)[1]
    for layer in graph.layers:
        if layer.max_spikes > most:
            span = where(layer.spans, "max_spikes", "model")
            yield TOO_MANY_SPIKES.at(
                span, profile=context.profile, most=most, found=layer.max_spikes
            )
