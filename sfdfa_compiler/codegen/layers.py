"""What compiled targets have in common: layers whose buffers Python can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from sfdfa_compiler.codegen.session import State, Trace
from sfdfa_compiler.data.events import AnyEvents
from sfdfa_compiler.schedule import LayerPlan

STAGES = ("spikes", "counts", "perturbation", "derivative", "feedback", "delta")


class Layer(Protocol):
    """The buffers of a layer, wherever they lie."""

    name: str
    plan: LayerPlan

    def has(self, name: str) -> bool:
        """Whether the plan gave the layer this buffer."""
        ...

    def synapses(self, name: str) -> NDArray[Any]:
        """A copy of an array of synapses as [pre][post]."""
        ...

    def feedback(self) -> NDArray[Any]:
        """A copy of the feedback weights as [neuron][class]."""
        ...

    def stage(self, name: str, samples: int) -> NDArray[Any] | AnyEvents | None:
        """A stage of the batch at hand, as the interpreter has it; None if there is none."""
        ...


def state_of(layers: Sequence[Layer], step: int) -> State:
    """A copy of everything that training changes."""
    state = State(weights={}, step=step)
    for layer in layers:
        state.weights[layer.name] = layer.synapses("weight")
        if layer.has("m"):
            state.m[layer.name] = layer.synapses("m")
            state.v[layer.name] = layer.synapses("v")
        if layer.has("feedback"):
            state.feedback[layer.name] = layer.feedback()
    return state


def tell(layers: Sequence[Layer], trace: Trace, samples: int) -> None:
    """Every stage of the batch at hand, in the order of the test vectors."""
    for name in STAGES:
        for layer in layers:
            value = layer.stage(name, samples)
            if value is not None:
                trace.add(name, layer.name, value)
    for layer in layers:
        if layer.plan.learns:
            trace.add("gradient", layer.name, layer.synapses("gradient"))
    for layer in layers:
        trace.add("weights", layer.name, layer.synapses("weight"))
