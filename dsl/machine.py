"""The LALR(1) machine: shifts tokens, and reduces them to nodes of the tree."""

from __future__ import annotations

from typing import Any

from sfdfa_compiler.dsl.build import Builder
from sfdfa_compiler.dsl.grammar import END, Grammar, Reduction, Token


class Machine:
    """A stack of states beside a stack of what was read."""

    def __init__(self, grammar: Grammar, builder: Builder) -> None:
        """Stand at the start of the text."""
        self.actions = grammar.actions
        self.terminals = (*grammar.terminals, END)
        self.builder = builder
        self.states = [grammar.start]
        self.values: list[Any] = []

    def feed(self, token: Token) -> bool:
        """Shift a token, after the reductions that it asks for. False: it cannot stand here."""
        actions, states = self.actions, self.states
        while isinstance(action := actions[states[-1]].get(token.kind), Reduction):
            self._reduce(action)
        if action is None:
            return False
        states.append(action)
        self.values.append(token)
        return True

    def takes(self, *kinds: str, back: int = 0) -> bool:
        """Whether these terminals could follow, one after the other, if `back` symbols were not."""
        actions, states = self.actions, self.states[: len(self.states) - back]
        for kind in kinds:
            while isinstance(action := actions[states[-1]].get(kind), Reduction):
                del states[len(states) - action.size :]
                states.append(actions[states[-1]][action.symbol])  # type: ignore[arg-type]
            if action is None:
                return False
            states.append(action)
        return True

    def is_last(self, token: Token) -> bool:
        """Whether this token was shifted last, and nothing reduced since."""
        return bool(self.values) and self.values[-1] is token

    def back(self) -> Any:  # noqa: ANN401 - a token or a node
        """Forget the last symbol, and return it."""
        self.states.pop()
        return self.values.pop()

    def give_up(self) -> list[Any]:
        """Go back to the beginning of the statement; what was read of it, in order.

        A block that is closed already goes as a whole: the statement around it is given up.
        """
        dropped: list[Any] = []
        closed = 0
        while closed or "BROKEN" not in self.actions[self.states[-1]]:
            value = self.back()
            if isinstance(value, Token):
                closed += (value.kind == "RBRACE") - (value.kind == "LBRACE" and closed > 0)
            dropped += reversed(value) if isinstance(value, _Run) else [value]
        return dropped[::-1]

    def expected(self) -> set[str]:
        """The terminals that could follow."""
        return {kind for kind in self.terminals if self.takes(kind)}

    def _reduce(self, reduction: Reduction) -> None:
        symbol, size, node = reduction
        states, values = self.states, self.values
        if size != 1 or node:
            cut = len(values) - size
            parts = values[cut:]
            del values[cut:]
            values.append(self._node(node, parts) if node else _run(parts))
        del states[len(states) - size :]
        states.append(self.actions[states[-1]][symbol])  # type: ignore[arg-type]

    def _node(self, node: str, parts: list[Any]) -> Any:  # noqa: ANN401
        flat: list[Any] = []
        for part in parts:
            if isinstance(part, _Run):
                flat += part
            else:
                flat.append(part)
        return getattr(self.builder, node)(flat)


class _Run(list[Any]):
    """Repeated parts of a node that is not complete yet."""


def _run(parts: list[Any]) -> _Run:
    head, *tail = parts
    run = head if isinstance(head, _Run) else _Run([head])
    run += tail
    return run
