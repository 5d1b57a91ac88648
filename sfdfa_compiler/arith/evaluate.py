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
    values: dict[int, Array] = {place: np.asarray(value) for place, value in enumerate(inputs)}
    for value, node in zip(values.values(), micro.inputs, strict=True):
        if value.dtype != dtype(node.format):
            raise TypeError(f"{micro.name}: {node.name} is {value.dtype}, not {node.format}")
    with np.errstate(all="ignore"):
        for place, (operation, operands, spent) in enumerate(steps, len(inputs)):
            values[place] = operation(*[values[operand] for operand in operands])
            for operand in spent:  # large arrays make room for the next
                del values[operand]
    return tuple(values[place] for place in results)


Operation = Callable[..., Array]
Step = tuple[Operation, tuple[int, ...], tuple[int, ...]]  # operands; those that nobody needs later


@cache
def _program(
    micro: Micro, want: tuple[str, ...] | None
) -> tuple[tuple[Step, ...], tuple[int, ...]]:
    """The operations, each with the places of its operands, and the places of the results."""
    place = {id(node): index for index, node in enumerate(micro.inputs)}
    computed = [node for node in micro.nodes(want) if id(node) not in place]
    place |= {id(node): index for index, node in enumerate(computed, len(micro.inputs))}
    wanted = [node for name, node in micro.outputs.items() if want is None or name in want]
    results = tuple(place[id(node)] for node in wanted)
    needed = set(results)
    steps: list[Step] = []
    for node in reversed(computed):
        operands = tuple(place[id(arg)] for arg in node.args)
        spent = tuple(set(operands) - needed)
        needed.update(operands)
        steps.append((_operation(node), operands, spent))
    return tuple(reversed(steps)), results


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
