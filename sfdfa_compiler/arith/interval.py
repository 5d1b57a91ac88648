"""Interval analysis of micro-functions over integers: what a value can be, and what cannot wrap.

The operations on machine integers wrap; the formulas mean exact integers. `bounds` walks a graph
with intervals instead of numbers and says for every output which values it can have, and for which
operations the exact result could leave the machine integer. If there are none, the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sfdfa_compiler.arith.fixed import limits
from sfdfa_compiler.arith.nodes import BOOL, Expr, Format, Micro


@dataclass(frozen=True, slots=True)
class Interval:
    """All integers from `low` to `high`."""

    low: int
    high: int

    def __contains__(self, other: Interval) -> bool:
        """Whether the other lies inside."""
        return self.low <= other.low and other.high <= self.high

    def __or__(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What `bounds` found out."""

    outputs: Mapping[str, Interval]
    wraps: tuple[Expr, ...]  # operations whose result may not fit the machine integer


def of_format(format: Format) -> Interval:
    """Everything that a format can hold."""
    return Interval(0, 1) if format == BOOL else Interval(*limits(format))


def bounds(micro: Micro, **given: Interval) -> Bounds:
    """Bound the outputs of `micro`.

    Args:
        micro: A micro-function over integers.
        given: Intervals of inputs, by name; the others can be all that their format holds.

    Raises:
        TypeError: If the function does something else than whole arithmetic.
    """
    found: dict[int, Interval] = {}
    wraps = []
    for node in micro.nodes():
        if node.op == "input":
            exact = given.get(node.name, of_format(node.format))
        elif node.op == "const":
            exact = Interval(int(node.value), int(node.value))
        elif node.op in _RULES:
            exact = _RULES[node.op](*(found[id(arg)] for arg in node.args))
        else:
            raise TypeError(f"{micro.name}: no intervals for {node.op}")
        room = of_format(node.format.storage)
        if exact not in room:
            wraps.append(node)
            exact = room
        found[id(node)] = exact
    outputs = {name: found[id(node)] for name, node in micro.outputs.items()}
    return Bounds(outputs, tuple(wraps))


def _corners(operation: Callable[[int, int], int]) -> Callable[[Interval, Interval], Interval]:
    """A function of two numbers that has its extremes where both have theirs."""

    def extremes(x: Interval, y: Interval) -> Interval:
        values = [operation(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
        return Interval(min(values), max(values))

    return extremes


def _truth(*operands: Interval) -> Interval:
    """A comparison, or a combination of truth values: not decided."""
    del operands
    return Interval(0, 1)


_RULES: Mapping[str, Callable[..., Interval]] = {
    "add": _corners(lambda a, b: a + b),
    "sub": _corners(lambda a, b: a - b),
    "mul": _corners(lambda a, b: a * b),
    "shl": _corners(lambda a, b: a << b),
    "shr": _corners(lambda a, b: a >> b),
    "min": _corners(min),
    "max": _corners(max),
    "neg": lambda x: Interval(-x.high, -x.low),
    "convert": lambda x: x,
    "select": lambda condition, yes, no: yes | no,
    **dict.fromkeys(("lt", "le", "gt", "ge", "and", "or"), _truth),
}
