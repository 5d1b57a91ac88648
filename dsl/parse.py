"""Text to syntax tree."""

from __future__ import annotations

from typing import Literal

from sfdfa_compiler.diagnostics import Diagnostic, Source, Span, UserError
from sfdfa_compiler.dsl import syntax_rules as rules
from sfdfa_compiler.dsl.build import Builder
from sfdfa_compiler.dsl.grammar import Token, grammar
from sfdfa_compiler.dsl.layout import lay_out
from sfdfa_compiler.dsl.machine import Machine
from sfdfa_compiler.dsl.tree import File, Override


def parse(source: Source) -> tuple[File, list[Diagnostic]]:
    """Read a file: its tree, and what is wrong with its syntax."""
    try:
        statements = _read(source, "file")
    except UserError as error:
        line = error.diagnostics[0].primary.line
        return File((), source, broken_lines=frozenset([line])), list(error.diagnostics)
    return File(statements, source), []


def parse_override(source: Source) -> tuple[Override | None, list[Diagnostic]]:
    """Read what follows `--set`; None if its syntax is wrong."""
    try:
        return _read(source, "override"), []
    except UserError as error:
        return None, list(error.diagnostics)


def _read(source: Source, start: Literal["file", "override"]):
    tables = grammar(start)
    machine = Machine(tables, Builder(source))
    for token in lay_out(_tokens(source), source):
        if not machine.feed(token):
            span = Span(source, token.start, token.end)
            raise rules.UNEXPECTED.error(span, found=f"`{token.text}`", expected="something else")
    result = machine.finish()
    if result is None:
        end = len(source.text or "")
        raise rules.UNEXPECTED.error(Span(source, end, end), found="the end", expected="more")
    return result


def _tokens(source: Source) -> list[Token]:
    tokens = []
    for match in grammar("file").terminals.finditer(source.text or ""):
        kind, span = match.lastgroup or "", match.span()
        if kind in ("UNKNOWN", "OPEN_TEXT"):
            raise rules.CHARACTER.error(Span(source, *span), found=f"`{match.group()}`")
        if kind not in ("BLANK", "COMMENT"):
            tokens.append(Token(kind, match.group(), *span))
    return tokens
