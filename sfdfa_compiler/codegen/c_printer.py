"""Prints micro-functions as C functions: one statement per operation, one rounding each.

The same text serves C11 and CUDA C++. A function with one output returns it; with several, it
writes them through pointers, in order. Nothing is contracted or reassociated by this text; the
compiler's flags must forbid both (`-ffp-contract=off`, no fast-math).
"""

from __future__ import annotations

import math
import struct

from sfdfa_compiler.arith import Expr, Format, Micro

TYPES = {
    "float32": "float",
    "float64": "double",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "uint8": "uint8_t",
    "uint16": "uint16_t",
    "uint32": "uint32_t",
    "uint64": "uint64_t",
    "bool": "int",
}

OPERATORS = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
    "and": "{0} & {1}",
    "or": "{0} | {1}",
    "xor": "{0} ^ {1}",
    "shr": "{0} >> {1}",
    "shl": "{0} << {1}",
    "min": "{0} < {1} ? {0} : {1}",
    "max": "{0} > {1} ? {0} : {1}",
    "select": "{0} ? {1} : {2}",
}

FUNCTIONS = {"fma": "fma", "sqrt": "sqrt", "abs": "fabs"}


def c_type(format: Format) -> str:
    """The C type of a format."""
    return TYPES[str(format.storage)]


def c_literal(value: float | int, format: Format) -> str:
    """A literal that is exactly `value` in its format."""
    if format.kind == "uint":
        return f"UINT{format.storage.width}_C({value})"
    if format.kind == "int":
        macro = f"INT{format.storage.width}_C"
        return f"{macro}({value})" if value >= 0 else f"(-{macro}({-value}))"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    suffix = ""
    if format.width == 32:
        if struct.unpack("<f", struct.pack("<f", value))[0] != value:
            raise ValueError(f"{value!r} is not a float32")
        suffix = "f"
    if value == int(value) and abs(value) < 2**20:
        return f"{int(value)}.0{suffix}"
    return f"{float(value).hex()}{suffix}"


def returns(micro: Micro) -> str:
    """The C type that the function returns."""
    outputs = list(micro.outputs.values())
    return c_type(outputs[0].format) if len(outputs) == 1 else "void"


def print_micro(micro: Micro, *, qualifiers: str = "static inline", fma: str = "") -> str:
    """The C function of a micro-function, with its doc and source as a comment.

    Args:
        micro: The micro-function.
        qualifiers: What stands before the function's type.
        fma: A function to call for a fused multiply-add in place of C's `fma` and `fmaf`.
    """
    names = {id(node): node.name for node in micro.inputs}
    body: list[str] = []
    for node in micro.nodes():
        if id(node) in names:
            continue
        if node.op == "const":
            names[id(node)] = c_literal(node.value, node.format)
            continue
        name = names[id(node)] = f"t{len(body)}"
        operands = [names[id(arg)] for arg in node.args]
        fused = fma and node.op == "fma"
        text = f"{fma}({', '.join(operands)})" if fused else _operation(node, operands)
        body.append(f"    const {c_type(node.format)} {name} = {text};")
    single = len(micro.outputs) == 1
    for output, node in micro.outputs.items():
        value = names[id(node)]
        body.append(f"    return {value};" if single else f"    *{output}_out = {value};")
    parameters = [f"{c_type(node.format)} {node.name}" for node in micro.inputs]
    if not single:
        parameters += [f"{c_type(n.format)} *{name}_out" for name, n in micro.outputs.items()]
    used = {id(node) for node in micro.nodes()}
    unused = [f"    (void){node.name};" for node in micro.inputs if id(node) not in used]
    head = f"{qualifiers} {returns(micro)} {micro.name}({', '.join(parameters)})"
    comment = _comment(f"{micro.doc}\n\nSource: {micro.source}.")
    return "\n".join([comment, head, "{", *unused, *body, "}", ""])


def _operation(node: Expr, operands: list[str]) -> str:
    if node.op == "convert":
        return f"({c_type(node.format)}){operands[0]}"
    if node.op in FUNCTIONS:
        suffix = "f" if node.format.width == 32 else ""
        return f"{FUNCTIONS[node.op]}{suffix}({', '.join(operands)})"
    if node.op == "shl" and node.format.kind == "int":  # of negative numbers C leaves it undefined
        return f"{operands[0]} * ({c_literal(1, node.format)} << {operands[1]})"
    return OPERATORS[node.op].format(*operands)


def _comment(text: str) -> str:
    lines = text.splitlines()
    return "/* " + "\n".join([lines[0], *(f" * {line}".rstrip() for line in lines[1:])]) + " */"
