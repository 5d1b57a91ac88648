"""Lowering to a clock profile: one phase a layer, and its constants in the profile's numbers.

A spike is heard `latency` steps after it was sent, so layers could run side by side; this plan runs
one after the other, each through all steps of a sample. Inference only.
"""

from __future__ import annotations

import math
from dataclasses import replace

from sfdfa_compiler.arith import FLOAT64, UINT32, Format
from sfdfa_compiler.arith import clock as formulas
from sfdfa_compiler.arith.fixed import limits, nearest
from sfdfa_compiler.ir import Fix, Graph, LifLayer
from sfdfa_compiler.schedule.formats import clock_formats, with_weight
from sfdfa_compiler.schedule.layers import layer_plan
from sfdfa_compiler.schedule.nodes import AT_ONCE, Axis, Buffer, Clock, Life, Phase, Schedule

MICROS = (formulas.leak, formulas.receive, formulas.charge, formulas.crosses, formulas.reset)
DEFAULTS = {"dt": 1e-3, "latency": 1}  # where the file has no block for the target
ARRIVALS = (UINT32, UINT32, UINT32)  # of an input: step, neuron, how often
SPIKES = (UINT32, UINT32)  # of a layer: step, neuron


def clock_of(graph: Graph, profile: str) -> Clock:
    """Steps and numbers of `graph` in a profile; the block `target NAME` has the last word.

    Raises:
        UserError: SNN420 if there are no formats for the profile.
    """
    from sfdfa_compiler.data.steps import step_count  # needs NumPy

    formats = clock_formats(profile)
    options = graph.targets.get(formats.name)
    settings = {**DEFAULTS, **(options.settings if options else {})}
    dt, latency, weight = settings["dt"], settings["latency"], settings.get("weight")
    if not isinstance(dt, float) or not isinstance(latency, int):
        raise TypeError(f"dt = {dt!r}, latency = {latency!r}")
    if isinstance(weight, Fix):
        formats = with_weight(formats, weight)
    return Clock(dt=dt, steps=step_count(graph.window, dt), latency=latency, formats=formats)


def lower_clock(graph: Graph, clock: Clock, *, most_events: int | None = None) -> Schedule:
    """The plan of `graph` in a clock profile.

    Args:
        graph: A graph checked for this profile: every layer has one source.
        clock: Steps and numbers of the profile.
        most_events: The most input events of a sample, for the memory bound; unless known, every
            input neuron once.
    """
    order = graph.execution_order
    weight = clock.formats.weight.format
    buffers = [_events(p.name, ARRIVALS, most_events or p.size) for p in graph.inputs]
    for layer in order:
        size = layer.size * graph.source(layer.name).size
        buffers += [
            Buffer(
                name=f"{layer.name}.weight",
                fields=(weight,),
                shape=(Axis.PRE, Axis.POST),
                life=Life.RUN,
                bound=size,
            ),
            Buffer(
                name=f"{layer.name}.counts",
                fields=(UINT32,),
                shape=(Axis.SAMPLE, Axis.POST),
                life=Life.BATCH,
                bound=AT_ONCE * layer.size,
            ),
            _events(layer.name, SPIKES, layer.size * min(layer.max_spikes, clock.steps)),
        ]
    return Schedule(
        name=graph.name,
        profile=f"clock:{clock.formats.name}",
        real=FLOAT64 if weight.kind == "float" else Format("int", 32, weight.fraction),
        time=clock,
        layers=tuple(
            replace(layer_plan(graph, layer), index=layer.index + 1, learns=False)
            for layer in order  # Philox counts layers from 1 here: the input is 0
        ),
        forward=tuple(_on_step(graph, layer, clock) for layer in order),
        learn=(),
        buffers={buffer.name: buffer for buffer in buffers},
        classes=graph.output.size if graph.output else 0,
        batch=AT_ONCE,
        room=AT_ONCE,
        epochs=1,
        shards=1,
    )


def constants(layer: LifLayer, clock: Clock) -> dict[str, float]:
    """The layer's constants as the kernels take them, formed in float64.

    Raises:
        ValueError: If one does not fit its format (a caller's bug: a check refuses the program).
    """
    found = {
        "theta": nearest(layer.threshold, clock.formats.potential.format),
        "left_mem": left(clock, layer.tau_mem),
        "left_syn": left(clock, layer.tau_syn),
    }
    potential, decay = clock.formats.potential.format, clock.formats.decay.format
    for (name, value), format in zip(found.items(), (potential, decay, decay), strict=True):
        most = math.inf if format.kind == "float" else limits(format)[1]
        if not 0 < value <= most:  # with a threshold of 0 a neuron would fire at rest
            raise ValueError(f"{layer.name}: {name} = {value} does not fit {format}")
    return found


def left(clock: Clock, tau: float) -> float:
    """What a step leaves of a potential; integers keep the loss, rounded to nearest."""
    format = clock.formats.decay.format
    if format.kind == "float":
        return math.exp(-clock.dt / tau)
    return int(2**format.fraction - nearest(1 - math.exp(-clock.dt / tau), format))


def _on_step(graph: Graph, layer: LifLayer, clock: Clock) -> Phase:
    """All steps of a sample: leak, arrivals, spikes.

    Integers may be added in any order; real numbers are added by ascending neuron.
    """
    whole = clock.formats.weight.format.kind != "float"
    return Phase(
        kernel="on_step",
        layer=layer.name,
        micros={recipe.name: recipe.at(clock.formats) for recipe in MICROS},
        reads=(f"{graph.source(layer.name).name}.events", f"{layer.name}.weight"),
        writes=(f"{layer.name}.events", f"{layer.name}.counts"),
        free=frozenset({Axis.SAMPLE, Axis.POST, *([Axis.EVENT] if whole else [])}),
        ordered=(Axis.STEP,) if whole else (Axis.STEP, Axis.EVENT),
        constants=constants(layer, clock),
    )


def _events(population: str, fields: tuple[Format, ...], most: int) -> Buffer:
    """What a population sends, by sample and step; `most` in a sample."""
    return Buffer(
        name=f"{population}.events",
        fields=fields,
        shape=(Axis.SAMPLE, Axis.EVENT),
        life=Life.BATCH,
        bound=AT_ONCE * most,
    )


def most_added(clock: Clock) -> float:
    """How many weights can be added up in a step without a doubt."""
    format = clock.formats.total.format
    if format.kind == "float":
        return math.inf
    return limits(format)[1] // -limits(clock.formats.weight.format)[0]
