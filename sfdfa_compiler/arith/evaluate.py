"""NumPy evaluates micro-functions, element by element, one rounding per operation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from sfdfa_compiler.arith.nodes import Expr, Micro
from sfdfa_compiler.arith.ops import FMA, NUMPY, Array, dtype


def evaluate(
    micro: Micro, *inputs: ArrayLike, want: tuple[str, ...] | None = None
) -> tuple[Array, ...]:
    """The outputs named in `want` (default: all), in the order of the micro-function.

    Args:
        micro: The micro-function.
        inputs: Its inputs, in their order: arrays that broadcast, or NumPy scalars, of the
            inputs' formats.
        want: Names of outputs; nothing that only the others need is computed.

    Raises:
        TypeError: If an input has another type than its format says (it would change the bits).
    """
    steps, results = _program(micro, want)
    values: list[Array] = [np.asarray(value) for value in inputs]
    for value, node in zip(values, micro.inputs, strict=True):
        if value.dtype != dtype(node.format):
            raise TypeError(f"{micro.name}: {node.name} is {value.dtype}, not {node.format}")
    with np.errstate(all="ignore"):
        for operation, places in steps:
            values.append(operation(*[values[place] for place in places]))
    return tuple(values[place] for place in results)


Operation = Callable[..., Array]


@cache
def _program(
    micro: Micro, want: tuple[str, ...] | None
) -> tuple[tuple[tuple[Operation, tuple[int, ...]], ...], tuple[int, ...]]:
    """The operations, each with the places of its operands, and the places of the results."""
    place = {id(node): index for index, node in enumerate(micro.inputs)}
    steps: list[tuple[Operation, tuple[int, ...]]] = []
    for node in micro.nodes(want):
        if id(node) in place:
            continue
        steps.append((_operation(node), tuple(place[id(arg)] for arg in node.args)))
        place[id(node)] = len(micro.inputs) + len(steps) - 1
    wanted = [node for name, node in micro.outputs.items() if want is None or name in want]
    return tuple(steps), tuple(place[id(node)] for node in wanted)


def _operation(node: Expr) -> Operation:
    format = dtype(node.format)
    if node.op == "const":
        value = np.asarray(node.value, format)
        return lambda: value
    if node.op == "convert":
        return lambda x: x.astype(format)
    if node.op == "fma":
        return FMA[node.format.width]
    return NUMPY[node.op]
