"""SNN210: a layer without a positive weight."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.drive import is_inhibited
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph

NEGATIVE_WEIGHTS = Rule(
    code="SNN210",
    message="the layer `{name}` can never fire",
    label="no weight is positive",
    notes=(
        "negative weights inhibit; a neuron fires when its potential rises to the threshold",
        "a neuron that never fires learns nothing either",
    ),
    help="draw from both signs, for example `weight ~ uniform(-1, 1)`",
)


@check(NEGATIVE_WEIGHTS)
def negative_weights(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Layers that are only inhibited."""
    del context
    for layer in graph.layers:
        if is_inhibited(graph, layer):
            projection = graph.into(layer.name)[0]
            yield NEGATIVE_WEIGHTS.at(where(projection.spans, "weight", "kind"), name=layer.name)
