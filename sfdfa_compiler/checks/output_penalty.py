"""SNN310: the rate penalty is for hidden layers."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph

OUTPUT_PENALTY = Rule(
    code="SNN310",
    message="the output `{name}` has no rate penalty",
    label="it is read out",
    notes=("`correct` and `other` say how often the neurons of the output shall fire",),
    help="remove this `rate_penalty`",
)


@check(OUTPUT_PENALTY, learning=True)
def output_penalty(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """A penalty of the layer that is read out."""
    del context
    if graph.learner and graph.readout and graph.readout.layer in graph.learner.rate_penalties:
        name = graph.readout.layer
        yield OUTPUT_PENALTY.at(
            where(graph.learner.spans, f"rate_penalty {name}", "name"),
            related=[Label(where(graph.readout.spans, "layer"), "the readout")],
            name=name,
        )
