"""Text to syntax tree, with every mistake that can be told from another.

characters -> tokens (`lexer`) -> balanced brackets (`layout`) -> tree (`machine`, `build`), where
each stage mends what it reports (`repair`), so that the next one can go on.
"""

from __future__ import annotations

from collections.abc import Sequence

from sfdfa_compiler.diagnostics import Diagnostic, Source, place
from sfdfa_compiler.dsl import messages
from sfdfa_compiler.dsl.build import Builder
from sfdfa_compiler.dsl.expected import report_unexpected
from sfdfa_compiler.dsl.grammar import Token, grammar
from sfdfa_compiler.dsl.layout import lay_out
from sfdfa_compiler.dsl.lexer import Lexer
from sfdfa_compiler.dsl.machine import Machine
from sfdfa_compiler.dsl.repair import Repairer
from sfdfa_compiler.dsl.report import Report, Stop
from sfdfa_compiler.dsl.source import MOST_BYTES
from sfdfa_compiler.dsl.tree import File, Override


def parse(source: Source) -> tuple[File, list[Diagnostic]]:
    """Read a file: its tree, and what is wrong with its syntax, sorted by position.

    What is broken is left out of the tree or marked in it. `File.complete` is False if a limit
    stopped the reading: then the tree is empty, and nothing should be said of the rest.
    """
    report = Report(source)
    try:
        tokens = _tokens(source, report)
        machine = Machine(grammar("file"), Builder(source))
        repairer = Repairer(machine, tokens, report)
        index = 0
        while index < len(tokens):
            index = index + 1 if machine.feed(tokens[index]) else repairer.repair(index)
    except Stop:
        file = File((), source, broken_lines=frozenset(report.lines), complete=False)
    else:
        file = File(
            machine.values[0], source, frozenset(repairer.poisoned), frozenset(report.lines)
        )
    return file, _sorted(report)


def parse_override(source: Source) -> tuple[Override | None, list[Diagnostic]]:
    """Read what follows `--set`; None if anything is wrong with it."""
    report = Report(source)
    override: Override | None = None
    try:
        tokens = _tokens(source, report, paths=True)
        machine = Machine(grammar("override"), Builder(source))
        wrong = next((token for token in tokens if not machine.feed(token)), None)
        if wrong is not None:
            report_unexpected(machine, wrong, report)
        elif not report.diagnostics:
            override = machine.values[0]
    except Stop:
        pass  # the report says why
    return override, _sorted(report)


def _tokens(source: Source, report: Report, *, paths: bool = False) -> Sequence[Token]:
    if len((source.text or "").encode("utf-8", "surrogatepass")) > MOST_BYTES:
        report.stop(messages.TOO_BIG, place(source.name))
    return lay_out(Lexer(report, paths=paths).tokens(), report)


def _sorted(report: Report) -> list[Diagnostic]:
    return sorted(report.diagnostics, key=lambda diagnostic: diagnostic.sort_key)
