"""SNN301: direct feedback is for hidden layers."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.learners import LEARNERS

NO_HIDDEN_LAYER = Rule(
    code="SNN301",
    message="`{learner}` needs a hidden layer",
    label="the network has none",
    notes=("it learns the feedback from the output to hidden layers",),
    help="add a layer before the output, or use `learner bp`",
)


@check(NO_HIDDEN_LAYER, whole=True, learning=True)
def no_hidden_layer(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Learners whose feedback learns have nothing to do without a hidden layer."""
    del context
    learner = graph.learner
    if learner and graph.readout and not graph.hidden and LEARNERS[learner.name].learns_feedback:
        yield NO_HIDDEN_LAYER.at(where(learner.spans, "name"), learner=learner.name)
