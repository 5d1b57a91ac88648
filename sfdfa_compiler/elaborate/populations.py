"""Inputs and layers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Label, Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import Place, StatementForm, Takes
from sfdfa_compiler.dsl.forms import ENCODERS, SIZE, SPIKE_TIME
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.connections import Connection, read_connection
from sfdfa_compiler.elaborate.exact import Listed, Settings, Unresolved, Wrong, describe
from sfdfa_compiler.elaborate.expressions import evaluate, number
from sfdfa_compiler.elaborate.kinds import as_number, checked, require_ascending
from sfdfa_compiler.elaborate.settings import complete, model, read_call
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.elaborate.statements import body, items


@dataclass(slots=True)
class Populations:
    """The inputs, layers and connections of a network, as far as they are right."""

    nodes: dict[str, ir.Population] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)  # of all whose shape is right
    connections: list[Connection] = field(default_factory=list)
    count: int = 0  # of `layer` statements so far


def shape(state: State, written: tree.Listing | None) -> tuple[int, ...]:
    """The shape in `[ ]`.

    Raises:
        Wrong: If a size is no whole number from 1 on.
    """
    if written is None:
        raise Wrong

    def size(value: tree.Value) -> int:
        exact = number(state, value)
        return int(checked(state, "a size", SIZE, exact, value.span).value)

    if not written.items:
        state.fail(
            messages.WRONG_FORM.at(written.span, written="[28, 28]", difference="no size in it")
        )
    return tuple(state.each(size, written.items))


def read_input(state: State, populations: Populations, item: tree.Item) -> None:
    """`input NAME[shape] { encode ... }`."""
    name, before = item.words[1], len(state.diagnostics)
    encodes = [inner for inner, _ in items(state, item.block, Place.INPUT)]
    complain = _may_miss(state, item, before)
    _require_one(
        state, name, encodes, "`encode`", "encode ttfs(window = 100 ms)", complain=complain
    )
    encoder, settings = None, Settings()
    for inner in encodes[:1]:
        with suppress(Wrong):
            encoder, settings = _encoder(state, inner.words[1], inner.args)
    with suppress(Wrong):
        size = shape(state, item.shape)
        populations.shapes.setdefault(name.text, size)
        if encoder is None:
            raise Wrong
        spans = {**_spans(item), "encode": encodes[0].words[1].span, **settings.spans}
        node = ir.Input(name=name.text, shape=size, encoder=encoder, spans=spans)
        if isinstance(encoder, ir.Times) and len(encoder.times) != node.size:
            what, found = "the number of lists", f"{len(encoder.times)} lists"
            size_of = Label(name.span, f"{node.size} neurons")
            span = spans["encode"]
            advice = f"write {node.size} lists, one for each neuron"
            state.fail(
                messages.SHAPES.at(span, what=what, found=found, related=[size_of], advice=advice)
            )
        populations.nodes.setdefault(name.text, node)


def read_layer(state: State, populations: Populations, item: tree.Item) -> None:
    """`layer NAME[shape] { from SOURCE dense(...), MODEL(...) }`."""
    name, before = item.words[1], len(state.diagnostics)
    index, populations.count = populations.count, populations.count + 1
    found = list(items(state, item.block, Place.LAYER, *state.models))
    sources = [inner for inner, form in found if form.word == "from"]
    models = [(inner, form) for inner, form in found if form.word != "from"]
    example = "lif(tau_syn = 10 ms, threshold = 1)"
    complain = _may_miss(state, item, before)
    written = [inner for inner, _ in models]
    _require_one(state, name, written, "neuron model", example, complain=complain)
    if complain and not sources:
        _missing(state, name, "`from`", "from SOURCE dense(weight ~ uniform(-1, 1))")
    for position, inner in enumerate(sources):
        with suppress(Wrong):
            connection = read_connection(state, name, inner, sources[:position])
            populations.connections.append(connection)
    settings = None
    for inner, form in models[:1]:
        with suppress(Wrong):
            settings = _neuron(state, inner, form)
    with suppress(Wrong):
        size = shape(state, item.shape)
        populations.shapes.setdefault(name.text, size)
        if settings is None:
            raise Wrong
        node = ir.LifLayer(
            name=name.text,
            shape=size,
            index=index,
            tau_mem=settings.number("tau_mem"),
            tau_syn=settings.number("tau_syn"),
            threshold=settings.number("threshold"),
            max_spikes=settings.whole("max_spikes"),
            spans={**_spans(item), "model": models[0][0].words[0].span, **settings.spans},
        )
        populations.nodes.setdefault(name.text, node)


def _spans(item: tree.Item) -> dict[str, Span]:
    """Where the name and the shape of a population stand."""
    return {"name": item.words[1].span, **({"shape": item.shape.span} if item.shape else {})}


# ---------------------------------------------------------------- inside an input


def _encoder(
    state: State, word: tree.Word, args: Sequence[tree.Argument] | None
) -> tuple[ir.Encoder, Settings]:
    form = ENCODERS.get(word.text)
    if form is None:
        state.unknown(messages.UNKNOWN_NAME, word, ENCODERS, kind="encoder", name=word.text)
    if form.feature:
        state.ask(form.feature, word.span)
    written = read_call(state, args, form)
    settings = complete(state, f"`{word}`", written, form.settings, word.span)
    if form.takes is Takes.LISTS:
        values = [arg for arg in args or () if not isinstance(arg, tree.Setting)]
        return ir.Times(tuple(state.each(lambda value: _times(state, value), values))), settings
    if "window" in form.settings:
        return ir.Ttfs(settings.number("window")), settings
    return ir.Recorded(), settings  # for `rate` too: a feature that no target has


def _times(state: State, value: tree.Value) -> tuple[float, ...]:
    """One neuron's list of spike times, ascending."""
    exact = evaluate(state, value)
    if not isinstance(exact, Listed):
        found = describe(exact)
        advice = f"write `[{value.span.text}]`"
        state.fail(
            messages.WRONG_KIND.at(
                value.span,
                what="`times`",
                wanted="a list of times for each neuron",
                found=found,
                help=advice,
            )
        )
    times = [
        checked(state, "a spike time", SPIKE_TIME, as_number(state, item, span, "`times`"), span)
        for item, span in zip(exact.items, exact.spans, strict=True)
    ]
    require_ascending(state, "the spike times of a neuron", times, exact.spans)
    return tuple(time.nearest() for time in times)


# ---------------------------------------------------------------- inside a layer


def _neuron(state: State, item: tree.Item, form: StatementForm) -> Settings:
    """The settings of a layer's model, complete; `form` says what a misspelt one means."""
    word = item.words[0]
    if word.text not in state.definitions:
        word = tree.Word(form.word, word.span)
    written = Unresolved(word, item.args or ())
    found = model(state, written, word.span)
    settings = complete(
        state, f"`{found.form.word}`", found.settings, found.form.settings, word.span
    )
    if found.form.feature:  # a model that the IR cannot say yet: its layer is left out
        state.ask(found.form.feature, word.span)
        state.complete = False
        raise Wrong
    return settings


# ---------------------------------------------------------------- messages


def _may_miss(state: State, item: tree.Item, before: int) -> bool:
    """Whether what is not in a block is missing: something that is wrong in it may be meant.

    `before` is the number of messages before the block was read.
    """
    return len(state.diagnostics) == before and not _has_broken(state, item)


def _require_one(
    state: State,
    name: tree.Word,
    found: Sequence[tree.Item],
    what: str,
    example: str,
    *,
    complain: bool,
) -> None:
    """A block has exactly one statement of a kind; `complain` if there is none."""
    if not found and complain:
        _missing(state, name, what, example)
    for second in found[1:]:
        the = what if what.startswith("`") else f"the {what}"
        first = Label(found[0].words[0].span, "first here")
        state.report(messages.TWICE.at(second.words[0].span, what=the, related=[first]))


def _missing(state: State, name: tree.Word, what: str, written: str) -> None:
    state.report(
        messages.MISSING_STATEMENT.at(name.span, owner=f"`{name}`", what=what, written=written)
    )


def _has_broken(state: State, item: tree.Item) -> bool:
    """Whether a statement in the block could not be read: then it may be what is missing."""
    last = Span(item.span.source, item.span.end, item.span.end).line
    lines = range(item.span.line, last + 1)
    return bool(state.file.broken_lines.intersection(lines)) or any(
        isinstance(inner, tree.Broken) for inner in body(item.block)
    )
