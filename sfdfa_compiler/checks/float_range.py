"""SNN205: values that the arithmetic of a profile can carry."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule, Span
from sfdfa_compiler.ir import (
    Adam,
    Constant,
    Cosine,
    Decay,
    Fixed,
    FromFile,
    Graph,
    Listed,
    Normal,
    Rate,
    Step,
    Uniform,
    Values,
)
from sfdfa_compiler.units import in_words

LEAST_EPSILON = 1e-20  # of the least value allowed: 1e-29 in event32, far above its subnormals
LIMITS = {"event32": 1e9, "event64": 1e70}  # b^2 - 4 a theta must not overflow, E up to 2^16

FLOAT_RANGE = Rule(
    code="SNN205",
    message="{what} is beyond the arithmetic of {profile}",
    label="{found} here",
    notes=("values stay between {least} and {most}, so that no square of a sum overflows",),
    help="bring weights and thresholds to a scale near 1: only their ratio counts",
)


@check(FLOAT_RANGE, event=True)
def float_range(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Thresholds may be neither too large nor too small, the rest not too large."""
    limit = LIMITS.get(context.profile, 1e9)
    for what, value, span, least in _values(graph):
        if abs(value) > limit or abs(value) < least / limit:
            yield FLOAT_RANGE.at(
                span,
                what=what,
                profile=context.profile,
                found=in_words(value),
                least=in_words((least or 1) / limit),
                most=in_words(limit),
            )


def _values(graph: Graph) -> Iterator[tuple[str, float, Span, float]]:
    """What it is, its value, its place, and how far below 1 / limit it may be; 0: down to 0."""
    for layer in graph.layers:
        span = where(layer.spans, "threshold", "model")
        yield f"the threshold of `{layer.name}`", layer.threshold, span, 1.0
    for projection in graph.projections:
        span = where(projection.spans, "weight", "kind")
        yield f"a weight into `{projection.target}`", _largest(projection.weight), span, 0.0
    if graph.readout:
        for what, value in (("correct", graph.readout.correct), ("other", graph.readout.other)):
            yield f"`{what}`", value, where(graph.readout.spans, what, "kind"), 0.0
    if graph.learner:
        spans = graph.learner.spans
        for name, optimiser in graph.learner.optimisers.items():
            span = where(spans, f"adam {name}", f"sgd {name}", "adam", "sgd", "name")
            yield "a learning rate", _highest(optimiser.rate), span, 0.0
            if isinstance(optimiser, Adam):  # it keeps the step finite where v is 0
                yield "the epsilon of adam", optimiser.epsilon, span, LEAST_EPSILON
        for name, penalty in graph.learner.rate_penalties.items():
            span = where(spans, f"rate_penalty {name}", "name")
            yield "a rate penalty", max(penalty.strength, penalty.target), span, 0.0


def _largest(values: Values) -> float:
    """The largest magnitude of weights that the file names."""
    match values:
        case Uniform(low, high):
            return max(abs(low), abs(high))
        case Normal(mean, sd):
            return abs(mean) + 5 * sd  # the table of the normal distribution ends at 4.3
        case Constant(value):
            return abs(value)
        case Listed(rows):
            return max((abs(value) for row in rows for value in row), default=0.0)
        case FromFile():
            return 0.0


def _highest(rate: Rate) -> float:
    match rate:
        case Fixed(value) | Decay(value) | Cosine(value):
            return value
        case Step(values):
            return max(values)
