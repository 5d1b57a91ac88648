"""The numeric certificate of a clock profile: what is proved of its integers before a run.

Formulas mean exact integers, programs compute with machine integers. By interval analysis
of the micro-functions the two agree in every step, as long as a layer hears no more than
`Certificate.arrivals` spikes in a sample; beyond that the profile saturates, or the run is watched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sfdfa_compiler.arith import Micro
from sfdfa_compiler.arith.clock import ClockFormats
from sfdfa_compiler.arith.fixed import Overflow, limits
from sfdfa_compiler.arith.interval import Interval, bounds
from sfdfa_compiler.ir import Graph, Input, LifLayer, Recorded
from sfdfa_compiler.schedule.clock import most_added
from sfdfa_compiler.schedule.nodes import Clock, Phase, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is proved of one layer, and how well its constants are kept."""

    layer: str
    arrivals: int  # spikes heard in a sample for which no sum can overflow
    most_arrivals: int | None  # that can come; None: as many as the data have
    overflow: Overflow  # what happens beyond `arrivals`
    may_wrap: tuple[str, ...]  # micro-functions for which the proof fails: none, or it is a bug
    tau_mem_error: float  # relative, of the time constant that the kept decay has
    tau_syn_error: float
    threshold_error: float  # relative


def certify(graph: Graph, schedule: Schedule) -> tuple[Certificate, ...]:
    """The certificates of all layers, in the plan's order; none in real numbers."""
    clock = schedule.clock
    if clock.formats.weight.format.kind == "float":
        return ()
    return tuple(_certify(graph, phase, clock) for phase in schedule.forward)


def _certify(graph: Graph, phase: Phase, clock: Clock) -> Certificate:
    layer = graph.layer(phase.layer)
    resets = layer.max_spikes * int(phase.constants["theta"])
    top = limits(clock.formats.potential.format)[1]
    arrivals = max(0, top - resets) // _largest(clock.formats)
    theta = layer.threshold * 2.0**clock.formats.potential.format.fraction
    return Certificate(
        layer=layer.name,
        arrivals=arrivals,
        most_arrivals=_most_arrivals(graph, layer, clock),
        overflow=clock.formats.potential.overflow,
        may_wrap=_may_wrap(phase, clock, arrivals, layer.max_spikes),
        tau_mem_error=_tau_error(clock, layer.tau_mem, phase.constants["left_mem"]),
        tau_syn_error=_tau_error(clock, layer.tau_syn, phase.constants["left_syn"]),
        threshold_error=phase.constants["theta"] / theta - 1,
    )


def _largest(formats: ClockFormats) -> int:
    """The most that one arrival changes a potential, as an integer of the potential."""
    shift = formats.potential.format.fraction - formats.weight.format.fraction
    return -limits(formats.weight.format)[0] << shift


def _most_arrivals(graph: Graph, layer: LifLayer, clock: Clock) -> int | None:
    source = graph.source(layer.name)
    if isinstance(source, Input):
        return None if isinstance(source.encoder, Recorded) else source.size
    return source.size * min(source.max_spikes, clock.steps)


def _may_wrap(phase: Phase, clock: Clock, arrivals: int, max_spikes: int) -> tuple[str, ...]:
    """Micro-functions in which a machine integer may differ from the exact one.

    A potential is at most what the arrivals so far and the resets so far can have made of it, and
    all of them together can make `M`. Each micro-function is given what leaves room for one more.
    """
    largest_weight, largest = -limits(clock.formats.weight.format)[0], _largest(clock.formats)
    theta = int(phase.constants["theta"])
    M = arrivals * largest + max_spikes * theta
    at_once = int(min(arrivals, most_added(clock)))  # in a single step
    A = at_once * largest_weight
    claims: Mapping[str, tuple[Mapping[str, Interval], Mapping[str, int]]] = {
        "leak": ({"x": _around(M)}, {"x": M}),
        "receive": ({"A": _around(A - largest_weight)}, {"A": A}),
        "charge": ({"x": _around(M - at_once * largest), "A": _around(A)}, {"x": M}),
        "crosses": ({"V": _around(M), "I": _around(M), "theta": Interval(theta, theta)}, {}),
        "reset": ({"V": _around(M - theta), "theta": Interval(theta, theta)}, {"V": M}),
    }
    if arrivals == 0:
        return ()
    return tuple(
        name
        for name, (given, shown) in claims.items()
        if not _holds(phase.micros[name], given, shown)
    )


def _holds(micro: Micro, given: Mapping[str, Interval], shown: Mapping[str, int]) -> bool:
    """Whether nothing wraps and the outputs named in `shown` keep to their bounds."""
    found = bounds(micro, **given)
    kept = all(found.outputs[name] in _around(most) for name, most in shown.items())
    return kept and not found.wraps


def _around(most: int) -> Interval:
    return Interval(-most, most)


def _tau_error(clock: Clock, tau: float, left: float) -> float:
    """How far the time constant of the decay that is kept lies from the one that was asked for."""
    kept = left / 2.0**clock.formats.decay.format.fraction
    return -clock.dt / math.log(kept) / tau - 1
