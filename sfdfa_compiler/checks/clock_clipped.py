"""SNN427: initial weights outside of what a clock profile keeps."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.arith.fixed import as_real, limits, nearest
from sfdfa_compiler.checks.clock_numbers import integers_in
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Level, Rule
from sfdfa_compiler.ir import Constant, Graph, Listed, Uniform, Values
from sfdfa_compiler.units import in_words

CLIPPED = Rule(
    code="SNN427",
    message="some weights of `{layer}` are clipped in `{profile}`",
    level=Level.WARNING,
    label="{least} to {most} is kept",
    help="scale threshold and weights of the layer together: its spikes stay the same",
)


@check(CLIPPED, whole=True)
def clock_clipped(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Weights that are clipped make another network."""
    clock = integers_in(graph, context)
    if clock is None:
        return
    format = clock.formats.weight.format
    least, most = limits(format)
    for projection in graph.projections:
        numbers = [nearest(weight, format) for weight in _extremes(projection.weight)]
        if any(not least <= number <= most for number in numbers):
            yield CLIPPED.at(
                where(projection.spans, "weight", "source"),
                layer=projection.target,
                profile=context.profile,
                least=in_words(as_real(least, format)),
                most=in_words(as_real(most, format)),
            )


def _extremes(values: Values) -> tuple[float, ...]:
    """The smallest and the largest value, where the file bounds them."""
    match values:
        case Uniform(low, high):
            return low, high
        case Constant(value):
            return (value,)
        case Listed(rows):
            return min(map(min, rows)), max(map(max, rows))
        case _:
            return ()
