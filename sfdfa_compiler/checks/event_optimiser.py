"""SNN311: the event profiles learn with Adam."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph, Sgd

EVENT_OPTIMISER = Rule(
    code="SNN311",
    message="`sgd` belongs to the clock profile",
    label="profile {profile} has `adam` only",
    notes=("its order of operations is not defined for floats, so no two targets could agree",),
    help="write `adam(rate = 3e-3)`, or choose a clock profile",
)


@check(EVENT_OPTIMISER, event=True, learning=True)
def event_optimiser(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Every `sgd` of the learner, once."""
    if graph.learner is None:
        return
    spans = graph.learner.spans
    layers = [name for name, part in graph.learner.optimisers.items() if isinstance(part, Sgd)]
    for span in dict.fromkeys(where(spans, f"sgd {name}", "sgd", "name") for name in layers):
        yield EVENT_OPTIMISER.at(span, profile=context.profile)
