"""What the compiler says to its users: data first, layout once.

Every stage yields `Diagnostic`s; only `render` prints them. A stage declares its messages as
`Rule`s, one per code, and calls `rule.at(span, ...)`: the rule words the message, the place comes
from the caller. `UserError` carries diagnostics up to the command line, which prints them and
exits with 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any


class Level(StrEnum):
    """How bad it is: an error ends the compilation after its stage, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Source:
    """A text that spans point into: a `.snn` file, one `--set` argument, or a file without text.

    `text` is None for files that are not shown line by line (data, weights, caches): then only the
    name is printed.
    """

    name: str
    text: str | None = None

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offset of the first character of every line."""
        starts = [0]
        for index, character in enumerate(self.text or ""):
            if character == "\n":
                starts.append(index + 1)
        return tuple(starts)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line break."""
        text = self.text or ""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(text)
        return text[start:end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` (exclusive) of a source."""

    source: Source
    start: int = 0
    end: int = 0

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return bisect_right(self.source.line_starts, self.start)

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return self.start - self.source.line_starts[self.line - 1] + 1

    @property
    def text(self) -> str:
        """The characters themselves."""
        return (self.source.text or "")[self.start : self.end]


def place(name: object) -> Span:
    """A place that is a whole file, or a part of one that is not text: `place("x.gz, byte 16")`."""
    return Span(Source(str(name)))


@dataclass(frozen=True, slots=True)
class Label:
    """A fragment of text beside a second place that belongs to the story."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a span by a text: a fix that an editor can apply."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Help:
    """What to type, in words, and as edits where a machine may apply them."""

    text: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One message: what is wrong (`message`), where (`primary`), why (`notes`), what to do."""

    code: str
    message: str
    primary: Span
    level: Level = Level.ERROR
    label: str = ""
    related: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    helps: tuple[Help, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """By source, position, code: the order in which they are printed."""
        span = self.primary
        return (span.source.name, span.start, span.end, self.code, self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A message with its code, worded once. Braces in the texts are filled by `at`.

    Codes are stable and never reused: 0xx syntax, 1xx names and units, 2xx model, 3xx learner,
    4xx target limits, 5xx data, files, tools and runs, 9xx internal.
    """

    code: str
    message: str
    level: Level = Level.ERROR
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""

    def at(
        self,
        span: Span,
        *,
        related: Iterable[Label] = (),
        edits: Iterable[Edit] = (),
        notes: Iterable[str] = (),
        help: str | None = None,
        **words: Any,  # noqa: ANN401 - whatever the message's braces format
    ) -> Diagnostic:
        """This message at a place; `notes` come behind the rule's own, `help` replaces its help."""
        text = (self.help if help is None else help).format(**words)
        return Diagnostic(
            code=self.code,
            message=self.message.format(**words),
            primary=span,
            level=self.level,
            label=self.label.format(**words),
            related=tuple(related),
            notes=(*(note.format(**words) for note in self.notes), *notes),
            helps=(Help(text, tuple(edits)),) if text else (),
        )

    def error(self, span: Span, **words: Any) -> UserError:  # noqa: ANN401
        """The same as an exception, for callers that cannot go on: `raise RULE.error(...)`."""
        return UserError([self.at(span, **words)])


class UserError(Exception):
    """Something the user can mend; the command line prints its diagnostics and exits with 1."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep the diagnostics, sorted by position, none twice."""
        self.diagnostics = tuple(sorted(dict.fromkeys(diagnostics), key=lambda d: d.sort_key))
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those that end the compilation."""
    return [diagnostic for diagnostic in diagnostics if diagnostic.level is Level.ERROR]


def render(diagnostics: Sequence[Diagnostic], *, limit: int = 100) -> str:
    """Lay the messages out for a terminal, in the manner of rustc; no colours.

    At most `limit` are shown; the number of the rest is said.
    """
    shown = [_render_one(diagnostic) for diagnostic in diagnostics[:limit]]
    rest = len(diagnostics) - len(shown)
    if rest > 0:
        shown.append(f"... and {rest} more\n")
    return "\n".join(shown)


@dataclass(slots=True)
class _Line:
    """The marks under one line of source."""

    number: int
    marks: list[tuple[Span, str, str]] = field(default_factory=list)


def _render_one(diagnostic: Diagnostic) -> str:
    primary = diagnostic.primary
    head = f"{diagnostic.level}[{diagnostic.code}]: {diagnostic.message}\n"
    width = 1
    if primary.source.text is None:
        body = f" --> {primary.source.name}\n"
    else:
        lines = _marked_lines(diagnostic)
        width = len(str(max(line.number for line in lines)))
        pad = " " * width
        body = f"{pad}--> {primary.source.name}:{primary.line}:{primary.column}\n{pad} |\n"
        previous = 0
        for line in lines:
            if previous and line.number > previous + 1:
                body += "...\n"
            body += _render_line(primary.source, line, width)
            previous = line.number
    pad = " " * width
    for label in diagnostic.related:
        if label.span.source != primary.source or primary.source.text is None:
            where = label.span.source.name
            if label.span.source.text is not None:
                where += f":{label.span.line}:{label.span.column}"
            body += f"{pad} = {where}: {label.text}\n"
    for note in diagnostic.notes:
        body += f"{pad} = note: {_indented(note, width)}\n"
    for help_ in diagnostic.helps:
        body += f"{pad} = help: {_indented(help_.text, width)}\n"
    return head + body


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * (width + 9))


def _marked_lines(diagnostic: Diagnostic) -> list[_Line]:
    marks = [(diagnostic.primary, "^", diagnostic.label)]
    marks += [
        (label.span, "-", label.text)
        for label in diagnostic.related
        if label.span.source == diagnostic.primary.source
    ]
    lines: dict[int, _Line] = {}
    for span, sign, text in marks:
        lines.setdefault(span.line, _Line(span.line)).marks.append((span, sign, text))
    return [lines[number] for number in sorted(lines)]


def _render_line(source: Source, line: _Line, width: int) -> str:
    text = source.line(line.number).expandtabs(1)
    shown = _clip(text)
    out = f"{line.number:>{width}} | {shown}".rstrip() + "\n"
    for span, sign, label in sorted(line.marks, key=lambda mark: mark[0].start):
        column = min(span.column, len(shown) + 1)
        length = max(1, min(span.end - span.start, len(shown) - column + 1))
        mark = " " * (column - 1) + sign * length + (f" {label}" if label else "")
        out += f"{' ' * width} | {mark}\n"
    return out


def _clip(text: str, most: int = 200) -> str:
    return text if len(text) <= most else text[:most] + " ..."


def with_level(diagnostic: Diagnostic, level: Level) -> Diagnostic:
    """The same message with another level."""
    return replace(diagnostic, level=level)
