"""SNN208: who learns needs an error, and so a readout."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph

NO_READOUT = Rule(
    code="SNN208",
    message="a network that learns needs a readout",
    label="`{learner}` learns from the error of the readout",
    help="write `readout {layer} spike_count(correct = 15, other = 3)`",
)


@check(NO_READOUT, whole=True)
def no_readout(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """A learner without a readout; the last layer is a good guess."""
    del context
    if graph.learner and graph.readout is None:
        layers = [layer.name for layer in graph.layers]
        yield NO_READOUT.at(
            where(graph.learner.spans, "name"),
            learner=graph.learner.name,
            layer=layers[-1] if layers else "LAYER",
        )
