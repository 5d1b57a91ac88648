"""SNN309: more spikes wanted than a neuron may fire."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Level, Rule
from sfdfa_compiler.ir import Graph, LifLayer
from sfdfa_compiler.units import in_words

MUTED_OUTPUT = Rule(
    code="SNN309",
    message="`{name}` can never fire the {correct} spikes that are wanted",
    level=Level.WARNING,
    label="more than max_spikes",
    notes=("a neuron is mute for the rest of a sample once it has fired {most} times",),
    help="raise `max_spikes` of `{name}` to {correct}, or lower `correct`",
)


@check(MUTED_OUTPUT)
def muted_output(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """The wanted count against the limit of the layer that is read out."""
    del context
    readout = graph.readout
    layer = next((one for one in graph.layers if readout and one.name == readout.layer), None)
    if readout and isinstance(layer, LifLayer) and readout.correct > layer.max_spikes:
        span = where(readout.spans, "correct", "kind")
        label = f"max_spikes is {layer.max_spikes}"
        yield MUTED_OUTPUT.at(
            span,
            related=[Label(where(layer.spans, "max_spikes", "model"), label)],
            name=layer.name,
            correct=in_words(readout.correct),
            most=layer.max_spikes,
        )
