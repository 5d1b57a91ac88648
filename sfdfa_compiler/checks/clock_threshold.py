"""SNN423: a threshold that the integers of a clock profile cannot keep."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.arith.fixed import as_real, limits, nearest
from sfdfa_compiler.checks.clock_numbers import integers_in
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.units import in_words

BAD_THRESHOLD = Rule(
    code="SNN423",
    message="`{profile}` cannot keep the threshold of `{layer}`",
    label="{threshold}",
    notes=("it keeps {least} to {most}",),
    help="scale threshold and weights of the layer together: its spikes stay the same",
)


@check(BAD_THRESHOLD, whole=True)
def clock_threshold(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """A threshold must be above 0 once it is rounded, and fit a potential."""
    clock = integers_in(graph, context)
    if clock is None:
        return
    format = clock.formats.potential.format
    most = limits(format)[1]
    for layer in graph.layers:
        if not 1 <= nearest(layer.threshold, format) <= most:
            yield BAD_THRESHOLD.at(
                where(layer.spans, "threshold", "model"),
                profile=context.profile,
                layer=layer.name,
                threshold=in_words(layer.threshold),
                least=in_words(as_real(1, format)),
                most=in_words(as_real(most, format)),
            )
