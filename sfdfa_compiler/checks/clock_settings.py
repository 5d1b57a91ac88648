"""SNN312: settings of the clock profile that an event profile does not read."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check
from sfdfa_compiler.diagnostics import Diagnostic, Level, Rule
from sfdfa_compiler.ir import Graph

CLOCK_SETTINGS = Rule(
    code="SNN312",
    message="`{name}` has no effect in profile {profile}",
    level=Level.WARNING,
    label="a setting of the clock profile",
    help="leave it out, or choose a clock profile",
)


@check(CLOCK_SETTINGS, event=True, learning=True)
def clock_settings(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Only what is written counts: defaults are always there."""
    if graph.learner is None:
        return
    for name in ("halvings", "reset_trace"):
        if name in graph.learner.spans:
            yield CLOCK_SETTINGS.at(graph.learner.spans[name], name=name, profile=context.profile)
