"""`sfdfac fmt`: the same program, laid out as everybody else's.

Four blanks for each block, one statement a line, `100 ms` and `10 %` with a blank. A block that
stood on one line stays there while it fits 100 columns. Comments and single blank lines stay, and
so do operators that stand under each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from sfdfa_compiler.diagnostics import Source, UserError
from sfdfa_compiler.dsl.grammar import END, Token
from sfdfa_compiler.dsl.lexer import scan
from sfdfa_compiler.dsl.parse import parse
from sfdfa_compiler.dsl.wrap import COMMENTS, INDENT, MOST_COLUMNS, Line, join, wrap

_BLANK: Final = Line(0)
_COMMA: Final = Token("COMMA", ",", 0, 0)
_OPEN: Final = Token("LBRACE", "{", 0, 0)
_CLOSE: Final = Token("RBRACE", "}", 0, 0)
_ENDS: Final = ("SEP", "COMMA", "COMMENT", "LBRACE", "RBRACE", END)  # of a head


def format_text(source: Source) -> str:
    """The text of a `.snn` file, formatted; line breaks are CR LF if the file's first one is.

    Raises:
        UserError: If its syntax is wrong: what is not understood is not moved around.
    """
    _, diagnostics = parse(source)
    if diagnostics:
        raise UserError(diagnostics)
    text = source.text or ""
    lines = _Reader(text).statements(_Block(), breaks=1).lines(0)
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    return "".join(_write(line, text) + newline for line in lines)


def _write(line: Line, text: str) -> str:
    """One line; a comment behind code keeps its column if the code leaves room."""
    if line == _BLANK:
        return ""
    code = " " * (INDENT * line.depth) + line.code
    if line.comment is None:
        return code
    if line.code == "}":
        code += "  "  # its column belonged to other code
    elif line.code:
        column = line.comment.start - (text.rfind("\n", 0, line.comment.start) + 1)
        code = code.ljust(max(len(code) + 2, column))
    return code + line.comment.text.rstrip()


@dataclass(slots=True)
class _Block:
    """The statements of a block, or of the file, with the comments and blank lines among them."""

    entries: list[_Statement | Token | None] = field(default_factory=list)  # None: a blank line
    on_one_line: bool = False
    comment: Token | None = None  # behind its `{`

    def lines(self, depth: int) -> list[Line]:
        self.align()
        lines: list[Line] = []
        for entry in self.entries:
            if entry is None:
                lines.append(_BLANK)
            elif isinstance(entry, Token):
                lines.append(Line(depth, "", entry))
            else:
                lines += entry.lines(depth)
        return lines

    def align(self) -> None:
        """Keep the operators of neighbouring settings under each other where they were."""
        for column, run in groupby(self.entries, key=_operator_column):
            if column:
                settings = [entry for entry in run if isinstance(entry, _Statement)]
                width = max(len(setting.head[0].text) for setting in settings)
                for setting in settings:
                    name = setting.head[0]
                    setting.head[0] = name._replace(text=name.text.ljust(width))

    def flat(self) -> list[Token]:
        """The tokens of a block without comments, with commas between statements."""
        tokens: list[Token] = []
        for entry in self.entries:
            if isinstance(entry, _Statement):
                tokens += [_COMMA, *entry.flat()]
        return [_OPEN, *tokens[1:], _CLOSE]


@dataclass(slots=True)
class _Statement:
    """A statement; the head has the comments inside its brackets."""

    head: list[Token]
    operator_column: int = 0  # of a setting
    block: _Block | None = None
    comment: Token | None = None  # behind its last line

    def lines(self, depth: int) -> list[Line]:
        if self.block is None:
            lines = wrap(self.head, depth)
        elif self.block.on_one_line and (line := Line(depth, join(self.flat()))).fits:
            lines = [line]
        else:
            lines = wrap([*self.head, _OPEN], depth)
            lines[-1] = replace(lines[-1], comment=self.block.comment)
            lines += [*self.block.lines(depth + 1), Line(depth, "}")]
        if self.comment:
            lines[-1] = replace(lines[-1], comment=self.comment)
        return lines

    def flat(self) -> list[Token]:
        return [*self.head, *(self.block.flat() if self.block else [])]


def _operator_column(entry: _Statement | Token | None) -> int:
    return entry.operator_column if isinstance(entry, _Statement) else 0


class _Reader:
    """Takes a text apart into statements. Its syntax is right: nothing is checked here."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*scan(text), Token(END, "", len(text), len(text))]
        self.index = 0
        self.line_start = 0

    def next(self) -> Token:
        token = self.tokens[self.index]
        self.index += 1
        if token.kind == "SEP":
            self.line_start = token.end
        return token

    def statements(self, block: _Block, breaks: int) -> _Block:
        """Fill a block with what follows, as far as its `}` or the end, which is taken too.

        Args:
            block: What to fill.
            breaks: Line breaks since the code before, behind which a comment may stand.
        """
        while (token := self.next()).kind not in ("RBRACE", END):
            if token.kind == "SEP":
                breaks += 1
            elif token.kind == "COMMENT" and not breaks:
                last = block.entries[-1] if block.entries else block
                last.comment = token  # type: ignore[union-attr]  # a line has code or a comment
            elif token.kind != "COMMA":
                if breaks > 1 and block.entries:
                    block.entries.append(None)
                block.entries.append(token if token.kind == "COMMENT" else self.statement(token))
                breaks = 0
        return block

    def statement(self, first: Token) -> _Statement:
        operator = self.tokens[self.index]
        column = operator.start - self.line_start if operator.kind == "OP" else 0
        statement = _Statement(self.head(first), column)
        self.brace_first()
        if self.tokens[self.index].kind == "LBRACE":
            opening = self.index
            self.index += 1
            statement.block = self.statements(_Block(), breaks=0)
            statement.block.on_one_line = self.stood_on_one_line(statement, opening)
        return statement

    def stood_on_one_line(self, statement: _Statement, opening: int) -> bool:
        """Whether the block just read may stand on one line again: small, and no comments."""
        tokens = self.tokens[opening : self.index]
        return len(tokens) <= MOST_COLUMNS and not any(
            token.kind in ("SEP", *COMMENTS) for token in (*statement.head, *tokens)
        )

    def head(self, first: Token) -> list[Token]:
        """The tokens from `first` to before the block or the end of the statement."""
        head = [first]
        nesting = 0
        breaks = False
        while nesting or self.tokens[self.index].kind not in _ENDS:
            token = self.next()
            nesting += (token.kind in ("LPAR", "LSQB")) - (token.kind in ("RPAR", "RSQB"))
            if token.kind == "COMMENT" and breaks:
                head.append(token._replace(kind="OWN_LINE"))
            elif token.kind != "SEP":
                head.append(token)
            breaks = token.kind == "SEP"
        return head

    def brace_first(self) -> None:
        """Move a `{` that opens the next line in front of line breaks and comments."""
        brace = self.index
        while self.tokens[brace].kind in ("SEP", "COMMENT"):
            brace += 1
        if self.tokens[brace].kind == "LBRACE":
            between = self.tokens[self.index : brace]
            if between and self.tokens[brace + 1].kind == "SEP":
                between.pop()  # the line break before `{`: the one behind it stays
            self.tokens[self.index : brace + 1] = [self.tokens[brace], *between]
