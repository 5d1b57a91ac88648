"""What a check is, and the one place that runs them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sfdfa_compiler.diagnostics import Diagnostic, Level, Rule, Span, place
from sfdfa_compiler.ir import Capabilities, Graph, Spans, silence

UNUSED_ALLOW: Final = Rule(
    code="SNN129",
    message="this `allow` silences nothing",
    level=Level.WARNING,
    label="no {code} in this block",
    help="remove it",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What a program is checked for."""

    profile: str = "event32"  # "event32", "event64" or "clock:NAME"
    target: str | None = None  # the chosen one; None checks for no target in particular
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)  # of all targets
    samples: int | None = None  # of the training set, if it is known
    learns: bool = True  # False for a run that only infers

    @property
    def event(self) -> bool:
        """Whether times are continuous."""
        return self.profile.startswith("event")


Finder = Callable[[Graph, CheckContext], Iterable[Diagnostic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule and what finds its violations. A check never repairs."""

    rule: Rule
    find: Finder
    whole: bool  # looks at how parts hang together, so none may be missing
    event: bool  # only in the event profiles
    learning: bool  # only if the program shall learn

    def applies(self, graph: Graph, context: CheckContext) -> bool:
        """Whether the check has anything to say about a graph in a context."""
        return not (
            (self.whole and not graph.whole)
            or (self.event and not context.event)
            or (self.learning and not context.learns)
        )


CHECKS: Final[dict[str, Check]] = {}


def check(
    rule: Rule, *, whole: bool = False, event: bool = False, learning: bool = False
) -> Callable[[Finder], Finder]:
    """Register a function as the check of `rule`: it yields `rule.at(...)` for every violation."""

    def register(find: Finder) -> Finder:
        if rule.code in CHECKS:
            raise ValueError(f"two checks of {rule.code}")
        CHECKS[rule.code] = Check(rule=rule, find=find, whole=whole, event=event, learning=learning)
        return find

    return register


def run_checks(graph: Graph, context: CheckContext | None = None) -> list[Diagnostic]:
    """Everything that is wrong with a graph, sorted by position, none twice.

    A graph that is not `whole` is checked part by part, so that its other errors come at once.
    """
    context = context or CheckContext()
    found = dict.fromkeys(
        diagnostic
        for _, registered in sorted(CHECKS.items())
        if registered.applies(graph, context)
        for diagnostic in registered.find(graph, context)
    )
    kept, unused = silence(found, graph.allows)
    if graph.whole:
        kept += (UNUSED_ALLOW.at(allow.span, code=allow.code) for allow in unused)
    return sorted(kept, key=lambda diagnostic: diagnostic.sort_key)


def where(spans: Spans, *fields: str) -> Span:
    """Where the first of these fields is written; programs made by machine have no places."""
    return next((spans[name] for name in fields if name in spans), place("this program"))


def each_span(spans: Spans, *fields: str) -> Iterator[Span]:
    """Where these fields are written, those that are."""
    return (spans[name] for name in fields if name in spans)
