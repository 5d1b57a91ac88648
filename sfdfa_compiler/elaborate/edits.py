"""Changes of a syntax tree: each gives a new tree, with one part replaced or added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sfdfa_compiler.dsl import tree
from sfdfa_compiler.elaborate.statements import body

T = TypeVar("T")


def items_of(item: tree.Item) -> list[tree.Item]:
    """The statements of a block that are no settings."""
    return [inner for inner in body(item.block) if isinstance(inner, tree.Item)]


def find(item: tree.Item, word: str, names: Sequence[tree.Word]) -> tree.Item | None:
    """The statement of a block that begins with a word and names."""
    wanted = [word, *(name.text for name in names)]
    for inner in items_of(item):
        if [found.text for found in inner.words[: len(wanted)]] == wanted:
            return inner
    return None


def positional(item: tree.Item) -> list[str]:
    """The names in front of a part's settings."""
    return [arg.word.text for arg in item.args or () if isinstance(arg, tree.Name)]


def in_block(
    item: tree.Item,
    change: Callable[[tuple[tree.Statement, ...]], tuple[tree.Statement, ...]],
) -> tree.Item:
    """The item with other statements in its block; one without a block gets one."""
    block = item.block or tree.Block((), item.span)
    return replace(item, block=replace(block, statements=change(block.statements)))


def replaced(item: tree.Item, old: tree.Statement, new: tree.Statement) -> tree.Item:
    """The item with one statement of its block replaced."""
    return in_block(item, lambda inner: tuple(new if part is old else part for part in inner))


def with_arg(item: tree.Item, setting: tree.Setting) -> tree.Item:
    """The item with a setting in its brackets."""
    return replace(item, args=merged(item.args or (), setting))


def merged(
    parts: tuple[T | tree.Setting, ...], setting: tree.Setting, *, first: bool = False
) -> tuple[T | tree.Setting, ...]:
    """Statements or arguments with a setting replaced, or added at one end."""
    for part in parts:
        if isinstance(part, tree.Setting) and part.name.text == setting.name.text:
            return tuple(setting if other is part else other for other in parts)
    return (setting, *parts) if first else (*parts, setting)
