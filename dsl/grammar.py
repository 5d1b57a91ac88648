"""The grammar as tables: lark reads `snn.lark` once, then things are only looked up.

lark's own parser is not used. One that repairs its input tries tokens before it takes them: that
is cheap on a stack of state numbers, and dear on lark's stack of trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

from lark import Lark
from lark.grammar import Rule as Production

END: Final = "$END"  # lark's name for the end of the text


class Token(NamedTuple):
    """A terminal of the grammar and the characters `start` to `end` (exclusive) that it covers."""

    kind: str
    text: str
    start: int
    end: int


class Reduction(NamedTuple):
    """Replace the topmost `size` symbols of the stack by `symbol`."""

    symbol: str
    size: int
    node: str  # what is built: a method of `Builder`; "" passes on what there is


Action = int | Reduction  # shift to a state, or reduce


@dataclass(frozen=True, slots=True)
class Grammar:
    """The tables of `snn.lark` for one start symbol."""

    actions: Mapping[int, Mapping[str, Action]]  # state -> terminal or symbol -> action
    start: int
    terminals: Mapping[str, str]  # name -> regular expression; the first that matches counts


@cache
def _lark() -> Lark:
    text = files(__package__).joinpath("snn.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="basic", start=["file", "override"])


@cache
def grammar(start: Literal["file", "override"]) -> Grammar:
    """The tables to read a file or an override; the first call takes 40 ms of CPU time."""
    lark = _lark()
    table = lark.parse_interactive("", start=start).parser_state.parse_conf
    actions = {
        state: {symbol: _action(argument) for symbol, (_, argument) in row.items()}
        for state, row in table.states.items()
    }
    actions[table.end_state] = {END: table.end_state}
    terminals = sorted(lark.terminals, key=lambda terminal: -terminal.priority)
    return Grammar(
        actions, table.start_state, {each.name: each.pattern.to_regexp() for each in terminals}
    )


def _action(argument: int | Production) -> Action:
    if isinstance(argument, int):
        return argument
    symbol = str(argument.origin.name)
    passes_on = symbol.startswith("_") or argument.options.expand1
    node = argument.alias or ("" if passes_on else symbol)
    return Reduction(symbol, len(argument.expansion), node)
