"""How high the potential of a layer can rise at most: shared by SNN209 and SNN210."""

from __future__ import annotations

from sfdfa_compiler.ir import (
    Constant,
    Graph,
    Input,
    LifLayer,
    Listed,
    Population,
    Projection,
    Times,
    Ttfs,
    Uniform,
    Values,
)


def highest_weight(values: Values) -> float | None:
    """The largest weight that can be drawn; None if the file does not bound it."""
    match values:
        case Uniform(_, high):
            return high
        case Constant(value):
            return value
        case Listed(rows):
            return max((value for row in rows for value in row), default=0.0)
        case _:
            return None


def kernel_peak(layer: LifLayer) -> float:
    """How far a lone spike of weight 1 lifts the potential: 1/4 for tau_mem = 2 tau_syn.

    The peak of exp(-t / tau_mem) - exp(-t / tau_syn); 0 where it never rises.
    """
    ratio = layer.tau_mem / layer.tau_syn
    if ratio <= 1:
        return 0.0
    fall = ratio ** (-1 / (ratio - 1))
    return float(fall - fall / ratio)


def highest_potential(graph: Graph, layer: LifLayer) -> float | None:
    """A bound that no potential of the layer exceeds; None if there is none."""
    total = 0.0
    for projection in graph.into(layer.name):
        lift = _most_weight(projection, graph.population(projection.source))
        if lift is None:
            return None
        total += lift
    return total * kernel_peak(layer)


def _most_weight(projection: Projection, source: Population) -> float | None:
    """The largest sum of positive weights that can arrive at one neuron in a sample."""
    most = _most_spikes(source)
    if most is None:
        return None
    if isinstance(projection.weight, Listed):
        rows = projection.weight.rows
        columns = range(len(rows[0]))
        return max(sum(most * max(0.0, row[column]) for row in rows) for column in columns)
    highest = highest_weight(projection.weight)
    return None if highest is None else max(0.0, highest) * most * float(min(source.size, 10**300))


def _most_spikes(source: Population) -> int | None:
    """Spikes of one neuron in a sample at most; None where data decide."""
    match source:
        case LifLayer():
            return source.max_spikes
        case Input(encoder=Ttfs()):
            return 1
        case Input(encoder=Times(times)):
            return max((len(train) for train in times), default=0)
        case Input():
            return None


def is_inhibited(graph: Graph, layer: LifLayer) -> bool:
    """Whether a layer is connected, and by no positive weight."""
    highest = [highest_weight(projection.weight) for projection in graph.into(layer.name)]
    return bool(highest) and all(weight is not None and weight <= 0 for weight in highest)
