"""Constants that need each other in a circle: no order of their lines would do."""

from __future__ import annotations

from collections.abc import Iterator, Set

import networkx as nx

from sfdfa_compiler.dsl import tree
from sfdfa_compiler.elaborate.state import State


def circle(state: State, name: str) -> list[str]:
    """The shortest way from a constant back to itself, with `name` at both ends.

    Empty if there is none. All constants that hang together with it count as read after that, so
    that one circle is one error.
    """
    if state.circles is None:
        state.circles = _circles(state)
    together = state.circles.get(name)
    if together is None:
        return []
    for other in together:
        state.definitions[other].reached = True
    needed_by: dict[str, str] = {}  # the constant before each, on the shortest way from `name`
    reached = [name]
    for other in reached:  # grows while it is read
        for word in _needs(state, other):
            if word in together and word not in needed_by:
                needed_by[word] = other
                reached.append(word)
    way = [name, needed_by[name]]
    while way[-1] != name:
        way.append(needed_by[way[-1]])
    return way[::-1]


def _circles(state: State) -> dict[str, Set[str]]:
    """For each constant that needs itself: all that it needs and that need it."""
    graph = nx.DiGraph()
    constants = state.named("constant")
    graph.add_nodes_from(constants)
    graph.add_edges_from((name, word) for name in constants for word in _needs(state, name))
    return {
        name: part
        for part in nx.strongly_connected_components(graph)
        for name in part
        if len(part) > 1 or graph.has_edge(name, name)
    }


def _needs(state: State, name: str) -> Iterator[str]:
    """The constants that stand in the value of a constant, in the order of the text."""
    written = state.definitions[name].written
    rest: list[tree.Argument] = [written] if written else []
    while rest:
        match rest.pop():
            case tree.Name(word):
                if state.is_a("constant", word.text):
                    yield word.text
            case tree.Call(word, args):
                rest += reversed(args)
                if state.is_a("constant", word.text):
                    yield word.text
            case tree.Setting(value=value) | tree.Negation(value):
                rest.append(value)
            case tree.Binary(_, left, right):
                rest += (right, left)
            case tree.Listing(items):
                rest += reversed(items)
            case _:
                pass
