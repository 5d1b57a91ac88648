"""One statement as lines of text: its blanks, and where its brackets break if it is too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from sfdfa_compiler.dsl.build import split_quantity
from sfdfa_compiler.dsl.grammar import Token

MOST_COLUMNS: Final = 100
LEAST_WIDTH: Final = 40  # of code, however far it is indented
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
        return len(self.code) <= max(LEAST_WIDTH, MOST_COLUMNS - self.depth * INDENT)


def join(tokens: Sequence[Token]) -> str:
    """The tokens on one line, without a comma before a closing bracket."""
    parts = []
    before = last = _NOTHING
    for index, token in enumerate(tokens):
        after = tokens[index + 1].kind if index + 1 < len(tokens) else ""
        if token.kind == "COMMA" and after in _CLOSERS:
            continue
        parts += [_blank(before, last, token), _text(token)]
        before, last = last, token
    return "".join(parts)


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
    """The tokens of a statement, with the comments inside its brackets.

    They stand on one line if they fit and have no comment. Else brackets break, one item a line:
    those with a comment inside, or the largest one.
    """
    return _Wrapper(tokens).lines(0, len(tokens), depth)


class _Wrapper:
    """Works on index ranges of one statement, so that deep nesting takes no more time than flat."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.closing: dict[int, int] = {}  # index of an opening bracket -> of its partner
        opened: list[int] = []
        for index, token in enumerate(tokens):
            if token.kind in _OPENERS:
                opened.append(index)
            elif token.kind in _CLOSERS:
                self.closing[opened.pop()] = index
        # How many comments stand before each index.
        self.comments = [0, *accumulate(token.kind in COMMENTS for token in tokens)]

    def has_comments(self, begin: int, end: int) -> bool:
        return self.comments[begin] != self.comments[end]

    def lines(self, begin: int, end: int, depth: int) -> list[Line]:
        """The tokens from `begin` to before `end`: a statement or an item in a bracket."""
        if end - begin <= MOST_COLUMNS and not self.has_comments(begin, end):
            line = Line(depth, join(self.tokens[begin:end]))
            if line.fits:
                return [line]
        breaks = self.breaks(begin, end)
        lines: list[Line] = []
        row: list[Token] = []
        index = begin
        while index < end:
            token = self.tokens[index]
            if token.kind in COMMENTS:
                lines += [Line(depth, join(row))] if row else []
                _add_comment(lines, token, depth)
                row = []
            else:
                row.append(token)
            if index in breaks:
                lines.append(Line(depth, join(row)))
                lines += self.items(index, depth + 1)
                row = []
                index = self.closing[index] - 1
            index += 1
        return [*lines, Line(depth, join(row))] if row else lines

    def breaks(self, begin: int, end: int) -> set[int]:
        """Where the outermost brackets open that are to break; empty ones never do."""
        groups = [
            index for index in self.outermost(begin, end) if self.closing.get(index, 0) > index + 1
        ]
        commented = {index for index in groups if self.has_comments(index, self.closing[index])}
        if commented or not groups:
            return commented
        return {max(groups, key=lambda index: self.closing[index] - index)}

    def outermost(self, begin: int, end: int) -> Iterator[int]:
        """The tokens that stand in no bracket: their indices; brackets count by the opening one."""
        index = begin
        while index < end:
            yield index
            index = self.closing.get(index, index) + 1

    def items(self, opening: int, depth: int) -> list[Line]:
        """What stands in a bracket, one item a line; short ones of a list share lines."""
        closing = self.closing[opening]
        is_list = self.tokens[opening].kind == "LSQB"
        has_commas = is_list or (opening > 0 and self.tokens[opening - 1].kind in ("NAME", "RSQB"))
        comma = "," if has_commas else ""
        items = list(self.split(opening + 1, closing))
        short = all(end - begin <= 2 for begin, end in items)  # 3 and -3
        if is_list and short and not self.has_comments(opening, closing):
            return _filled([join(self.tokens[begin:end]) + "," for begin, end in items], depth)
        lines: list[Line] = []
        for begin, end in items:
            first, last = begin, end
            while first < end and self.tokens[first].kind in COMMENTS:
                _add_comment(lines, self.tokens[first], depth)
                first += 1
            while first < last and self.tokens[last - 1].kind in COMMENTS:
                last -= 1
            if first < last:
                lines += self.lines(first, last, depth)
                lines[-1] = replace(lines[-1], code=lines[-1].code + comma)
            for comment in self.tokens[last:end]:
                _add_comment(lines, comment, depth)
        return lines

    def split(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """The items between commas, which are left out; none of them is empty."""
        for index in self.outermost(begin, end):
            if self.tokens[index].kind == "COMMA":
                if index > begin:
                    yield begin, index
                begin = index + 1
        if end > begin:
            yield begin, end


def _filled(items: Sequence[str], depth: int) -> list[Line]:
    """Short items, as many as fit on each line."""
    lines = [Line(depth, items[0])]
    for item in items[1:]:
        longer = replace(lines[-1], code=f"{lines[-1].code} {item}")
        if longer.fits:
            lines[-1] = longer
        else:
            lines.append(Line(depth, item))
    return lines


def _add_comment(lines: list[Line], comment: Token, depth: int) -> None:
    """Put a comment behind the last line, if it stood behind code and there is room."""
    if comment.kind == "COMMENT" and lines and lines[-1].comment is None:
        lines[-1] = replace(lines[-1], comment=comment)
    else:
        lines.append(Line(depth, "", comment))
