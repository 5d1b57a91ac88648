"""Collects the syntax errors of one text: none that follows from another, and not too many."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any, Final, NoReturn

from sfdfa_compiler.diagnostics import Diagnostic, Edit, Help, Label, Rule, Source, Span
from sfdfa_compiler.dsl import messages
from sfdfa_compiler.dsl.grammar import Token

MOST_SHOWN: Final = 100  # the last of them says that reading stops
MOST_FOUND: Final = 1000  # with those that are not shown
MOST_WORD: Final = 100  # characters of the text in a message

Fix = tuple[int, int, str]  # start, end, replacement


class Stop(Exception):  # noqa: N818 - a way out, not an error
    """A limit is reached: nothing more is read."""


class Report:
    """The diagnostics so far, and the lines that have one."""

    def __init__(self, source: Source) -> None:
        """Nothing to say yet about `source`."""
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.lines: dict[int, Rule] = {}  # what is wrong with each
        self._found = 0
        self._groups: dict[Hashable, int] = {}  # index into diagnostics

    def span(self, start: int, end: int) -> Span:
        """A place in the text."""
        return Span(self.source, start, end)

    def add(
        self,
        rule: Rule,
        at: Token | Span,
        *,
        edits: Iterable[Fix] = (),
        related: Iterable[Label] = (),
        group: Hashable = None,
        notes: Iterable[str] = (),
        **words: Any,  # noqa: ANN401 - whatever the message's braces format
    ) -> None:
        """Say it, unless its line has an error already: that is where it may come from.

        Of statements that run together each is reported. Mistakes of one `group` are one
        diagnostic with the edits of all.

        Raises:
            Stop: If it is one too many.
        """
        span = at if isinstance(at, Span) else self.span(at.start, at.end)
        self._found += 1
        if self._found > MOST_FOUND:
            self.stop(messages.TOO_MANY, span)
        fixes = tuple(Edit(self.span(start, end), text) for start, end, text in edits)
        if group is not None and group in self._groups:
            self._extend(self._groups[group], fixes)
            return
        first = self.lines.get(span.line)
        if first is not None and not (first is rule is messages.RUN_TOGETHER):
            return
        if len(self.diagnostics) == MOST_SHOWN - 1:
            self.stop(messages.TOO_MANY, span)
        if group is not None:
            self._groups[group] = len(self.diagnostics)
        self.lines[span.line] = rule
        words = {name: _clip(word) for name, word in words.items()}
        self.diagnostics.append(rule.at(span, related=related, edits=fixes, notes=notes, **words))

    def stop(self, rule: Rule, at: Span, **words: Any) -> NoReturn:  # noqa: ANN401
        """Say that a limit is reached, and stop reading."""
        self.diagnostics.append(rule.at(at, **words))
        self.lines[at.line] = rule
        raise Stop

    def _extend(self, index: int, fixes: tuple[Edit, ...]) -> None:
        diagnostic = self.diagnostics[index]
        helps = tuple(Help(help_.text, help_.edits + fixes) for help_ in diagnostic.helps)
        self.diagnostics[index] = replace(diagnostic, helps=helps)


def _clip(word: object) -> object:
    """A word of the text as a message shows it: not too long, and nothing for a terminal to do."""
    if not isinstance(word, str):
        return word
    shown = word if len(word) <= MOST_WORD else f"{word[:MOST_WORD]} ..."
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
