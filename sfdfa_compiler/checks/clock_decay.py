"""SNN422: a decay that the integers of a clock profile cannot keep."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from sfdfa_compiler.checks.clock_numbers import integers_in
from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Rule
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.schedule.clock import left
from sfdfa_compiler.units import TIME, in_words

NO_DECAY = Rule(
    code="SNN422",
    message="in steps of {dt}, {name} = {tau} {what}",
    notes=("a step loses {share} of a potential; `{profile}` keeps that in units of 1 / {unit:,}",),
    help="for this time constant choose `dt` from {least} to {most}",
)


@check(NO_DECAY, whole=True)
def clock_decay(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """A step must lose something of a potential, and leave something of it."""
    clock = integers_in(graph, context)
    if clock is None:
        return
    unit = 2**clock.formats.decay.format.fraction
    for layer in graph.layers:
        for name, tau in (("tau_mem", layer.tau_mem), ("tau_syn", layer.tau_syn)):
            remains = left(clock, tau)
            if not 0 < remains < unit:
                yield NO_DECAY.at(
                    where(layer.spans, name, "tau_syn", "model"),
                    dt=in_words(clock.dt, TIME),
                    name=name,
                    tau=in_words(tau, TIME),
                    what="never decays" if remains else "decays at once",
                    share=f"{-math.expm1(-clock.dt / tau):.2g}",
                    profile=context.profile,
                    unit=unit,
                    least=in_words(_two_digits(-tau * math.log1p(-0.5 / unit), math.ceil), TIME),
                    most=in_words(_two_digits(tau * math.log(2 * unit), math.floor), TIME),
                )


def _two_digits(value: float, direction: Callable[[float], int]) -> float:
    """The value rounded to two digits."""
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{direction(value / power) * power:.2g}")
