"""SNN209: a layer whose threshold no input can reach."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.drive import highest_potential, is_inhibited, kernel_peak
from sfdfa_compiler.checks.registry import CheckContext, check, each_span, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.units import in_words

UNREACHABLE_THRESHOLD = Rule(
    code="SNN209",
    message="the layer `{name}` can never fire",
    label="its potential never exceeds {highest}",
    notes=(
        "a lone spike of weight w lifts the potential by at most {peak} * w",
        "a neuron that never fires learns nothing either",
    ),
    help="lower the threshold or raise the weights",
)


@check(UNREACHABLE_THRESHOLD)
def unreachable_threshold(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """The threshold against the largest sum of positive weights that can arrive in a sample."""
    for layer in graph.layers:
        ratio_is_wrong = context.event and layer.tau_mem != 2 * layer.tau_syn  # SNN201
        if ratio_is_wrong or not graph.into(layer.name) or is_inhibited(graph, layer):
            continue
        highest = highest_potential(graph, layer)
        if highest is not None and highest < layer.threshold:
            weights = [
                Label(span, "from these weights")
                for projection in graph.into(layer.name)
                for span in each_span(projection.spans, "weight")
            ]
            yield UNREACHABLE_THRESHOLD.at(
                where(layer.spans, "threshold", "model"),
                related=weights,
                name=layer.name,
                highest=in_words(highest),
                peak=in_words(kernel_peak(layer)),
            )
