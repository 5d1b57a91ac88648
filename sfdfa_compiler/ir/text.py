"""The stable text form of a graph (`--emit ir`): the complete program, no value left implicit.

One line for every thing, in file order, floats by `repr`: two programs that mean the same have the
same text, whatever constants, defaults and overrides they were written with. Builds hash it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sfdfa_compiler.ir.graph import Graph
from sfdfa_compiler.ir.nodes import (
    Adam,
    Constant,
    Cosine,
    Decay,
    Encoder,
    Fix,
    Fixed,
    FromFile,
    LearnerSpec,
    LifLayer,
    Listed,
    Normal,
    Optimiser,
    Projection,
    Rate,
    Recorded,
    Sgd,
    Step,
    TargetValue,
    Times,
    Ttfs,
    Uniform,
    Values,
)


def to_text(graph: Graph) -> str:
    """The lines of a whole program. Times in seconds."""
    return "".join(f"{line}\n" for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield f"network {graph.name} window {graph.window!r}"
    for source in graph.inputs:
        yield f"input {source.name} {_shape(source.shape)} {_encoder(source.encoder)}"
    for layer in graph.layers:
        yield _layer(layer)
    for projection in graph.projections:
        yield _projection(projection)
    if graph.readout:
        counts = f"correct {graph.readout.correct!r} other {graph.readout.other!r}"
        yield f"readout {graph.readout.layer} spike_count {counts}"
    if graph.learner:
        yield from _learner(graph.learner)
    for name, target in graph.targets.items():
        for setting, value in target.settings.items():
            yield f"target {name} {setting} {_target_value(value)}"
    for feature in graph.features:
        yield f"feature {feature.name} {feature.detail}".rstrip()


def _shape(shape: Sequence[int]) -> str:
    return f"[{', '.join(str(size) for size in shape)}]"


def _encoder(encoder: Encoder) -> str:
    match encoder:
        case Ttfs(window):
            return f"ttfs window {window!r}"
        case Recorded():
            return "spikes"
        case Times(times):
            return f"times {_rows(times)}"


def _layer(layer: LifLayer) -> str:
    return (
        f"layer {layer.name} {_shape(layer.shape)} lif tau_mem {layer.tau_mem!r} "
        f"tau_syn {layer.tau_syn!r} threshold {layer.threshold!r} "
        f"max_spikes {layer.max_spikes} index {layer.index}"
    )


def _projection(projection: Projection) -> str:
    return (
        f"from {projection.source} to {projection.target} dense "
        f"weight {_values(projection.weight)} learn {_flag(projection.learn)}"
    )


def _learner(learner: LearnerSpec) -> Iterator[str]:
    yield (
        f"learner {learner.name} local_gradient {learner.local_gradient} batch {learner.batch} "
        f"epochs {learner.epochs} shards {learner.shards}"
    )
    yield f"feedback {_values(learner.feedback)} rate {_rate(learner.feedback_rate)}"
    yield f"clock halvings {learner.halvings} reset_trace {_flag(learner.reset_trace)}"
    for layer, optimiser in learner.optimisers.items():
        yield f"optimiser {layer} {_optimiser(optimiser)}"
    for layer, penalty in learner.rate_penalties.items():
        yield f"rate_penalty {layer} strength {penalty.strength!r} target {penalty.target!r}"


def _optimiser(optimiser: Optimiser) -> str:
    match optimiser:
        case Adam(rate=rate, beta1=beta1, beta2=beta2, epsilon=epsilon):
            return f"adam rate {_rate(rate)} beta1 {beta1!r} beta2 {beta2!r} epsilon {epsilon!r}"
        case Sgd(rate=rate):
            return f"sgd rate {_rate(rate)}"


def _rate(rate: Rate) -> str:
    match rate:
        case Fixed(value):
            return repr(value)
        case Step(values, at):
            return f"step({_numbers(values)}, at = {_shape(at)})"
        case Decay(value, factor, every):
            return f"decay({value!r}, factor = {factor!r}, every = {every})"
        case Cosine(value):
            return f"cosine({value!r})"


def _values(values: Values) -> str:
    match values:
        case Uniform(low, high):
            return f"uniform({low!r}, {high!r})"
        case Normal(mean, sd):
            return f"normal({mean!r}, {sd!r})"
        case Constant(value):
            return repr(value)
        case Listed(rows):
            return _rows(rows)
        case FromFile(path, key):
            return f'file("{path}", "{key}")'


def _rows(rows: Sequence[Sequence[float]]) -> str:
    return f"[{', '.join(f'[{_numbers(row)}]' for row in rows)}]"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(repr(value) for value in values)


def _target_value(value: TargetValue) -> str:
    match value:
        case Fix(width, None):
            return f"fix({width})"
        case Fix(width, fraction):
            return f"fix({width}, {fraction})"
        case str():
            return value
        case bool():
            return _flag(value)
        case _:
            return repr(value)


def _flag(value: bool) -> str:
    return "true" if value else "false"
