"""Whether the numbers of a clock profile can hold a program."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sfdfa_compiler.arith.fixed import as_real, limits, nearest
from sfdfa_compiler.diagnostics import Diagnostic, Span, place
from sfdfa_compiler.ir import Constant, Fix, Graph, LifLayer, Listed, Uniform, Values
from sfdfa_compiler.schedule import clock_rules as rules
from sfdfa_compiler.schedule.clock import left, most_added
from sfdfa_compiler.schedule.formats import clock_formats
from sfdfa_compiler.schedule.nodes import Clock
from sfdfa_compiler.units import TIME, in_words


def clock_checks(graph: Graph, clock: Clock) -> Iterator[Diagnostic]:
    """What is wrong with `graph` in a clock profile, and what a user should know of it."""
    formats = clock.formats
    options = graph.targets.get(formats.name)
    settings = options.spans if options else {}
    if clock.steps == 0:
        yield rules.NO_STEP.at(
            settings.get("dt") or graph.spans.get("window") or place(graph.name),
            window=in_words(graph.window, TIME),
            dt=in_words(clock.dt, TIME),
            target=formats.name,
        )
    if formats.weight.format.kind == "float":
        return
    if options and "weight" in settings:
        yield from _weight_format(clock, options.settings["weight"], settings["weight"])
    for layer in graph.layers:
        yield from _decays(layer, clock)
        yield from _threshold(layer, clock)
        yield from _spikes(layer, clock)
        yield from _room(graph, layer, clock)
        yield from _weights(graph, layer, clock)


def _weight_format(clock: Clock, written: object, span: Span) -> Iterator[Diagnostic]:
    """The format asked for must be no wider than the target's, and no finer than the sums."""
    own, asked = clock_formats(f"clock:{clock.formats.name}"), clock.formats
    fraction = asked.potential.format.fraction
    fits = 2 <= asked.weight.format.width <= own.weight.format.width
    if isinstance(written, Fix) and not (fits and asked.weight.format.fraction <= fraction):
        parts = [str(part) for part in (written.width, written.fraction) if part is not None]
        yield rules.BAD_WEIGHT_FORMAT.at(
            span,
            formats=own.name,
            written=f"fix({', '.join(parts)})",
            width=own.weight.format.width,
            fraction=fraction,
        )


def _decays(layer: LifLayer, clock: Clock) -> Iterator[Diagnostic]:
    """Something must be lost in a step, and something left."""
    unit = 2**clock.formats.decay.format.fraction
    for name, tau in (("tau_mem", layer.tau_mem), ("tau_syn", layer.tau_syn)):
        remains = left(clock, tau)
        if 0 < remains < unit:
            continue
        yield rules.NO_DECAY.at(
            _place(layer, name),
            dt=in_words(clock.dt, TIME),
            name=name,
            tau=in_words(tau, TIME),
            layer=layer.name,
            what="a potential that never decays" if remains else "one that is gone after a step",
            share=f"{-math.expm1(-clock.dt / tau):.3g} of it",
            formats=clock.formats.name,
            unit=unit,
            least=in_words(_rounded(-tau * math.log1p(-0.5 / unit), up=True), TIME),
            most=in_words(_rounded(tau * math.log(2 * unit), up=False), TIME),
        )


def _rounded(value: float, *, up: bool) -> float:
    """Two digits, in the safe direction."""
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    digits = math.ceil(value / power) if up else math.floor(value / power)
    return float(f"{digits * power:.2g}")


def _threshold(layer: LifLayer, clock: Clock) -> Iterator[Diagnostic]:
    format = clock.formats.potential.format
    most = limits(format)[1]
    if not 1 <= nearest(layer.threshold, format) <= most:
        yield rules.BAD_THRESHOLD.at(
            _place(layer, "threshold"),
            formats=clock.formats.name,
            layer=layer.name,
            threshold=in_words(layer.threshold),
            least=in_words(as_real(1, format)),
            most=in_words(as_real(most, format)),
        )


def _spikes(layer: LifLayer, clock: Clock) -> Iterator[Diagnostic]:
    most = limits(clock.formats.count.format)[1]
    if layer.max_spikes > most:
        yield rules.TOO_MANY_SPIKES.at(
            _place(layer, "max_spikes"),
            formats=clock.formats.name,
            most=most,
            found=layer.max_spikes,
        )


def _room(graph: Graph, layer: LifLayer, clock: Clock) -> Iterator[Diagnostic]:
    """Every neuron of the source can arrive in one step, once (inputs more often: see SNN570)."""
    size, most = graph.source(layer.name).size, most_added(clock)
    if most is not None and size > most:
        yield rules.NO_ROOM.at(
            _place(layer, "name"),
            layer=layer.name,
            formats=clock.formats.name,
            size=size,
            most=most,
        )


def _weights(graph: Graph, layer: LifLayer, clock: Clock) -> Iterator[Diagnostic]:
    """Initial weights should be among those that are kept."""
    (projection,) = graph.into(layer.name)
    format = clock.formats.weight.format
    least, most = limits(format)
    if any(not least <= nearest(w, format) <= most for w in _extremes(projection.weight)):
        yield rules.CLIPPED.at(
            projection.spans.get("weight") or _place(layer, "name"),
            layer=layer.name,
            formats=clock.formats.name,
            least=in_words(as_real(least, format)),
            most=in_words(as_real(most, format)),
        )


def _extremes(values: Values) -> tuple[float, ...]:
    """The smallest and largest values, where they are known before a run."""
    match values:
        case Uniform(low, high):
            return low, high
        case Constant(value):
            return (value,)
        case Listed(rows):
            return min(map(min, rows)), max(map(max, rows))
        case _:
            return ()


def _place(layer: LifLayer, field: str) -> Span:
    """Where a field of a layer was written, or the layer itself."""
    return layer.spans.get(field) or layer.spans.get("name") or place(layer.name)
