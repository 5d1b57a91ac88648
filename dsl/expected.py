"""What was found and what could stand there instead, in words."""

from __future__ import annotations

from typing import Final

from sfdfa_compiler.dsl import messages
from sfdfa_compiler.dsl.grammar import END, Token
from sfdfa_compiler.dsl.layout import OPERATORS
from sfdfa_compiler.dsl.machine import Machine
from sfdfa_compiler.dsl.report import Report

VALUE_BEGINS: Final = frozenset(["NAME", "NUMBER", "QUANTITY", "TEXT", "MINUS", "LPAR", "LSQB"])
_WORDS: Final = {
    "NAME": "a name",
    "OP": "`=`",
    "DOT": "`.`",
    "COMMA": "`,`",
    "LSQB": "`[`",
    "LPAR": "`(`",
    "LBRACE": "`{`",
    "TEXT": "a text",
    "NUMBER": "a number",
    "RSQB": "`]`",
    "RPAR": "`)`",
}


def report_unexpected(machine: Machine, token: Token, report: Report) -> None:
    """Say that a token cannot stand here, and what could."""
    expected = expectation(machine)
    if token.kind == END:
        report.add(messages.ENDS_TOO_EARLY, token, expected=expected)
    else:
        report.add(messages.UNEXPECTED, token, found=found(token), expected=expected)


def found(token: Token) -> str:
    """A token in the words of a message."""
    ends_line = token.kind == "SEP" and token.text != ","
    return "the end of the line" if ends_line else f"`{token.text}`"


def expectation(machine: Machine) -> str:
    """What could follow, in words: `an operator or the end of the statement`."""
    kinds = machine.expected()
    words = []
    if kinds >= VALUE_BEGINS:
        words.append("a value")
        kinds -= VALUE_BEGINS | {"NUMBER"}
    if kinds & OPERATORS:
        words.append("an operator")
    words += [word for kind, word in _WORDS.items() if kind in kinds]
    if kinds & {"SEP", "RBRACE", END}:
        words.append("the end of the statement")
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
