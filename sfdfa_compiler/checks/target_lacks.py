"""SNN402: something that other targets have, but not the chosen one."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.dsl.forms import FEATURES
from sfdfa_compiler.ir import Graph

TARGET_LACKS = Rule(
    code="SNN402",
    message="the target `{target}` has no {feature}",
    label="{detail}",
    help="targets that have it: {others}",
)


@check(TARGET_LACKS)
def target_lacks(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Features that the chosen target lacks and another one has."""
    chosen = context.capabilities.get(context.target or "")
    if chosen is None:
        return
    for feature in graph.features:
        others = [
            f"`{name}`"
            for name, target in sorted(context.capabilities.items())
            if feature.name in target.features
        ]
        if others and feature.name not in chosen.features:
            yield TARGET_LACKS.at(
                feature.span,
                target=context.target,
                feature=FEATURES[feature.name],
                detail=feature.detail,
                others=", ".join(others),
            )
