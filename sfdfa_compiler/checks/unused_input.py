"""SNN207: every input is read by a layer."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph

UNUSED_INPUT = Rule(
    code="SNN207",
    message="nothing reads the input `{name}`",
    label="no layer has `from {name}`",
    help="read it in a layer, or remove it",
)


@check(UNUSED_INPUT, whole=True)
def unused_input(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Data go to the inputs: one that nothing reads would take them for nothing."""
    del context
    for source in graph.inputs:
        if not graph.readers(source.name):
            yield UNUSED_INPUT.at(where(source.spans, "name"), name=source.name)
