"""Micro-functions as typed expression graphs: the form in which all arithmetic exists, once.

A micro-function is a handful of named scalars in, named scalars out, with every rounding visible.
NumPy evaluates it, printers write it as C, interval analysis bounds it. Loops, memory and order
are not its business: those belong to the schedule and to the templates.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["float", "int", "uint", "bool"]


@dataclass(frozen=True, slots=True)
class Format:
    """What a scalar can be: IEEE float, two's complement or unsigned integer, truth value.

    `width` is in bits; integers of any width are held in the next machine integer, `storage`.
    `fraction` is the number of fraction bits that readers give an integer; the operations on
    integers do not look at it (`arith.fixed` does).
    """

    kind: Kind
    width: int
    fraction: int = 0

    def __str__(self) -> str:
        """`float32`, `int64`, `bool`."""
        return self.kind if self.kind == "bool" else f"{self.kind}{self.width}"

    @property
    def storage(self) -> Format:
        """The machine type that holds it: integers of 8, 16, 32 or 64 bits; others as they are."""
        if self.kind not in ("int", "uint"):
            return self
        return Format(self.kind, max(8, 1 << (self.width - 1).bit_length()))


FLOAT32 = Format("float", 32)
FLOAT64 = Format("float", 64)
INT32 = Format("int", 32)
INT64 = Format("int", 64)
UINT32 = Format("uint", 32)
BOOL = Format("bool", 1)


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """One operation; nodes are shared by identity. `op` is a row of `ops.OPS`, input or const.

    Comparison operators build expressions, so an `Expr` has no truth value.
    """

    op: str
    args: tuple[Expr, ...]
    format: Format
    name: str = ""  # of an input
    value: float | int = 0  # of a constant

    def __add__(self, other: Operand) -> Expr:
        """One addition, rounded once; integers are exact or wrap by their format."""
        return _binary("add", self, other)

    def __sub__(self, other: Operand) -> Expr:
        """One subtraction."""
        return _binary("sub", self, other)

    def __mul__(self, other: Operand) -> Expr:
        """One multiplication."""
        return _binary("mul", self, other)

    def __truediv__(self, other: Operand) -> Expr:
        """One division (floats only)."""
        return _binary("div", self, other)

    def __rtruediv__(self, other: float | int) -> Expr:
        """A constant divided by this."""
        return _binary("div", constant(other, self.format), self)

    def __neg__(self) -> Expr:
        """The sign flipped: exact."""
        return Expr("neg", (self,), self.format)

    def __lt__(self, other: Operand) -> Expr:
        """Whether this is below the other."""
        return _compare("lt", self, other)

    def __le__(self, other: Operand) -> Expr:
        """Whether this is at most the other."""
        return _compare("le", self, other)

    def __gt__(self, other: Operand) -> Expr:
        """Whether this is above the other."""
        return _compare("gt", self, other)

    def __ge__(self, other: Operand) -> Expr:
        """Whether this is at least the other."""
        return _compare("ge", self, other)

    def __and__(self, other: Operand) -> Expr:
        """Both of two truth values; the common bits of two integers."""
        return _binary("and", self, other)

    def __or__(self, other: Operand) -> Expr:
        """Either of two truth values."""
        return _binary("or", self, other)

    def __xor__(self, other: Operand) -> Expr:
        """Bitwise exclusive or (integers)."""
        return _binary("xor", self, other)

    def __rshift__(self, bits: Operand) -> Expr:
        """Right shift: floor(x / 2^bits) (integers)."""
        return _binary("shr", self, bits)

    def __lshift__(self, bits: Operand) -> Expr:
        """Left shift: x * 2^bits (integers)."""
        return _binary("shl", self, bits)

    def __bool__(self) -> bool:
        """Refuse: a comparison is an expression, not an answer."""
        raise TypeError("an expression has no truth value; use select()")


Operand = Expr | float | int


def constant(value: float | int, format: Format) -> Expr:
    """A literal, exact in its format."""
    return Expr("const", (), format, value=value)


def _lift(value: Operand, format: Format) -> Expr:
    return value if isinstance(value, Expr) else constant(value, format)


def _binary(op: str, left: Expr, right: Operand) -> Expr:
    right = _lift(right, left.format)
    if op not in ("shr", "shl") and left.format != right.format:
        raise TypeError(f"{op} of {left.format} and {right.format}")
    return Expr(op, (left, right), left.format)


def _compare(op: str, left: Expr, right: Operand) -> Expr:
    return Expr(op, (left, _lift(right, left.format)), BOOL)


def fma(x: Expr, y: Expr, z: Expr) -> Expr:
    """X * y + z, rounded once."""
    return Expr("fma", (x, y, z), x.format)


def sqrt(x: Expr) -> Expr:
    """Square root, correctly rounded."""
    return Expr("sqrt", (x,), x.format)


def absolute(x: Expr) -> Expr:
    """Magnitude: exact."""
    return Expr("abs", (x,), x.format)


def minimum(x: Expr, y: Operand) -> Expr:
    """The smaller of two integers."""
    return _binary("min", x, y)


def maximum(x: Expr, y: Operand) -> Expr:
    """The larger of two integers."""
    return _binary("max", x, y)


def select(condition: Expr, yes: Operand, no: Operand) -> Expr:
    """`yes` where the condition holds, else `no`; both are evaluated."""
    format = yes.format if isinstance(yes, Expr) else no.format if isinstance(no, Expr) else None
    if format is None:
        raise TypeError("select needs one operand with a format")
    return Expr("select", (condition, _lift(yes, format), _lift(no, format)), format)


def convert(x: Expr, format: Format) -> Expr:
    """The same value in another format: exact, or rounded once (float), or its low bits (int)."""
    return Expr("convert", (x,), format)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Micro:
    """A micro-function: the name is its C function, the stage that `diff` names, its heading."""

    name: str
    inputs: tuple[Expr, ...]
    outputs: Mapping[str, Expr]
    doc: str
    source: str  # where the formula comes from: "eq. 3", "semantics.md, section 2"

    def nodes(self, want: tuple[str, ...] | None = None) -> tuple[Expr, ...]:
        """All nodes that the outputs `want` (default: all) need, operands first."""
        order: dict[int, Expr] = {}

        def walk(node: Expr) -> None:
            if id(node) not in order:
                for arg in node.args:
                    walk(arg)
                order[id(node)] = node

        for name, node in self.outputs.items():
            if want is None or name in want:
                walk(node)
        return tuple(order.values())


@dataclass(frozen=True, slots=True)
class Recipe:
    """A micro-function written once for every width: `recipe.at(FLOAT32)` is the function.

    The parameters' annotations name their formats: `Real` is the profile's float, `Flag` a truth
    value, the others are what they say.
    """

    build: Callable[..., Mapping[str, Expr]]
    source: str

    @property
    def name(self) -> str:
        """The micro-function's name."""
        return self.build.__name__

    def at(self, real: Format) -> Micro:
        """The micro-function with `Real` as the float format `real`."""
        return _instantiate(self.build, self.source, real)


@cache
def _instantiate(build: Callable[..., Mapping[str, Expr]], source: str, real: Format) -> Micro:
    return assemble(build, source, {"Real": real, "Flag": BOOL, "Word": UINT32})


def assemble(
    build: Callable[..., Mapping[str, Expr]],
    source: str,
    formats: Mapping[str, Format],
    *settings: object,
) -> Micro:
    """The micro-function that `build` writes.

    Its first parameters take the `settings`; each further one is an input, whose annotation names
    one of the `formats`.
    """
    parameters = list(inspect.signature(build).parameters.items())[len(settings) :]
    inputs = tuple(
        Expr("input", (), formats[parameter.annotation], name=name)
        for name, parameter in parameters
    )
    return Micro(
        name=build.__name__,
        inputs=inputs,
        outputs=dict(build(*settings, *inputs)),
        doc=inspect.getdoc(build) or "",
        source=source,
    )


Real = Expr
Flag = Expr
Word = Expr


def micro(source: str) -> Callable[[Callable[..., Mapping[str, Expr]]], Recipe]:
    """Declare a micro-function; `source` says where its formula comes from."""
    return lambda build: Recipe(build, source)
