"""What to do when the parser meets a token that cannot stand here.

A repair puts in what is missing, takes a token for another, or leaves one out. What is put in lets
the parser take the token at hand; where nothing does, the statement is given up. So every step goes
on in the text, and none looks beyond its statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sfdfa_compiler.dsl import messages
from sfdfa_compiler.dsl.build import split_quantity
from sfdfa_compiler.dsl.expected import VALUE_BEGINS, expectation, found, report_unexpected
from sfdfa_compiler.dsl.grammar import END, Token
from sfdfa_compiler.dsl.layout import NETWORK_STATEMENTS, OPERATORS
from sfdfa_compiler.dsl.machine import Machine
from sfdfa_compiler.dsl.report import Fix, Report
from sfdfa_compiler.units import ELECTRICAL, SPELLED_OUT, UNITS

_NUMBERS: Final = ("NUMBER", "QUANTITY")
_KNOWN_UNITS: Final = frozenset((*UNITS, *ELECTRICAL, *SPELLED_OUT))


class Repairer:
    """Mends one text while a machine reads it."""

    def __init__(self, machine: Machine, tokens: Sequence[Token], report: Report) -> None:
        """Mend what `machine` cannot read of `tokens`."""
        self.machine = machine
        self.tokens = tokens
        self.report = report
        self.poisoned: set[str] = set()  # names that statements given up define
        self._mends: tuple[Callable[[int, Token, Token, Token], int | None], ...] = (
            self._two_operators,
            self._line_ends,
            self._no_value,
            self._unit_is_a_name,
            self._modulo,
            self._no_times,
            self._name_from_digit,
            self._no_equals,
            self._no_brackets,
            self._no_comma,
            self._run_together,
            self._two_names,
            self._surplus,
        )

    def repair(self, index: int) -> int:
        """Make the machine go on at token `index`, or behind it; returns where."""
        first = Token("SEP", "", 0, 0)
        before = self.tokens[index - 1] if index else first
        token = self.tokens[index]
        after = self.tokens[min(index + 1, len(self.tokens) - 1)]
        for mend in self._mends:
            goes_on = mend(index, before, token, after)
            if goes_on is not None:
                return goes_on
        return self._give_up(index)

    def _insert(self, kind: str, text: str, at: int) -> None:
        self.machine.feed(Token(kind, text, at, at))

    # ------------------------------------------------------------ one method for each mistake

    def _two_operators(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        if before.kind != "OP" or token.kind != "OP":
            return None
        self.report.add(messages.TWO_OPERATORS, token, first=before.text, second=token.text)
        return index + 1

    def _line_ends(self, index: int, before: Token, token: Token, after: Token) -> int | None:
        """`tau = 1 ms +` and the rest on the next line."""
        breaks = token.kind == "SEP" and token.text != "," and before.kind in OPERATORS
        if not breaks or after.kind not in VALUE_BEGINS:
            return None
        self.report.add(messages.LINE_ENDS, before, word=before.text)
        if after.kind != "NAME" or self._indent(after) > self._indent(before):
            return index + 1
        self._insert("MISSING", "", before.end)
        return index

    def _no_value(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        if token.kind in VALUE_BEGINS or not self.machine.takes("MISSING", token.kind):
            return None
        if token.kind == "COMMA" and before.kind in ("LPAR", "LSQB"):
            where, word = "before", token
        else:
            where, word = "after", before
        self.report.add(messages.NO_VALUE, word, where=where, word=word.text)
        self._insert("MISSING", "", before.end)
        return index

    def _unit_is_a_name(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        """`latency = 1 weight = fix(8)`: `weight` was read as a unit."""
        if before.kind != "QUANTITY" or not self.machine.is_last(before):
            return None
        number, unit = split_quantity(before)
        shape = unit.text in ("x", "X") and token.kind in _NUMBERS  # 28 x 28
        if not shape and (not unit.text[0].isalpha() or unit.text in _KNOWN_UNITS):
            return None
        kinds = (token.kind,) if shape else ("NAME", token.kind)
        for separator in ("COMMA", "SEP"):
            if self.machine.takes("NUMBER", separator, *kinds, back=1):
                break
        else:
            return None
        self.machine.back()
        self.machine.feed(number)
        self._insert(separator, ",", unit.start)
        fixes = [(number.end, number.end, ",")]
        if shape:
            fixes = [(number.end, token.start, ", ")]
            instead = f"{number.text}, {token.text}"
            self.report.add(messages.SHAPE, token, edits=fixes, instead=instead)
            return index
        rule = messages.RUN_TOGETHER if separator == "SEP" else messages.NO_COMMA
        self.report.add(rule, unit, edits=fixes, word=unit.text)
        self.machine.feed(unit)
        return index

    def _modulo(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        is_share = before.kind == "QUANTITY" and before.text.endswith("%")
        if not is_share or token.kind not in (*_NUMBERS, "LPAR"):
            return None
        if not self.machine.takes("STAR", token.kind):
            return None
        self.report.add(messages.NO_MODULO, before, word=before.text)
        self._insert("STAR", "*", token.start)
        return index

    def _no_times(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        """`2 (a + b)`."""
        ends = (*_NUMBERS, "RPAR")
        if (
            before.kind not in ends
            or token.kind != "LPAR"
            or not self.machine.takes("STAR", "LPAR")
        ):
            return None
        fixes: list[Fix] = [(before.end, token.start, " * ")]
        self.report.add(messages.NO_TIMES, token, edits=fixes, left=before.text)
        self._insert("STAR", "*", token.start)
        return index

    def _name_from_digit(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        """`layer 2hidden[100]`."""
        if token.kind not in _NUMBERS or not self.machine.takes("NAME"):
            return None
        number, unit = split_quantity(token)
        touches = unit.text and number.end == unit.start and unit.text not in _KNOWN_UNITS
        if not touches and before.text not in NETWORK_STATEMENTS:
            return None
        instead = f"{unit.text}{number.text}" if unit.text else f"{before.text}{number.text}"
        self.report.add(
            messages.NAME_FROM_DIGIT, token, group=token.text, word=token.text, instead=instead
        )
        self.machine.feed(token._replace(kind="NAME"))
        return index + 1

    def _no_brackets(self, index: int, before: Token, token: Token, after: Token) -> int | None:
        """`layer hidden 800 {`."""
        shaped = before.kind == "NAME" and token.kind == "NUMBER"
        if not shaped or not self.machine.takes("LSQB", "NUMBER", "RSQB", after.kind):
            return None
        fixes: list[Fix] = [(before.end, token.end, f"[{token.text}]")]
        self.report.add(messages.NO_SHAPE, token, edits=fixes, lengths=token.text)
        self._insert("LSQB", "[", token.start)
        self.machine.feed(token)
        self._insert("RSQB", "]", token.end)
        return index + 1

    def _no_equals(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        if before.kind != "NAME" or token.kind not in _NUMBERS:
            return None
        if not self.machine.takes("OP", token.kind):
            return None
        fixes: list[Fix] = [(before.end, before.end, " =")]
        self.report.add(messages.NO_EQUALS, token, edits=fixes, name=before.text, value=token.text)
        self._insert("OP", "=", token.start)
        return index

    def _no_comma(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        if token.kind not in VALUE_BEGINS or not self.machine.takes("COMMA", token.kind):
            return None
        fixes: list[Fix] = [(before.end, before.end, ",")]
        self.report.add(messages.NO_COMMA, token, edits=fixes, word=token.text)
        self._insert("COMMA", ",", token.start)
        return index

    def _run_together(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        if token.kind != "NAME" or not self.machine.takes("SEP", "NAME"):
            return None
        fixes: list[Fix] = [(before.end, before.end, ",")]
        self.report.add(messages.RUN_TOGETHER, token, edits=fixes, word=token.text)
        self._insert("SEP", ",", token.start)
        return index

    def _two_names(self, index: int, before: Token, token: Token, _: Token) -> int | None:
        """`float tau = 1 ms`."""
        if token.kind != "OP" or before.kind != "NAME":
            return None
        start = index - 1
        while start and self.tokens[start - 1].kind == "NAME":
            start -= 1
        names = self.tokens[start:index]
        if len(names) < 2 or names[0].text in NETWORK_STATEMENTS:
            return None
        dropped = self.machine.give_up()
        if dropped != names or not self.machine.takes("NAME", "OP"):
            return self._give_up(index, dropped)
        self.report.add(
            messages.TWO_NAMES,
            names[0]._replace(end=before.end),
            edits=[(names[0].start, before.start, "")],
            operator=token.text,
            count=len(names),
            name=before.text,
        )
        self.machine.feed(before)
        return index

    def _surplus(self, index: int, _: Token, token: Token, after: Token) -> int | None:
        """One token too many: left out if the next one fits."""
        if token.kind in ("SEP", "LBRACE", "RBRACE", "LPAR", "RPAR", "LSQB", "RSQB", END):
            return None
        if not self.machine.takes(after.kind):
            return None
        self.report.add(
            messages.SURPLUS,
            token,
            edits=[(token.start, token.end, "")],
            found=found(token),
            expected=expectation(self.machine),
        )
        return index + 1

    # ------------------------------------------------------------ giving up

    def _give_up(self, index: int, dropped: list[object] | None = None) -> int:
        """Leave the statement out; goes on at the separator or `}` behind it."""
        token = self.tokens[index]
        report_unexpected(self.machine, token, self.report)
        dropped = self.machine.give_up() if dropped is None else dropped
        names = [
            part.text for part in dropped[:2] if isinstance(part, Token) and part.kind == "NAME"
        ]
        self.poisoned.update(names[-1:])  # `tau = ...`, `layer hidden ...`
        depth, end = 0, index
        while (kind := self.tokens[end].kind) != END:
            if not depth and kind in ("SEP", "RBRACE"):
                break
            depth += (kind == "LBRACE") - (kind == "RBRACE")
            end += 1
        first = dropped[0] if dropped else token
        start = first.start if isinstance(first, Token) else first.span.start  # type: ignore[attr-defined]
        stop = self.tokens[end - 1].end if end > index else token.start
        self.machine.feed(Token("BROKEN", "", start, stop))
        return end

    def _indent(self, token: Token) -> int:
        """How far the line of a token is indented."""
        line = self.report.source.line(self.report.span(token.start, token.end).line)
        return len(line) - len(line.lstrip())
