"""SNN307: the chosen target can run the learner."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph

LEARNER_TARGET = Rule(
    code="SNN307",
    message="the target `{target}` cannot learn with `{learner}` in profile {profile}",
    label="it has {known}",
    help="choose another target, profile or learner; `sfdfac targets` shows what each can do",
)


@check(LEARNER_TARGET, learning=True)
def learner_target(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Capabilities decide, and only where a target is chosen."""
    capabilities = context.capabilities.get(context.target or "")
    if graph.learner is None or capabilities is None:
        return
    known = capabilities.learners if context.event else capabilities.clock_learners
    if graph.learner.name not in known:
        yield LEARNER_TARGET.at(
            where(graph.learner.spans, "name"),
            target=context.target,
            learner=graph.learner.name,
            profile=context.profile,
            known=", ".join(f"`{name}`" for name in sorted(known)) or "none there",
        )
