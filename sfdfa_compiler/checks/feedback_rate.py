"""SNN304: the feedback rate is a share."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Cosine, Decay, Fixed, Graph, Rate, Step
from sfdfa_compiler.learners import LEARNERS
from sfdfa_compiler.units import in_words

FEEDBACK_RATE = Rule(
    code="SNN304",
    message="`feedback_rate` must lie between 0 and 1",
    label="{found} here",
    notes=("the feedback moves by this share of the way to its new estimate, once a batch",),
    help="the paper has `feedback_rate = 1e-4`",
)


@check(FEEDBACK_RATE, learning=True)
def feedback_rate(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Every value that a schedule starts from or steps to."""
    del context
    learner = graph.learner
    if learner and LEARNERS[learner.name].feedback_rate:
        for value in _values(learner.feedback_rate):
            if not 0 < value < 1:
                span = where(learner.spans, "feedback_rate", "name")
                yield FEEDBACK_RATE.at(span, found=in_words(value))
                return


def _values(rate: Rate) -> tuple[float, ...]:
    match rate:
        case Fixed(value) | Decay(value) | Cosine(value):
            return (value,)
        case Step(values):
            return values
