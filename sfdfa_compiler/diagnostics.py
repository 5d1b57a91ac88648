"""What the compiler says to its users: data first, layout once.

Every stage yields `Diagnostic`s; only `render` prints them. A stage declares its messages as
`Rule`s, one per code, and calls `rule.at(span, ...)`: the rule words the message, the place comes
from the caller. `UserError` carries diagnostics up to the command line, which prints them and
exits with 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    def end_line(self) -> int:
        """Line of the first character behind it, from 1."""
        return bisect_right(self.source.line_starts, self.end)

    @property
    def end_column(self) -> int:
        """Column of the first character behind it, from 1."""
        return self.end - self.source.line_starts[self.end_line - 1] + 1

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


# ---------------------------------------------------------------- layout

MOST_COLUMNS = 160  # of a source line; longer ones are cut around their marks


def render(diagnostics: Sequence[Diagnostic], *, limit: int = 100) -> str:
    """Lay the messages out for a terminal, in the manner of rustc; no colours.

    At most `limit` are shown; the number of the rest is said.
    """
    shown = [_render_one(diagnostic) for diagnostic in diagnostics[:limit]]
    rest = len(diagnostics) - len(shown)
    if rest > 0:
        shown.append(f"... and {rest} more\n")
    return "\n".join(shown)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A span to underline, with `^` or `-`, and the label beside it."""

    span: Span
    sign: str
    text: str


def _render_one(diagnostic: Diagnostic) -> str:
    """Head, one listing for each source that is spoken of, notes and helps."""
    marks = [_Mark(diagnostic.primary, "^", diagnostic.label)]
    marks += (_Mark(label.span, "-", label.text) for label in diagnostic.related)
    sources = list(dict.fromkeys(mark.span.source for mark in marks))
    numbers = [mark.span.line for mark in marks if mark.span.source.text is not None]
    margin = " " * len(str(max(numbers, default=1)))
    lines = [f"{diagnostic.level}[{diagnostic.code}]: {diagnostic.message}"]
    for source in sources:
        arrow = "-->" if source == diagnostic.primary.source else ":::"
        of_source = [mark for mark in marks if mark.span.source == source]
        lines += _listing(source, of_source, arrow, margin)
    for note in diagnostic.notes:
        lines += _remark("note", note, margin)
    for help_ in diagnostic.helps:
        lines += _remark("help", help_.text, margin)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _listing(source: Source, marks: Sequence[_Mark], arrow: str, margin: str) -> list[str]:
    """The place of the first mark, and every marked line in file order."""
    if source.text is None:
        texts = [f": {mark.text}" for mark in marks if mark.text] or [""]
        return [f"{margin}{arrow} {source.name}{text}" for text in texts]
    first = marks[0].span
    lines = [f"{margin}{arrow} {source.name}:{first.line}:{first.column}", f"{margin} |"]
    previous = 0
    for number in sorted({mark.span.line for mark in marks}):
        if previous and number > previous + 1:
            lines.append("...")
        previous = number
        of_line = [mark for mark in marks if mark.span.line == number]
        text, rows = _marked_line(source.line(number), of_line)
        lines.append(f"{number:>{len(margin)}} | {text}")
        lines += (f"{margin} | {row}" for row in rows)
    return lines


def _marked_line(text: str, marks: Sequence[_Mark]) -> tuple[str, list[str]]:
    """A line of source as it is shown, and the rows under it.

    All marks share one row; the label of the rightmost stands behind it, the others hang below
    their marks.
    """
    text, offset = _cut(_visible(text), [mark.span.column - 1 for mark in marks])
    ruler: list[str] = []
    hanging: list[tuple[int, str]] = []
    for mark in sorted(marks, key=lambda mark: (mark.sign == "^", mark.span.start)):
        start = min(mark.span.column - 1 - offset, len(text))
        end = max(start + 1, min(start + mark.span.end - mark.span.start, len(text)))
        ruler += [" "] * (end - len(ruler))
        ruler[start:end] = mark.sign * (end - start)
        if mark.text:
            hanging.append((start, mark.text))
    rows = ["".join(ruler)]
    hanging.sort()
    if hanging and hanging[-1][0] >= len(rows[0].rstrip("^-")):
        rows[0] += f" {hanging.pop()[1]}"
    for index in reversed(range(len(hanging))):
        column, label = hanging[index]
        pipes = _pipes([start for start, _ in hanging[: index + 1]])
        rows += [pipes, pipes[:column] + label]
    return text, rows


def _pipes(columns: Sequence[int]) -> str:
    row = [" "] * (max(columns) + 1)
    for column in columns:
        row[column] = "|"
    return "".join(row)


def _cut(text: str, columns: Sequence[int]) -> tuple[str, int]:
    """A part of a long line that shows its first mark, and how many characters it lacks in front.

    The offset is such that a column of the whole line, less the offset, is one of the part.
    """
    if len(text) <= MOST_COLUMNS:
        return text, 0
    start = max(0, min(columns) - MOST_COLUMNS // 2)
    part = text[start : start + MOST_COLUMNS]
    if start + MOST_COLUMNS < len(text):
        part += " ..."
    return (f"... {part}", start - 4) if start else (part, 0)


def _visible(text: str) -> str:
    """One printable character for each: tabs are blanks, what a terminal would act on is marked."""
    text = text.replace("\t", " ")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _remark(kind: str, text: str, margin: str) -> list[str]:
    """`= note: ...`; further lines of the text are indented below the first."""
    first, *rest = text.split("\n")
    indent = " " * (len(margin) + len(f" = {kind}: "))
    return [f"{margin} = {kind}: {first}", *(f"{indent}{line}" for line in rest)]
