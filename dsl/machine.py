"""The LALR(1) machine: shifts tokens, reduces them to nodes of the tree."""

from __future__ import annotations

from typing import Any

from sfdfa_compiler.dsl.build import Builder
from sfdfa_compiler.dsl.grammar import END, Grammar, Reduction, Token


class Machine:
    """A stack of states beside a stack of what was read."""

    def __init__(self, grammar: Grammar, builder: Builder) -> None:
        """Stand at the start of the text."""
        self.grammar = grammar
        self.builder = builder
        self.states = [grammar.start]
        self.values: list[Any] = []

    def feed(self, token: Token) -> bool:
        """Shift a token, after the reductions that it asks for. False: it cannot stand here."""
        actions, states = self.grammar.actions, self.states
        while isinstance(action := actions[states[-1]].get(token.kind), Reduction):
            self._reduce(action)
        if action is None:
            return False
        states.append(action)
        self.values.append(token)
        return True

    def finish(self) -> Any | None:  # noqa: ANN401 - the node of the start symbol
        """Take the end of the text; the node of the start symbol, or None if more must follow."""
        actions, states = self.grammar.actions, self.states
        while states[-1] != self.grammar.accept:
            action = actions[states[-1]].get(END)
            if not isinstance(action, Reduction):
                return None
            self._reduce(action)
        return self.values[-1]

    def _reduce(self, reduction: Reduction) -> None:
        symbol, size, node = reduction
        states, values = self.states, self.values
        if size != 1 or node:
            cut = len(values) - size
            parts = values[cut:]
            del values[cut:], states[len(states) - size :]
            values.append(self._node(node, parts) if node else _run(parts))
        else:
            states.pop()
        after = self.grammar.actions[states[-1]][symbol]
        states.append(after)  # type: ignore[arg-type]  # symbols are only ever shifted

    def _node(self, node: str, parts: list[Any]) -> Any:  # noqa: ANN401
        flat = []
        for part in parts:
            if isinstance(part, _Run):
                flat += part
            else:
                flat.append(part)
        return getattr(self.builder, node)(flat)

    def takes(self, *kinds: str) -> bool:
        """Whether the machine would take these terminals, one after the other."""
        actions, states = self.grammar.actions, list(self.states)
        for kind in kinds:
            while isinstance(action := actions[states[-1]].get(kind), Reduction):
                del states[len(states) - action.size :]
                states.append(actions[states[-1]][action.symbol])
            if action is None:
                return False
            states.append(action)
        return True


class _Run(list[Any]):
    """Repeated parts of a node that is not complete yet."""


def _run(parts: list[Any]) -> _Run:
    head, *tail = parts
    run = head if isinstance(head, _Run) else _Run([head])
    run += tail
    return run
