"""Statements: which word begins one, and whether it is written in its form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sfdfa_compiler import explain
from sfdfa_compiler.diagnostics import Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import Need, Place, StatementForm
from sfdfa_compiler.dsl.forms import MODELS
from sfdfa_compiler.dsl.statements import statements
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import Wrong
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.ir import Allow


def body(block: tree.Block | None) -> tuple[tree.Statement, ...]:
    """The statements of a block that may be missing."""
    return block.statements if block else ()


def items(
    state: State, block: tree.Block | None, place: Place, *extra: str
) -> Iterator[tuple[tree.Item, StatementForm]]:
    """The statements of a block that are accepted; settings of inputs and layers are reported."""
    for statement in body(block):
        match statement:
            case tree.Item():
                form = accept(state, statement, block, place, *extra)
                if form:
                    yield statement, form
            case tree.Setting(name) if place in (Place.INPUT, Place.LAYER):
                _no_setting(state, name, place)
            case _:
                pass


def accept(
    state: State, item: tree.Item, block: tree.Block | None, place: Place, *extra: str
) -> StatementForm | None:
    """The form of a statement; None if it was reported, or if it is an `allow`.

    `extra` are words that the place knows besides its statements.
    """
    with suppress(Wrong):
        form = recognise(state, item, place, *extra)
        require_form(state, item, form)
        if form.word != "allow":
            return form
        _allow(state, item, block)
    return None


def recognise(state: State, item: tree.Item, place: Place, *extra: str) -> StatementForm:
    """The form that a statement's first word names; for a misspelt one what it looks like.

    Raises:
        Wrong: If it looks like nothing that stands here.
    """
    word, table = item.words[0], statements(place)
    if word.text in table:
        return table[word.text]
    if place is Place.LAYER and len(item.words) == 1 and state.is_a("constant", word.text):
        return next(form for name, form in table.items() if name in MODELS)
    if state.broken(word.span):
        raise Wrong
    homes = [home.value for home in Place if word.text in statements(home)]
    if homes:
        advice = f"it belongs into {homes[0]}: is a `}}` missing above, or one too many?"
        state.fail(
            messages.UNKNOWN_STATEMENT.at(
                word.span,
                help=advice.replace("}", "}}"),
                name=word.text,
                place=place.value,
            )
        )
    options = [*table, *extra]
    state.report(
        state.spelling.did_you_mean(
            messages.UNKNOWN_STATEMENT, word, options, name=word.text, place=place.value
        )
    )
    near = state.spelling.nearest(word.text, options)
    if near not in table:
        raise Wrong
    return table[near]


def require_form(state: State, item: tree.Item, form: StatementForm) -> None:
    """Check that a statement has the words and brackets of its form.

    Raises:
        Wrong: If it has not.
    """
    difference = _difference(item, form)
    if difference is None:
        return
    span, text = difference
    if state.broken(item.words[0].span):
        raise Wrong
    state.fail(messages.WRONG_FORM.at(span, written=form.written, difference=text))


def _difference(item: tree.Item, form: StatementForm) -> tuple[Span, str] | None:
    """Where a statement leaves its form, and how; None if it does not."""
    words = len(item.words)
    if words > form.words:
        return item.words[form.words].span, "this word is too many"
    if words < form.words:
        return item.words[-1].span, "a word is missing after this one"
    parts = (
        ("[ ]", form.shape, item.shape and item.shape.span),
        ("( )", form.args, item.args[0].span if item.args else None),
        ("a text", form.text, item.text and item.text.span),
        ("a block", form.block, item.block and _opening(item.block)),
    )
    for what, need, span in parts:
        if need is Need.MUST and not span:
            return item.words[-1].span, f"{what} is missing after this"
        if need is Need.NO and span:
            return span, f"{what} does not stand here"
    return None


def _opening(block: tree.Block) -> Span:
    return Span(block.span.source, block.span.start, block.span.start + 1)


def _no_setting(state: State, name: tree.Word, place: Place) -> None:
    """A setting in a block that has only statements."""
    homes = [form.word for form in MODELS.values() if name.text in form.settings]
    advice = f"write `{name}` into `{homes[0]}( )`" if homes else None
    if place is Place.INPUT:
        advice = "settings of the encoder stand in its brackets: `encode ttfs(window = 100 ms)`"
    if not state.broken(name.span):
        state.report(
            messages.UNKNOWN_STATEMENT.at(name.span, help=advice, name=name.text, place=place.value)
        )


def _allow(state: State, item: tree.Item, block: tree.Block | None) -> None:
    """`allow SNN309 "why"`: checked here, used where warnings are made."""
    code = item.words[1]
    if code.text not in explain.codes():
        state.unknown(messages.UNKNOWN_CODE, code, (), code=code.text)
    if block and item.text:
        state.allows.append(Allow(code.text, item.text.value, block.span, item.span))
