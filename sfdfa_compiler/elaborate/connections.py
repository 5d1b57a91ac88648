"""Connections between populations: `from SOURCE dense(...)` in the block of a layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Label
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import CallForm
from sfdfa_compiler.dsl.forms import CONNECTIONS
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import Settings, Wrong
from sfdfa_compiler.elaborate.settings import complete, read_call
from sfdfa_compiler.elaborate.shapes import Shape, check_shapes
from sfdfa_compiler.elaborate.state import State


@dataclass(slots=True)
class Connection:
    """A `from` statement that was read: where it comes from and leads to, and how."""

    source: tree.Word
    target: str
    kind: tree.Word
    form: CallForm
    settings: Settings


def read_connection(
    state: State, layer: tree.Word, item: tree.Item, earlier: Sequence[tree.Item]
) -> Connection:
    """`from SOURCE dense(...)`; `earlier` are the other sources of the layer so far.

    Raises:
        Wrong: If something in it is wrong.
    """
    _, source, kind = item.words
    for other in earlier:
        if other.words[1].text == source.text:
            first = Label(other.words[1].span, "first here")
            what = f"the source `{source}`"
            state.fail(messages.TWICE.at(source.span, what=what, related=[first]))
    if earlier:
        state.ask("second_source", item.words[0].span)
    form = CONNECTIONS.get(kind.text)
    with suppress(Wrong):
        state.find(source, "input", "layer")
    if form is None:
        state.unknown(messages.UNKNOWN_NAME, kind, CONNECTIONS, kind="connection", name=kind.text)
    if form.feature:
        state.ask(form.feature, kind.span)
    written = read_call(state, item.args, form)
    settings = complete(state, f"`{kind}`", written, form.settings, kind.span)
    if state.definitions[layer.text].word is not layer:
        raise Wrong  # a second layer of that name
    return Connection(source, layer.text, kind, form, settings)


def projections(
    state: State, connections: Iterable[Connection], shapes: Mapping[str, Shape]
) -> list[ir.Projection]:
    """The connections as the IR has them, by target layer; what does not fit is reported.

    `shapes` are those of all populations whose shape is right.
    """
    found = []
    for connection in connections:
        with suppress(Wrong):
            found.append(_projection(state, connection, shapes))
    return found


def _projection(state: State, connection: Connection, shapes: Mapping[str, Shape]) -> ir.Projection:
    settings, layer = connection.settings, connection.target
    projection = ir.Projection(
        source=connection.source.text,
        target=layer,
        weight=settings.weights("weight", f"{layer}/weight"),
        learn=settings.word("learn") == "true",
        spans={
            "source": connection.source.span,
            "kind": connection.kind.span,
            **settings.spans,
        },
    )
    source, target = shapes.get(projection.source), shapes.get(layer)
    if source is None or target is None:
        raise Wrong
    check_shapes(state, connection.form.word, settings, projection, source, target)
    return projection


def find_cycles(state: State, connections: Sequence[Connection]) -> None:
    """Record each cycle of the connections as a feature, with its path."""
    graph = ir.digraph((), ())
    graph.add_edges_from((connection.source.text, connection.target) for connection in connections)
    for path in ir.cycles(graph):
        links = set(pairwise(path))
        first = next(
            connection
            for connection in connections
            if (connection.source.text, connection.target) in links
        )
        state.ask("cycle", first.source.span, " -> ".join(path))
