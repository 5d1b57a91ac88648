"""SNN421: a window without a step, or with more than can be counted."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.clock_numbers import clock_in
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.units import TIME, in_words

NO_STEP = Rule(
    code="SNN421",
    message="a step of {dt} is too long for a window of {window}",
    notes=("a sample has floor(window / dt + 1/2) steps, which is none here",),
    help="`dt` of the block `target {target}` must not be longer than twice the window",
)
TOO_MANY_STEPS = Rule(
    code="SNN421",
    message="a window of {window} has {steps:,} steps of {dt}",
    notes=("a step is counted in 32 bits",),
    help="write a longer `dt` into the block `target {target}`",
)
MOST_STEPS = 2**31 - 1


@check(NO_STEP, whole=True)
def clock_window(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """A sample needs at least one step."""
    clock = clock_in(graph, context)
    if clock and not 0 < clock.steps <= MOST_STEPS:
        target = graph.targets.get(clock.formats.name)
        window = where(graph.spans, "window", "name")
        rule = NO_STEP if clock.steps == 0 else TOO_MANY_STEPS
        yield rule.at(
            target.spans.get("dt", window) if target else window,
            related=[Label(window, "the window")] if target and "dt" in target.spans else [],
            dt=in_words(clock.dt, TIME),
            window=in_words(graph.window, TIME),
            target=clock.formats.name,
            steps=clock.steps,
        )
