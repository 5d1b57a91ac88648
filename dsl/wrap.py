"""One statement as lines of text: its blanks, and where its brackets break if it is too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sfdfa_compiler.dsl.build import split_quantity
from sfdfa_compiler.dsl.grammar import Token

MOST_COLUMNS: Final = 100
INDENT: Final = 4

COMMENTS: Final = ("COMMENT", "OWN_LINE")  # behind code, and on a line of its own
_OPENERS: Final = ("LPAR", "LSQB")
_CLOSERS: Final = ("RPAR", "RSQB")
_OPERANDS: Final = ("NAME", "NUMBER", "QUANTITY", "TEXT", *_CLOSERS)
_NOTHING: Final = Token("LPAR", "", 0, 0)  # what follows stands as behind a bracket


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a formatted file: code, a comment, or both; neither is a blank line."""

    depth: int
    code: str = ""
    comment: Token | None = None

    @property
    def fits(self) -> bool:
        """Whether the code stays within the columns."""
        return self.depth * INDENT + len(self.code) <= MOST_COLUMNS


def join(tokens: Sequence[Token]) -> str:
    """The tokens on one line, without a comma before a closing bracket."""
    text = ""
    before = last = _NOTHING
    for index, token in enumerate(tokens):
        after = tokens[index + 1].kind if index + 1 < len(tokens) else ""
        if token.kind == "COMMA" and after in _CLOSERS:
            continue
        text += _blank(before, last, token) + _text(token)
        before, last = last, token
    return text


def _text(token: Token) -> str:
    if token.kind == "QUANTITY":
        return " ".join(part.text for part in split_quantity(token))
    return token.text


def _blank(before: Token, last: Token, token: Token) -> str:
    """What stands between `last` and `token`."""
    is_sign = last.kind == "MINUS" and before.kind not in _OPERANDS
    is_call = token.kind in _OPENERS and last.kind in ("NAME", "RSQB")
    closes = token.kind in ("COMMA", *_CLOSERS)
    return "" if is_sign or is_call or closes or last.kind in _OPENERS else " "


def wrap(tokens: Sequence[Token], depth: int) -> list[Line]:
    """The tokens of a statement or of an item in a bracket, with the comments among them.

    They stand on one line if they fit and have no comment. Else brackets break, one item a line:
    those with a comment inside, or the longest one.
    """
    line = Line(depth, join(tokens))
    if line.fits and not any(token.kind in COMMENTS for token in tokens):
        return [line]
    breaks = _breaks(tokens)
    lines: list[Line] = []
    row: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind in COMMENTS:
            lines += _with_comment([Line(depth, join(row))] if row else [], token, depth)
            row = []
        else:
            row.append(token)
        if index in breaks:
            lines.append(Line(depth, join(row)))
            lines += _items(tokens, index, breaks[index], depth + 1)
            row = []
            index = breaks[index] - 1
        index += 1
    return [*lines, Line(depth, join(row))] if row else lines


def _breaks(tokens: Sequence[Token]) -> dict[int, int]:
    """The outermost brackets to break: index of the opening one -> index of the closing one."""
    groups: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind in _OPENERS:
            opened.append(index)
        elif token.kind in _CLOSERS:
            begin = opened.pop()
            if not opened and index > begin + 1:
                groups[begin] = index
    commented = {
        begin: end
        for begin, end in groups.items()
        if any(token.kind in COMMENTS for token in tokens[begin:end])
    }
    if commented or not groups:
        return commented
    longest = max(groups, key=lambda begin: len(join(tokens[begin : groups[begin]])))
    return {longest: groups[longest]}


def _items(tokens: Sequence[Token], begin: int, end: int, depth: int) -> list[Line]:
    """What stands between two brackets, one item a line; short ones of a list share lines."""
    is_list = tokens[begin].kind == "LSQB"
    has_commas = is_list or (begin > 0 and tokens[begin - 1].kind in ("NAME", "RSQB"))
    comma = "," if has_commas else ""
    items = _split(tokens[begin + 1 : end])
    has_comments = any(token.kind in COMMENTS for token in tokens[begin:end])
    if is_list and not has_comments and all(len(item) <= 2 for item in items):  # 3, -3
        return _fill([join(item) + "," for item in items], depth)
    lines: list[Line] = []
    for item in items:
        code = list(item)
        comments: list[Token] = []
        while code and code[-1].kind in COMMENTS:
            comments.insert(0, code.pop())
        while code and code[0].kind in COMMENTS:
            lines = _with_comment(lines, code.pop(0), depth)
        if code:
            lines += wrap(code, depth)
            lines[-1] = replace(lines[-1], code=lines[-1].code + comma)
        for comment in comments:
            lines = _with_comment(lines, comment, depth)
    return lines


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    """The items between commas, which are left out; none of them is empty."""
    items: list[list[Token]] = [[]]
    nesting = 0
    for token in tokens:
        nesting += (token.kind in _OPENERS) - (token.kind in _CLOSERS)
        if token.kind == "COMMA" and not nesting:
            items.append([])
        else:
            items[-1].append(token)
    return [item for item in items if item]


def _fill(items: Sequence[str], depth: int) -> list[Line]:
    """Short items, as many as fit on each line."""
    lines = [Line(depth, items[0])]
    for item in items[1:]:
        longer = replace(lines[-1], code=f"{lines[-1].code} {item}")
        if longer.fits:
            lines[-1] = longer
        else:
            lines.append(Line(depth, item))
    return lines


def _with_comment(lines: list[Line], comment: Token, depth: int) -> list[Line]:
    """The lines with a comment behind the last, if it stood behind code and there is room."""
    if comment.kind == "COMMENT" and lines and lines[-1].comment is None:
        return [*lines[:-1], replace(lines[-1], comment=comment)]
    return [*lines, Line(depth, "", comment)]
