"""The brackets that are open, and how deep the tree of the current value will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sfdfa_compiler.dsl import messages
from sfdfa_compiler.dsl.grammar import Token
from sfdfa_compiler.dsl.report import Report

MOST_NESTING: Final = 200

CLOSER: Final = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}


@dataclass(slots=True)
class Bracket:
    """One that waits for its partner."""

    token: Token
    indent: int  # of its line
    depth: int  # inside it
    deepest: int  # of the values inside it that are complete

    @property
    def closer(self) -> str:
        """The terminal that closes it."""
        return CLOSER[self.token.kind]


class Nesting:
    """A stack of brackets that counts brackets and operators, so that no tree is too deep.

    An operator makes the tree of its left side one deeper, whatever that is: so within a value the
    count only grows. The next value begins at the depth of the bracket around it.
    """

    def __init__(self, report: Report) -> None:
        """Nothing is open."""
        self.report = report
        self.brackets: list[Bracket] = []
        self.depth = 0

    @property
    def within(self) -> bool:
        """Whether we are inside `( )` or `[ ]`."""
        return bool(self.brackets) and self.brackets[-1].token.kind != "LBRACE"

    def deeper(self, token: Token) -> None:
        """Count a bracket or an operator.

        Raises:
            Stop: If it is one too many.
        """
        self.depth += 1
        if self.depth > MOST_NESTING:
            span = self.report.span(token.start, token.end)
            self.report.stop(messages.TOO_DEEP, span, most=MOST_NESTING)

    def value_ends(self) -> None:
        """A comma, a separator or an `=` is reached."""
        if self.brackets:
            around = self.brackets[-1]
            around.deepest = max(around.deepest, self.depth)
            self.depth = around.depth
        else:
            self.depth = 0

    def push(self, token: Token, indent: int) -> None:
        """Open a bracket."""
        self.deeper(token)
        self.brackets.append(Bracket(token, indent, self.depth, self.depth))

    def pop(self) -> Bracket:
        """Close the innermost bracket."""
        self.value_ends()
        bracket = self.brackets.pop()
        self.depth = bracket.deepest
        return bracket
