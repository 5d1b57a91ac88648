"""The network as a graph: a typed wrapper of a networkx digraph, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import networkx as nx

from sfdfa_compiler.diagnostics import Span
from sfdfa_compiler.ir.nodes import (
    Allow,
    Feature,
    Input,
    LearnerSpec,
    LifLayer,
    Population,
    Projection,
    Readout,
    TargetOptions,
)


def digraph(populations: Iterable[Population], projections: Iterable[Projection]) -> nx.DiGraph:
    """A digraph with `populations` as nodes and `projections` as edges, in the order given."""
    graph = nx.DiGraph()
    for population in populations:
        graph.add_node(population.name, population=population)
    for projection in projections:
        graph.add_edge(projection.source, projection.target, projection=projection)
    return graph


def cycles(graph: nx.DiGraph) -> list[tuple[str, ...]]:
    """One cycle of each strongly connected part, as a path that ends where it begins."""
    found = []
    for part in nx.strongly_connected_components(graph):
        inner = graph.subgraph(sorted(part))
        if inner.number_of_edges():
            edges = nx.find_cycle(inner)
            found.append((edges[0][0], *(target for _, target in edges)))
    return sorted(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """One network. Populations and projections keep the order of the file.

    `whole` is False while an error is known: parts are missing then, and only checks read it.
    """

    name: str
    window: float  # how long a sample is shown [s]
    nx: nx.DiGraph = field(repr=False)
    readout: Readout | None = None
    learner: LearnerSpec | None = None
    targets: Mapping[str, TargetOptions] = field(default_factory=dict)
    features: tuple[Feature, ...] = ()
    allows: tuple[Allow, ...] = ()  # those that elaboration had no use for
    whole: bool = True
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def population(self, name: str) -> Population:
        """The input or layer of that name."""
        population: Population = self.nx.nodes[name]["population"]
        return population

    def layer(self, name: str) -> LifLayer:
        """The layer of that name; KeyError if it is none."""
        population = self.population(name)
        if not isinstance(population, LifLayer):
            raise KeyError(name)
        return population

    @property
    def populations(self) -> tuple[Population, ...]:
        """Inputs and layers, in file order."""
        return tuple(self.nx.nodes[name]["population"] for name in self.nx.nodes)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Inputs, in file order."""
        return tuple(p for p in self.populations if isinstance(p, Input))

    @property
    def layers(self) -> tuple[LifLayer, ...]:
        """Layers, in file order: their position is the Philox layer."""
        return tuple(p for p in self.populations if isinstance(p, LifLayer))

    @property
    def projections(self) -> tuple[Projection, ...]:
        """Projections, by target layer in file order."""
        return tuple(p for layer in self.layers for p in self.into(layer.name))

    def into(self, layer: str) -> tuple[Projection, ...]:
        """Projections into a layer (today one)."""
        return tuple(data["projection"] for _, _, data in self.nx.in_edges(layer, data=True))

    def source(self, layer: str) -> Population:
        """The one population that `layer` reads."""
        (projection,) = self.into(layer)
        return self.population(projection.source)

    def readers(self, name: str) -> tuple[LifLayer, ...]:
        """Layers that read a population, in file order."""
        readers = set(self.nx.successors(name))
        return tuple(layer for layer in self.layers if layer.name in readers)

    @property
    def execution_order(self) -> tuple[LifLayer, ...]:
        """Layers such that each stands behind what it reads; file order where free."""
        position = {name: index for index, name in enumerate(self.nx.nodes)}
        order = nx.lexicographical_topological_sort(self.nx, key=position.__getitem__)
        return tuple(p for name in order if isinstance(p := self.population(name), LifLayer))

    @property
    def output(self) -> LifLayer | None:
        """The layer that is read out."""
        return self.layer(self.readout.layer) if self.readout else None

    @property
    def hidden(self) -> tuple[LifLayer, ...]:
        """All layers but the output, in file order."""
        output = self.readout.layer if self.readout else None
        return tuple(layer for layer in self.layers if layer.name != output)
