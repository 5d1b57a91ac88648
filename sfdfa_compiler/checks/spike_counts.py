"""SNN308: the right neuron must be asked for more spikes than the others."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, each_span, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.units import in_words

SPIKE_COUNTS = Rule(
    code="SNN308",
    message="`correct` must be larger than `other`",
    label="{correct} here",
    notes=("the class with the most spikes wins: so the right one would lose",),
    help="the paper has `correct = 15, other = 3`",
)


@check(SPIKE_COUNTS)
def spike_counts(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """The two wanted counts."""
    del context
    readout = graph.readout
    if readout and readout.correct <= readout.other:
        text = f"{in_words(readout.other)} here"
        others = [Label(span, text) for span in each_span(readout.spans, "other")]
        span = where(readout.spans, "correct", "other", "kind")
        yield SPIKE_COUNTS.at(
            span,
            related=[label for label in others if label.span != span],
            correct=in_words(readout.correct),
        )
