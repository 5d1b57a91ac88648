"""SNN306: the exact local gradient diverges under direct feedback."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Level, Rule
from sfdfa_compiler.ir import Graph, LocalGradient
from sfdfa_compiler.learners import LEARNERS, ErrorPath

EXACT_GRADIENT = Rule(
    code="SNN306",
    message="`local_gradient = exact` diverges in `{learner}`",
    level=Level.WARNING,
    label="eq. 17 divides by I - threshold",
    notes=("near the threshold that is almost 0, and direct feedback does not balance it (2.4)",),
    help="write `local_gradient = modified`, or leave it out: it is the default",
)


@check(EXACT_GRADIENT, learning=True)
def exact_gradient(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Learners whose error comes by direct feedback."""
    del context
    learner = graph.learner
    if (
        learner
        and learner.local_gradient is LocalGradient.EXACT
        and LEARNERS[learner.name].error_path is ErrorPath.FEEDBACK
    ):
        span = where(learner.spans, "local_gradient", "name")
        yield EXACT_GRADIENT.at(span, learner=learner.name)
