"""SNN202: in the event profiles all layers have one tau_mem."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.units import TIME, in_words

SAME_TAU = Rule(
    code="SNN202",
    message="in the event profiles all layers have the same time constants",
    label="tau_mem is {found} here",
    notes=(
        "a spike time t is kept as exp(t / tau_mem), which layers of another tau_mem cannot read",
    ),
    help="give both layers `tau_syn = {needed}`, or use a clock profile",
)


@check(SAME_TAU, event=True)
def same_tau(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Compare each layer with the first; layers with a wrong ratio (SNN201) are left out."""
    del context
    layers = [layer for layer in graph.layers if layer.tau_mem == 2 * layer.tau_syn]
    for layer in layers[1:]:
        first = layers[0]
        if layer.tau_mem != first.tau_mem:
            label = f"tau_mem is {in_words(first.tau_mem, TIME)} in `{first.name}`"
            yield SAME_TAU.at(
                where(layer.spans, "tau_syn", "model"),
                related=[Label(where(first.spans, "tau_syn", "model"), label)],
                found=in_words(layer.tau_mem, TIME),
                needed=in_words(first.tau_syn, TIME),
            )
