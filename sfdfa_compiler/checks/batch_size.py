"""SNN305: a batch has no more samples than the data."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph

BATCH_SIZE = Rule(
    code="SNN305",
    message="a batch of {batch} samples is larger than the training set",
    label="the data have {samples} samples",
    help="at most `batch = {samples}`: `--set learner.batch={samples}`",
)


@check(BATCH_SIZE, learning=True)
def batch_size(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Needs to know the data; without them nothing is said."""
    learner, samples = graph.learner, context.samples
    if learner and samples is not None and learner.batch > samples:
        span = where(learner.spans, "batch", "name")
        yield BATCH_SIZE.at(span, batch=learner.batch, samples=samples)
