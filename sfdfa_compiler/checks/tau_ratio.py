"""SNN201: exact spike times need tau_mem = 2 tau_syn."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Edit, Label, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.units import TIME, in_words

TAU_RATIO = Rule(
    code="SNN201",
    message="the exact spike-time solver needs `tau_mem = 2 * tau_syn`",
    label="{found} here",
    notes=(
        "only then is the crossing of the threshold the root of a quadratic",
        "a clock profile runs any ratio: `--profile clock:float`",
    ),
    help="write `tau_mem = {needed}`, or leave it out: it is the default",
)


@check(TAU_RATIO, event=True)
def tau_ratio(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """The two time constants of each layer. Doubling a float is exact, so `!=` is meant."""
    del context
    for layer in graph.layers:
        needed = 2 * layer.tau_syn
        if layer.tau_mem != needed:
            span = where(layer.spans, "tau_mem", "model")
            words = in_words(needed, TIME)
            related = [
                Label(layer.spans[name], f"so {words} is needed")
                for name in ("tau_syn",)
                if name in layer.spans
            ]
            edits = [Edit(span, f"tau_mem = {words}")] if "tau_mem" in layer.spans else []
            yield TAU_RATIO.at(
                span,
                related=related,
                edits=edits,
                found=in_words(layer.tau_mem, TIME),
                needed=words,
            )
