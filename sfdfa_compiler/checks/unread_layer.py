"""SNN206: with a readout, every other layer leads to it."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph

UNREAD_LAYER = Rule(
    code="SNN206",
    message="nothing reads the layer `{name}`",
    label="no layer has `from {name}`",
    notes=("a network with a readout is a chain: each layer reads the one before it",),
    help="read it in a later layer, read it out, or remove it",
)


@check(UNREAD_LAYER, whole=True)
def unread_layer(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Layers without a reader; without a readout they are what a run records."""
    del context
    if graph.readout is None:
        return
    for layer in graph.layers:
        if layer.name != graph.readout.layer and not graph.readers(layer.name):
            label = f"the layer `{graph.readout.layer}` is read out"
            yield UNREAD_LAYER.at(
                where(layer.spans, "name"),
                related=[Label(where(graph.readout.spans, "layer"), label)],
                name=layer.name,
            )
