"""Text to tokens. What is no token is reported, and replaced by what was meant where that is clear.

The grammar holds what the language has. What people bring along from other languages (`==`, `:`,
`**`, `//`, other quotes, letters beyond ASCII) is known here only, to be refused with advice.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from sfdfa_compiler.dsl import messages
from sfdfa_compiler.dsl.grammar import Token, grammar
from sfdfa_compiler.dsl.report import Report

MOST_NUMBER: Final = 60  # characters of a number, without its unit
MOST_TOKENS: Final = 250_000  # a second's work; 1 MiB of weights has about as many

_UNIT: Final = r"[ \t]*(?:%|[A-Za-z\u00b5\u03bc]\w*)?"
_BEFORE: Final = {  # mistakes that begin like something in the grammar
    "FRACTION": rf"(?<![\w)\]])\.[0-9][\w.]*{_UNIT}",
    "POINT": rf"[0-9][0-9_]*\.(?![0-9]){_UNIT}",
    "SIGN": r"==+|\*\*",
    "SLASHES": r"//[^\r\n]*|/\*[^\r\n]*",
}
_AFTER: Final = {  # mistakes that nothing in the grammar begins like
    "OPEN_TEXT": r'"[^"#\r\n]*',
    "QUOTES": r"'[^'\r\n]*'|[“”„][^“”„\r\n]*[“”„]",
    "FOREIGN": r"[^\W\d]\w*",
    "GOES_ON": r"\\[ \t]*\r?\n",
    "COLON": r":(?=[ \t]*(?:[{#\r\n]|\Z))",
    "OTHER_SIGN": r":=?|<|>=?|[≤≥×·∙−–—]",  # noqa: RUF001
    "SEMICOLON": ";",
}
_MEANT: Final = {  # by a foreign sign
    **dict.fromkeys(("==", ":", ":="), "="),
    **dict.fromkeys(("<", ">", ">=", "≤", "≥"), "<="),
    **dict.fromkeys(("×", "·", "∙"), "*"),
    **dict.fromkeys(("−", "–", "—"), "-"),  # noqa: RUF001
    "**": "^",
}
_WHY: Final = {
    "=": "one `=` sets a value; nothing is compared",
    "<=": "only an upper bound can be promised",
}
_ADVICE: Final = {  # where leaving it out is no help
    ".": "write a point between two digits only",
    "%": "write a number before it, as in `10 %`; there is no modulo",
    "'": 'write a text between double quotes: `"..."`',
    "\\": "put the value into `( )`: inside brackets it may go on in the next line",
}
_DIGITS = re.compile(r"[0-9._]+(?:[eE][+-]?[0-9]+)?")
_SHAPE = re.compile(r"[0-9]+[ \t]*(?:[xX][0-9]+)+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # surrogates: bytes that were not UTF-8


@cache
def _pattern() -> re.Pattern[str]:
    *terminals, unknown = grammar("file").terminals.items()
    named = {**_BEFORE, **dict(terminals), **_AFTER, **dict([unknown])}
    return re.compile("|".join(f"(?P<{name}>{regex})" for name, regex in named.items()))


def scan(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[Token]:
    """Everything in a text, or a part of it, but blanks and the byte order mark in front."""
    if not start and text.startswith("\ufeff"):
        start = 1
    for match in _pattern().finditer(text, start, end):
        if match.lastgroup != "BLANK":
            yield Token(match.lastgroup or "", match.group(), match.start(), match.end())


class Lexer:
    """Reads one text."""

    def __init__(self, report: Report, *, paths: bool = False) -> None:
        """Get ready.

        Args:
            report: Takes what is wrong; knows the text.
            paths: Whether `.` joins names, as in what follows `--set`.
        """
        self.report = report
        self.text = report.source.text or ""
        self.paths = paths
        self.out: list[Token] = []

    def tokens(self) -> list[Token]:
        """The tokens, without blanks and comments; line breaks are tokens (SEP)."""
        for match in _NOT_TEXT.finditer(self.text):  # in comments and texts too
            self._unknown(Token("UNKNOWN", match.group(), *match.span()))
        out = self.out
        closer = self._closer()
        for token in scan(self.text):
            kind = token.kind
            if kind == "COMMENT":
                continue
            if kind in closer:
                closer[kind](token)
            else:
                out.append(token)
            if len(out) > MOST_TOKENS:
                span = self.report.span(token.start, token.end)
                self.report.stop(messages.TOO_LONG, span, most=f"{MOST_TOKENS:,}")
        return out

    def _closer(self) -> dict[str, Callable[[Token], None]]:
        """What takes a closer look at which kind of token."""
        return {
            "NUMBER": self._number,
            "QUANTITY": self._quantity,
            "FRACTION": self._fraction,
            "POINT": self._point,
            "OPEN_TEXT": self._open_text,
            "QUOTES": self._quotes,
            "FOREIGN": self._foreign,
            "SIGN": self._sign,
            "OTHER_SIGN": self._sign,
            "SLASHES": self._slashes,
            "COLON": self._colon,
            "GOES_ON": self._goes_on,
            "DOT": self._dot,
            "UNKNOWN": self._unknown,
        }

    # ------------------------------------------------------------ numbers

    def _number(self, token: Token) -> None:
        count = len(token.text)
        if count > MOST_NUMBER:
            match = _DIGITS.match(token.text)
            count = match.end() if match else 0
        if count > MOST_NUMBER:
            self.report.add(messages.LONG_NUMBER, token, most=MOST_NUMBER, count=count)
            token = token._replace(kind="MISSING")
        self.out.append(token)

    def _quantity(self, token: Token) -> None:
        lengths = re.findall("[0-9]+", token.text) if self._is_shape(token) else []
        if not lengths:
            self._number(token)
            return
        instead = ", ".join(lengths)
        edits = [(token.start, token.end, instead)]
        self.report.add(messages.SHAPE, token, edits=edits, instead=instead)
        for length in lengths:
            self.out.append(token._replace(kind="NUMBER", text=length))
            self.out.append(token._replace(kind="COMMA", text=","))
        self.out.pop()

    def _is_shape(self, token: Token) -> bool:
        """`[28x28`."""
        after_bracket = bool(self.out) and self.out[-1].kind == "LSQB"
        return after_bracket and _SHAPE.fullmatch(token.text) is not None

    def _fraction(self, token: Token) -> None:
        self._completed_number(token, "0" + token.text, token.start)

    def _point(self, token: Token) -> None:
        digits, unit = token.text.split(".")
        self._completed_number(token, f"{digits}.0{unit}", token.start + len(digits) + 1)

    def _completed_number(self, token: Token, instead: str, at: int) -> None:
        """A number with a 0 put in at a place of the text."""
        self.report.add(messages.POINT, token, edits=[(at, at, "0")], instead=instead)
        match = _pattern().fullmatch(instead)
        is_number = match is not None and match.lastgroup in ("NUMBER", "QUANTITY")
        kind = match.lastgroup if match and is_number else "MISSING"
        self.out.append(token._replace(kind=kind or "", text=instead))

    # ------------------------------------------------------------ texts and names

    def _open_text(self, token: Token) -> None:
        text = token.text.rstrip(") \t]},;")  # these belong to what is around it
        end = token.start + len(text)
        instead = text + '"'
        self.report.add(messages.OPEN_TEXT, token, edits=[(end, end, '"')], instead=instead)
        self.out.append(Token("MISSING", text, token.start, end))
        self.out += scan(self.text, end, token.end)

    def _quotes(self, token: Token) -> None:
        text = '"' + token.text[1:-1].replace('"', "") + '"'
        edits = [(token.start, token.end, text)]
        self.report.add(messages.QUOTES, token, edits=edits, instead=text)
        self.out.append(token._replace(kind="TEXT", text=text))

    def _foreign(self, token: Token) -> None:
        instead = _in_ascii(token.text)
        edits = [(token.start, token.end, instead)] if instead else []
        self.report.add(
            messages.NOT_A_NAME,
            token,
            edits=edits,
            group=token.text,
            word=token.text,
            instead=f"`{instead}`" if instead else "another name",
        )
        self.out.append(token._replace(kind="NAME", text=instead or token.text))

    # ------------------------------------------------------------ signs

    def _sign(self, token: Token) -> None:
        sign = token.text
        instead = _MEANT.get(sign, "=")  # any number of = is meant as one
        before = self.text[token.start - 1 : token.start]
        blank = " " if sign[0] == ":" and before not in " \t" else ""
        self.report.add(
            messages.WRITTEN_ELSE,
            token,
            edits=[(token.start, token.end, blank + instead)],
            notes=[_WHY[instead]] if instead in _WHY and sign[0] != ":" else [],
            sign=sign,
            instead=instead,
        )
        match = _pattern().fullmatch(instead)
        kind = (match.lastgroup if match else None) or "UNKNOWN"
        self.out.append(token._replace(kind=kind, text=instead))

    def _slashes(self, token: Token) -> None:
        edits = [(token.start, token.start + 2, "#")] if token.text[1] == "/" else []
        self.report.add(messages.COMMENT, token, edits=edits, sign=token.text[:2])

    def _colon(self, token: Token) -> None:
        self.report.add(messages.COLON, token)

    def _goes_on(self, token: Token) -> None:
        self._unknown(token._replace(text="\\", end=token.start + 1))

    def _dot(self, token: Token) -> None:
        if self.paths:
            self.out.append(token)
        else:
            self._unknown(token)

    def _unknown(self, token: Token) -> None:
        """A character without a meaning, which is left out."""
        sign = token.text
        if sign == "\0":
            self.report.add(messages.NOT_TEXT, token)
            return
        instead = "\n" if sign == "\r" else " " if sign.isspace() else ""
        self.report.add(
            messages.LOOKS_BLANK if instead == " " else messages.NO_MEANING,
            token,
            edits=[] if sign in _ADVICE else [(token.start, token.end, instead)],
            sign=f"`{sign}`" if sign.isprintable() else _code_point(sign),
            advice=_ADVICE.get(sign, "write a line break" if instead == "\n" else "remove it"),
        )


def _in_ascii(word: str) -> str:
    """A name that says the same, such as `tau_syn` for a Greek one; "" if there is none."""
    letters = []
    for letter in unicodedata.normalize("NFKD", word.replace("\u00b5", "u")):
        kind, _, name = unicodedata.name(letter, "").replace("LAMDA", "LAMBDA").rpartition(" ")
        if letter.isascii():
            letters.append(letter)
        elif kind.startswith("GREEK"):
            letters.append(name.capitalize() if letter.isupper() else name.lower())
        elif not unicodedata.combining(letter):
            return ""
    name = "".join(letters).lstrip("_0123456789")
    return name if _NAME.fullmatch(name) else ""


def _code_point(sign: str) -> str:
    name = unicodedata.name(sign, "")
    return f"U+{ord(sign):04X}" + (f" ({name.lower()})" if name else "")
