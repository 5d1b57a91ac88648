"""SNN401: something sayable that no target has yet."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.dsl.forms import FEATURES
from sfdfa_compiler.ir import Graph

NO_TARGET = Rule(
    code="SNN401",
    message="no target has {feature} yet",
    label="{detail}",
    help="leave it out; `sfdfac targets` shows what each target can do",
)


@check(NO_TARGET)
def no_target(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Features that are in no target's capabilities."""
    known = {name for target in context.capabilities.values() for name in target.features}
    for feature in graph.features:
        if feature.name not in known:
            phrase = FEATURES[feature.name]
            yield NO_TARGET.at(feature.span, feature=phrase, detail=feature.detail)
