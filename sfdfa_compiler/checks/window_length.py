"""SNN203: exp(window / tau_mem) must stay finite."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.units import TIME, in_words

MOST_TAUS = 700  # exp(709.8) is the largest float64

WINDOW_LENGTH = Rule(
    code="SNN203",
    message="the window is longer than 700 tau_mem",
    label="{window} here",
    notes=("a spike time t is kept as exp(t / tau_mem), which overflows",),
    help="at most {most}",
)


@check(WINDOW_LENGTH, event=True)
def window_length(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Compare the window with the shortest tau_mem (comparisons with a wrong value are false)."""
    del context
    layer = min(graph.layers, key=lambda layer: layer.tau_mem, default=None)
    if layer and graph.window > MOST_TAUS * layer.tau_mem:
        label = f"tau_mem of `{layer.name}` is {in_words(layer.tau_mem, TIME)}"
        yield WINDOW_LENGTH.at(
            where(graph.spans, "window", "name"),
            related=[Label(where(layer.spans, "tau_mem", "tau_syn", "model"), label)],
            window=in_words(graph.window, TIME),
            most=in_words(MOST_TAUS * layer.tau_mem, TIME),
        )
