"""Where statements end and which bracket closes which, so that the parser sees balanced brackets.

Line breaks and commas outside `( )` and `[ ]` become separators (SEP), empty statements go, and
brackets that do not match are reported and mended where a reader would mend them:

*   `(` and `[` are closed at the latest by `{`, by `}` or by a line that begins a statement;
*   if there are more `{` than `}`, one is closed by a `}` that is indented less than its line, or
    where a statement begins that stands in a network only;
*   if there are more `}` than `{`, the one goes that would close the network too early.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sfdfa_compiler.diagnostics import Label
from sfdfa_compiler.dsl import messages
from sfdfa_compiler.dsl.grammar import END, Token
from sfdfa_compiler.dsl.nesting import Bracket, Nesting
from sfdfa_compiler.dsl.report import Report

# With a name behind them they begin a statement of a network, and nothing else.
NETWORK_STATEMENTS: Final = frozenset(["input", "layer", "readout", "learner", "target", "rule"])

_WITH_BLOCK: Final = NETWORK_STATEMENTS - {"readout"} | {"network"}
VALUE_ENDS: Final = frozenset(["NAME", "NUMBER", "QUANTITY", "TEXT", "MISSING", "RPAR", "RSQB"])
OPERATORS: Final = frozenset(["PLUS", "MINUS", "STAR", "SLASH", "CARET"])
_SIGN: Final = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}


def lay_out(tokens: list[Token], report: Report) -> list[Token]:
    """The tokens with separators and matching brackets, and END behind them."""
    return _Layout(tokens, report).run()


class _Layout:
    def __init__(self, tokens: list[Token], report: Report) -> None:
        self.report = report
        self.text = report.source.text or ""
        end = len(self.text)
        self.tokens = [*tokens, Token(END, "", end, end)]
        self.out: list[Token] = []
        self.nesting = Nesting(report)
        self.open = self.nesting.brackets
        self.indent = 0  # of the current line
        kinds = [token.kind for token in tokens]
        self.missing = kinds.count("LBRACE") - kinds.count("RBRACE")  # this many } too few

    def run(self) -> list[Token]:
        line_start: int | None = 0  # until the first token of the line is reached
        for index, token in enumerate(self.tokens):
            first = line_start is not None
            if line_start is not None and token.kind != "SEP":
                indent = len(self.text[line_start : token.start].expandtabs(4))
                if self.missing < 0 and indent > self.indent and token.kind != "LBRACE":
                    self.open_block()
                self.indent, line_start = indent, None
            match token.kind:
                case "SEP":
                    line_start = token.end
                    self.separator(token)
                case "COMMA" | "SEMICOLON":
                    self.comma(index, token)
                case "NAME":
                    self.name(index, token, first)
                case "LPAR" | "LSQB" | "LBRACE":
                    self.opener(token)
                case "RPAR" | "RSQB":
                    self.round_closer(token)
                case "RBRACE":
                    self.brace_closer(index, token, first)
                case "$END":
                    self.end(token)
                case kind:
                    if kind in OPERATORS:
                        self.nesting.deeper(token)
                    elif kind == "OP":
                        self.nesting.value_ends()
                    self.out.append(token)
        return self.out

    # ------------------------------------------------------------ separators

    @property
    def at_start(self) -> bool:
        """Whether a statement may begin here."""
        return not self.out or self.out[-1].kind in ("SEP", "LBRACE")

    def separator(self, token: Token) -> None:
        if self.nesting.within:
            return
        self.nesting.value_ends()
        if not self.at_start:
            self.out.append(token._replace(kind="SEP"))
        elif self.out and self.out[-1].kind == "SEP" and token.text == ",":
            self.out[-1] = token._replace(kind="SEP")  # no `{` may follow

    def comma(self, index: int, token: Token) -> None:
        within = self.nesting.within
        if token.kind == "SEMICOLON":
            self.semicolon(index, token)
            token = token._replace(kind="COMMA", text=",")
        if within:
            self.nesting.value_ends()
            self.out.append(token)
        else:
            self.separator(token)

    def semicolon(self, index: int, token: Token) -> None:
        rule = messages.SEMICOLON_WITHIN if self.nesting.within else messages.SEMICOLON
        last = self.tokens[index + 1].kind in ("SEP", "RBRACE", END)
        fix = "" if last and not self.nesting.within else ","
        self.report.add(
            rule,
            token,
            edits=[(token.start, token.end, fix)],
            group=(rule, self.report.span(token.start, token.end).line),
            fix="write `,` or a line break" if fix else "remove it",
        )

    def name(self, index: int, token: Token, first: bool) -> None:
        after = self.tokens[index + 1].kind
        if self.nesting.within and first and self.begins_statement(after):
            self.close_round()
            self.separator(Token("SEP", "\n", token.start, token.start))
        if self.at_start and after == "NAME" and token.text in NETWORK_STATEMENTS:
            statement = f"{token.text} {self.tokens[index + 1].text}"
            while self.missing > 0 and len(self.open) > 1:
                self.close_brace(token, f"before `{statement}`")
        self.out.append(token)

    def begins_statement(self, after: str) -> bool:
        """Whether a name that is the first on its line ends what `(` or `[` began above."""
        if after in ("NAME", "LBRACE"):
            return True
        ends = self.out[-1].kind in VALUE_ENDS and after not in ("COMMA", "RPAR", "RSQB")
        return ends and self.indent <= self.open[-1].indent

    # ------------------------------------------------------------ brackets

    def opener(self, token: Token) -> None:
        if token.kind == "LBRACE":
            self.close_round()
            if self.out and self.out[-1].kind == "SEP" and self.out[-1].text != ",":
                self.out.pop()  # `{` may stand on the next line
        self.nesting.push(token, self.indent)
        self.out.append(token)

    def open_block(self) -> None:
        """Put in the `{` that was forgotten at the end of the line above, if it was."""
        if not self.out or self.out[-1].kind != "SEP" or self.out[-1].text == ",":
            return
        begin = end = len(self.out) - 1
        while begin and self.out[begin - 1].kind not in ("SEP", "LBRACE"):
            begin -= 1
        statement = self.out[begin:end]
        match statement:
            case [Token("NAME", word), Token("NAME"), *_] if word in _WITH_BLOCK:
                text = self.text[statement[0].start : statement[-1].end]
                at = statement[-1].end
                span = self.report.span(statement[0].start, at)
                self.report.add(messages.NO_BRACE, span, edits=[(at, at, " {")], statement=text)
                self.out.pop()
                self.opener(Token("LBRACE", "{", at, at))
                self.missing += 1

    def round_closer(self, token: Token) -> None:
        if not self.nesting.within:
            edits = [(token.start, token.end, "")]
            self.report.add(messages.NOTHING_OPEN, token, edits=edits, bracket=token.text)
            return
        if self.open[-1].closer != token.kind and token.kind in self.round_closers():
            self.close_round(above=token.kind)
        bracket = self.nesting.pop()
        closer = bracket.closer
        if closer != token.kind:
            opener = bracket.token
            self.report.add(
                messages.WRONG_BRACKET,
                token,
                edits=[(token.start, token.end, _SIGN[closer])],
                related=[Label(self.report.span(opener.start, opener.end), "opened here")],
                bracket=opener.text,
                found=token.text,
                closer=_SIGN[closer],
            )
        self.out.append(token._replace(kind=closer, text=_SIGN[closer]))

    def round_closers(self) -> Iterator[str]:
        """What would close the `(` and `[` of this statement, the innermost first."""
        for bracket in reversed(self.open):
            if bracket.token.kind == "LBRACE":
                return
            yield bracket.closer

    def close_round(self, above: str = "") -> None:
        """Close the `(` and `[` of this statement, as far as the first that `above` closes."""
        opened: list[Bracket] = []
        while self.nesting.within and self.open[-1].closer != above:
            opened.append(self.nesting.pop())
        if not opened:
            return
        last = self.out[-1]
        closers = [bracket.closer for bracket in opened]
        signs = "".join(_SIGN[closer] for closer in closers)
        self.report.add(
            messages.OPEN_BRACKET,
            opened[-1].token,
            edits=[(last.end, last.end, signs)],
            bracket=opened[-1].token.text,
            closers=signs,
            word=last.text,
        )
        self.out += [Token(closer, _SIGN[closer], last.end, last.end) for closer in closers]

    def brace_closer(self, index: int, token: Token, first: bool) -> None:
        self.close_round()
        if not self.open:
            edits = [(token.start, token.end, "")]
            self.report.add(messages.NOTHING_OPEN, token, edits=edits, bracket="}")
            return
        statement = self.next_statement(index)
        if self.missing < 0 and len(self.open) == 1 and statement:
            edits = [(token.start, token.end, "")]
            self.report.add(messages.CLOSES_TOO_MUCH, token, edits=edits, statement=statement)
            self.missing += 1
            self.separator(token)
            return
        while self.missing > 0 and first and self.indent < self.open[-1].indent:
            if len(self.open) == 1:
                break
            self.close_brace(token, "before this one", "this `}` closes an outer block")
        self.nesting.pop()
        self.out.append(token)

    def next_statement(self, index: int) -> str:
        """`layer hidden`, if that is what follows; else nothing."""
        follow = [token for token in self.tokens[index + 1 : index + 8] if token.kind != "SEP"]
        match follow:
            case [Token("NAME", word), Token("NAME", name), *_] if word in NETWORK_STATEMENTS:
                return f"{word} {name}"
        return ""

    def close_brace(self, before: Token, where: str, label: str = "") -> None:
        """Close the innermost `{`, which was forgotten."""
        opened = self.nesting.pop()
        last = self.last_word()
        self.missing -= 1
        span = self.report.span(before.start, before.end)
        self.report.add(
            messages.OPEN_BLOCK,
            opened.token,
            edits=[(last, last, "\n" + " " * opened.indent + "}")],
            related=[Label(span, label)] if label else [],
            where=where,
        )
        self.out.append(Token("RBRACE", "}", last, last))
        self.out.append(Token("SEP", "\n", before.start, before.start))

    def last_word(self) -> int:
        """Where the last token ended that is no separator."""
        return next((token.end for token in reversed(self.out) if token.kind != "SEP"), 0)

    def end(self, token: Token) -> None:
        self.close_round()
        while self.open:
            self.close_brace(token, "at the end")
        self.out.append(token)
