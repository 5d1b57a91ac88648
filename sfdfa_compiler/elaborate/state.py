"""What the parts of one elaboration share: names, diagnostics, features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NoReturn, TypeVar

from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule, Span
from sfdfa_compiler.dsl.forms import RESERVED
from sfdfa_compiler.dsl.tree import File, Value, Word
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import Exact, Wrong
from sfdfa_compiler.elaborate.spelling import Spelling
from sfdfa_compiler.ir import Allow, Feature
from sfdfa_compiler.units import UNIT_WORDS

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class Definition:
    """A name that the file defines: constants, inputs, layers and rules share one space."""

    word: Word
    what: str  # "constant", "input", "layer", "rule"
    written: Value | None = None  # of a constant
    value: Exact | None = None  # of a constant, once it was read; None if it is wrong
    reached: bool = False  # a constant is known below the line that defines it
    used: bool = False


@dataclass(slots=True)
class State:
    """One elaboration."""

    file: File
    diagnostics: list[Diagnostic] = field(default_factory=list)
    definitions: dict[str, Definition] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)  # the constants that hold a neuron model
    features: list[Feature] = field(default_factory=list)
    allows: list[Allow] = field(default_factory=list)
    complete: bool = True  # False if the graph lacks something that is not wrong
    spelling: Spelling = field(default_factory=Spelling)
    circles: Mapping[str, Set[str]] | None = None  # constants that need each other, once looked for
    _named: dict[str, list[str]] = field(default_factory=dict)  # by kind, in file order

    # ------------------------------------------------------------ reporting

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a message and go on."""
        self.diagnostics.append(diagnostic)

    def fail(self, diagnostic: Diagnostic) -> NoReturn:
        """Keep a message and give up what depends on it.

        Raises:
            Wrong: Always.
        """
        self.report(diagnostic)
        raise Wrong

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """`function` of every item, so that all of their errors are reported.

        Raises:
            Wrong: If any of them was wrong.
        """
        results = []
        wrong = False
        for item in items:
            try:
                results.append(function(item))
            except Wrong:
                wrong = True
        if wrong:
            raise Wrong
        return results

    def broken(self, span: Span) -> bool:
        """Whether a syntax error on that line was reported already."""
        return span.source == self.file.source and span.line in self.file.broken_lines

    def ask(self, feature: str, span: Span, detail: str = "") -> None:
        """Record that the file asks for a feature that not every target has."""
        self.features.append(Feature(feature, span, detail))

    # ------------------------------------------------------------ names

    def define(self, word: Word, what: str, written: Value | None = None) -> None:
        """Enter a name, unless it is taken; of a constant with its value as it is written."""
        name = word.text
        why = "a reserved word" if name in RESERVED else "a unit" if name in UNIT_WORDS else ""
        if why:
            self.report(messages.RESERVED_NAME.at(word.span, name=name, why=why))
        if name in self.definitions:
            first = Label(self.definitions[name].word.span, "first here")
            twice = messages.TWICE.at(
                word.span, what=f"the name `{name}`", related=[first], help=messages.RENAME
            )
            self.report(twice)
        else:
            self.definitions[name] = Definition(word, what, written, used=bool(why))
            self._named.setdefault(what, []).append(name)

    def named(self, what: str) -> Sequence[str]:
        """All names of a kind, in file order."""
        return self._named.get(what, ())

    def is_a(self, what: str, name: str) -> bool:
        """Whether a name is one of that kind."""
        return name in self.definitions and self.definitions[name].what == what

    def find(self, word: Word, *whats: str) -> Definition:
        """What `word` names; it must be one of `whats`.

        Raises:
            Wrong: If there is no such name.
        """
        found = self.definitions.get(word.text)
        if found and found.what in whats:
            found.used = True
            return found
        if word.text in self.file.poisoned or self.broken(word.span):
            raise Wrong
        options = list(chain.from_iterable(map(self.named, whats)))
        return self.unknown(
            messages.UNKNOWN_NAME, word, options, kind=" or ".join(whats), name=word.text
        )

    def unknown(
        self,
        rule: Rule,
        word: Word,
        options: Iterable[str],
        *,
        otherwise: str = "",
        **words: Any,  # noqa: ANN401
    ) -> NoReturn:
        """Fail at a word that is none of `options`, and say which is meant.

        Raises:
            Wrong: Always.
        """
        advice = self.spelling.did_you_mean(rule, word, [*options], otherwise=otherwise, **words)
        self.fail(advice)
