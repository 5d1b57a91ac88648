"""SNN204: input spikes behind the end of a sample are never heard."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, each_span, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Encoder, Graph, Recorded, Times, Ttfs
from sfdfa_compiler.units import TIME, in_words

ENCODER_WINDOW = Rule(
    code="SNN204",
    message="the input `{name}` spikes after the window has ended",
    label="until {last}",
    notes=("the window of the network is {window}; what comes later is dropped",),
    help="make the window of the network longer, or the encoder faster",
)


@check(ENCODER_WINDOW)
def encoder_window(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """The last possible spike of every input."""
    del context
    for source in graph.inputs:
        last = _last_spike(source.encoder)
        if last > graph.window:
            label = f"the window is {in_words(graph.window, TIME)}"
            yield ENCODER_WINDOW.at(
                where(source.spans, "window", "encode"),
                related=[Label(span, label) for span in each_span(graph.spans, "window")],
                name=source.name,
                last=in_words(last, TIME),
                window=in_words(graph.window, TIME),
            )


def _last_spike(encoder: Encoder) -> float:
    """Time of the last spike that the file speaks of; what data bring is not known here."""
    match encoder:
        case Ttfs(window):
            return window
        case Times(times):
            return max((time for train in times for time in train), default=0.0)
        case Recorded():
            return 0.0
