"""Where statements end: line breaks and commas become separators, brackets are matched."""

from __future__ import annotations
from typing import Any
from collections.abc import Iterator

from sfdfa_compiler.diagnostics import Diagnostic, Source, Span, UserError
from sfdfa_compiler.dsl import syntax_rules as rules
from sfdfa_compiler.dsl.grammar import Token

CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "CARET"}
MOST_NESTING = 200


def lay_out(tokens: list[Token], source: Source) -> list[Token]:
    """Tokens as the grammar wants them."""
    out: list[Token] = []
    open_: list[Token] = []
    for token in tokens:
        within = bool(open_) and open_[-1].kind != "LBRACE"
        kind = token.kind
        if kind == "SEP" and within:
            continue
        if kind == "COMMA" and not within:
            token = token._replace(kind="SEP")
        if token.kind == "SEP":
            if out and out[-1].kind not in ("SEP", "LBRACE"):
                out.append(token)
            continue
        if kind in CLOSERS:
            if kind == "LBRACE":
                while out and out[-1].kind == "SEP" and out[-1].text != ",":
                    out.pop()
            open_.append(token)
            if len(open_) > MOST_NESTING:
                raise rules.LIMIT.error(Span(source, token.start, token.end), what="too deep")
        elif kind in CLOSERS.values():
            if not open_ or CLOSERS[open_[-1].kind] != kind:
                raise rules.SURPLUS.error(Span(source, token.start, token.end), bracket=token.text)
            open_.pop()
        out.append(token)
    if open_:
        token = open_[-1]
        rule = rules.UNCLOSED_BLOCK if token.kind == "LBRACE" else rules.UNCLOSED
        raise rule.error(Span(source, token.start, token.end), bracket=token.text)
    return out
