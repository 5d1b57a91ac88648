"""What a layer's plan says in every profile."""

from __future__ import annotations

from sfdfa_compiler.ir import Graph, Input, LifLayer
from sfdfa_compiler.schedule.nodes import LayerPlan


def layer_plan(graph: Graph, layer: LifLayer) -> LayerPlan:
    """What the kernels need to know of a layer."""
    (projection,) = graph.into(layer.name)
    source = graph.source(layer.name)
    return LayerPlan(
        name=layer.name,
        size=layer.size,
        source=source.name,
        source_size=source.size,
        source_is_input=isinstance(source, Input),
        index=layer.index,
        max_spikes=layer.max_spikes,
        is_output=graph.readout is not None and layer.name == graph.readout.layer,
        learns=graph.learner is not None and graph.readout is not None and projection.learn,
        span=layer.spans.get("name"),
    )
