"""The syntax tree: one frozen dataclass per construct of the grammar, each with its span.

Nothing here knows which words exist: that is `forms.py` and `statements.py`. A statement that could
not be read is `Broken`; what it would have defined is in `File.poisoned`, so that later stages do
not complain about it again. Trees are equal when they say the same: spans do not count.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sfdfa_compiler.diagnostics import Source, Span


@dataclass(frozen=True, slots=True)
class Word:
    """A name or an operator, as written."""

    text: str
    span: Span = field(compare=False, repr=False)

    def __str__(self) -> str:
        """The text."""
        return self.text


# ---------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Number:
    """`60_000`, `3e-3`: the digits as written."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit, or with any word where a unit would stand: `130 ms`, `10%`, `2 tau`."""

    number: str
    unit: Word
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """`"weights.npz"`, without its quotes."""

    value: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A word that stands for a value."""

    word: Word
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`uniform(-1, 1)`, `lif(tau_syn = 130 ms)`."""

    word: Word
    args: tuple[Argument, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """`[1, 2]`: a list as a value, or the shape of a population."""

    items: tuple[Value, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """`-value`."""

    value: Value
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right`; `op` is one of + - * / ^."""

    op: Word
    left: Value
    right: Value
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that could not be read: nothing is computed from it and nothing said about it."""

    span: Span = field(compare=False, repr=False)


Value = Number | Quantity | Text | Name | Call | Listing | Negation | Binary | Missing


# ---------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Setting:
    """`name op value`; `op` is one of = ~ <= += -=."""

    name: Word
    op: Word
    value: Value
    span: Span = field(compare=False, repr=False)


Argument = Setting | Value


@dataclass(frozen=True, slots=True)
class Block:
    """`{ ... }` with its statements in order."""

    statements: tuple[Statement, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """`words [shape] (args) "text" { block }`: every statement that is not a setting."""

    words: tuple[Word, ...]
    shape: Listing | None
    args: tuple[Argument, ...] | None
    text: Text | None
    block: Block | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that was given up after its syntax error."""

    span: Span = field(compare=False, repr=False)


Statement = Item | Setting | Broken


@dataclass(frozen=True, slots=True)
class File:
    """A whole `.snn` file."""

    statements: tuple[Statement, ...]
    source: Source = field(compare=False, repr=False)
    poisoned: frozenset[str] = frozenset()  # names that a broken statement defines
    broken_lines: frozenset[int] = field(default=frozenset(), compare=False)  # with a syntax error
    complete: bool = True  # False: a limit stopped the reading, and nothing is known of the rest


@dataclass(frozen=True, slots=True)
class Override:
    """What follows `--set`: `hidden.lif.threshold=0.8`."""

    path: tuple[Word, ...]
    op: Word
    value: Value
    source: Source = field(compare=False, repr=False)
