"""From the parser's reductions to the nodes of `tree.py`: one method for each of them.

A reduction hands over its parts as they stand in the grammar, brackets and separators included, so
that every node knows where it begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sfdfa_compiler.diagnostics import Source, Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.grammar import Token

Parts = Sequence[Any]  # tokens, nodes of the tree, and `_Arguments`

_NUMBER = re.compile(r"[0-9._]+(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class _Arguments:
    """`( ... )` behind a word, on its way into a statement or a call."""

    items: tuple[tree.Argument, ...]
    span: Span


class Builder:
    """Builds the nodes of one source."""

    def __init__(self, source: Source) -> None:
        """Point all spans into `source`."""
        self.source = source

    # ------------------------------------------------------------ values

    def number(self, parts: Parts) -> tree.Number:
        """`60_000`."""
        return tree.Number(parts[0].text, self._span(parts))

    def quantity(self, parts: Parts) -> tree.Quantity:
        """`130 ms`."""
        number, unit = split_quantity(parts[0])
        return tree.Quantity(number.text, self._word(unit), self._span(parts))

    def text(self, parts: Parts) -> tree.Text:
        """`"weights.npz"`."""
        return tree.Text(parts[0].text[1:-1], self._span(parts))

    def name(self, parts: Parts) -> tree.Name:
        """`tau`."""
        return tree.Name(self._word(parts[0]), self._span(parts))

    def missing(self, parts: Parts) -> tree.Missing:
        """What the repair put in for a value."""
        return tree.Missing(self._span(parts))

    def call(self, parts: Parts) -> tree.Call:
        """`uniform(-1, 1)`."""
        word, arguments = parts
        return tree.Call(self._word(word), arguments.items, self._span(parts))

    def args(self, parts: Parts) -> _Arguments:
        """`(-1, 1)`."""
        return _Arguments(_nodes(parts), self._span(parts))

    def listing(self, parts: Parts) -> tree.Listing:
        """`[28, 28]`."""
        return tree.Listing(_nodes(parts), self._span(parts))

    def group(self, parts: Parts) -> tree.Value:
        """`(a + b)`: the value inside; the brackets belong to its place."""
        value: tree.Value = parts[1]
        return replace(value, span=self._span(parts))

    def negation(self, parts: Parts) -> tree.Negation:
        """`-a`."""
        return tree.Negation(parts[1], self._span(parts))

    def binary(self, parts: Parts) -> tree.Binary:
        """`a + b`, and `a ^ -b`, where the sign is a part of its own."""
        left, operator, *right = parts
        value = right[0] if len(right) == 1 else self.negation(right)
        return tree.Binary(self._word(operator), left, value, self._span(parts))

    # ------------------------------------------------------------ statements

    def setting(self, parts: Parts) -> tree.Setting:
        """`batch = 50`."""
        name, operator, value = parts
        return tree.Setting(self._word(name), self._word(operator), value, self._span(parts))

    def block(self, parts: Parts) -> tree.Block:
        """`{ ... }`."""
        return tree.Block(_nodes(parts), self._span(parts))

    def item(self, parts: Parts) -> tree.Item:
        """`layer hidden[800] { ... }`."""
        words = []
        shape = args = text = block = None
        for part in parts:
            if isinstance(part, Token):
                if part.kind == "NAME":
                    words.append(self._word(part))
                else:
                    text = self.text([part])
            elif isinstance(part, tree.Listing):
                shape = part
            elif isinstance(part, tree.Block):
                block = part
            else:
                args = part.items
        return tree.Item(tuple(words), shape, args, text, block, self._span(parts))

    def broken(self, parts: Parts) -> tree.Broken:
        """What the repair put in for a statement."""
        return tree.Broken(self._span(parts))

    def file(self, parts: Parts) -> tuple[tree.Statement, ...]:
        """All statements of the file."""
        return _nodes(parts)

    def override(self, parts: Parts) -> tree.Override:
        """`hidden.lif.threshold=0.8`."""
        *path, operator, value = parts
        words = tuple(self._word(part) for part in path if part.kind == "NAME")
        return tree.Override(words, self._word(operator), value, self.source)

    # ------------------------------------------------------------ helpers

    def _span(self, parts: Parts) -> Span:
        first, last = parts[0], parts[-1]
        start = first.start if isinstance(first, Token) else first.span.start
        end = last.end if isinstance(last, Token) else last.span.end
        return Span(self.source, start, end)

    def _word(self, token: Token) -> tree.Word:
        return tree.Word(token.text, Span(self.source, token.start, token.end))


def split_quantity(token: Token) -> tuple[Token, Token]:
    """The number and the unit of `130 ms`, as a NUMBER and a NAME; no unit is an empty one."""
    match = _NUMBER.match(token.text)
    number = match.group() if match else ""
    unit = token.text[len(number) :].lstrip(" \t")
    return (
        Token("NUMBER", number, token.start, token.start + len(number)),
        Token("NAME", unit, token.end - len(unit), token.end),
    )


def _nodes(parts: Parts) -> tuple[Any, ...]:
    """The parts without the brackets and separators around them."""
    return tuple(part for part in parts if not isinstance(part, Token))
