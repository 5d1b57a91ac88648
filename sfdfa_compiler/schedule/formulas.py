"""Micro-functions as formulas that people read: one operation written is one rounding."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from sfdfa_compiler.arith import Expr, Micro

INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "and": "&",
    "or": "|",
    "xor": "^",
    "shr": ">>",
    "shl": "<<",
}


def formula(micro: Micro) -> Iterator[str]:
    """The lines of a micro-function: `a' = fma(w, E * E, a)`; a prime marks a new value.

    What is used more than once gets a name of its own; all else stands where it is used, in
    brackets, so that the order of the operations can be seen.
    """
    names = {id(node): node.name for node in micro.inputs}
    outputs = {
        id(node): f"{name}'" if name in names.values() else name
        for name, node in micro.outputs.items()
    }
    nodes = micro.nodes()
    uses = Counter(id(arg) for node in nodes for arg in node.args)
    shared = 0
    for node in nodes:
        if id(node) in names or node.op == "const":
            continue
        if id(node) in outputs:
            name = outputs[id(node)]
        elif uses[id(node)] > 1:
            shared += 1
            name = f"t{shared}"
        else:
            continue
        yield f"{name} = {_written(node, names)}"
        names[id(node)] = name


def _written(node: Expr, names: dict[int, str], *, inner: bool = False) -> str:
    if id(node) in names:
        return names[id(node)]
    match node.op:
        case "const":
            return _number(node.value)
        case "neg":
            return f"-{_written(node.args[0], names, inner=True)}"
        case "convert":
            return f"{node.format}({_written(node.args[0], names)})"
        case op if op in INFIX:
            left, right = (_written(arg, names, inner=True) for arg in node.args)
            text = f"{left} {INFIX[op]} {right}"
            return f"({text})" if inner else text
        case op:
            return f"{op}({', '.join(_written(arg, names) for arg in node.args)})"


def _number(value: float | int) -> str:
    """Short, and exact: small powers of two by their exponent."""
    mantissa, exponent = math.frexp(value)
    if mantissa == 0.5 and exponent < -8:
        return f"2^{exponent - 1}"
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
