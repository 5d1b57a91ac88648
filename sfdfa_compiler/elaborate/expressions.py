"""Expressions to exact values: names are looked up, units applied, nothing is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from operator import add, mul, pow, sub, truediv
from typing import NoReturn

from sfdfa_compiler import dsl
from sfdfa_compiler.diagnostics import Edit, Source, Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.forms import VALUES
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.calls import Given, check_brackets, value_of
from sfdfa_compiler.elaborate.cycles import circle
from sfdfa_compiler.elaborate.exact import Exact, Listed, Unresolved, Written, Wrong
from sfdfa_compiler.elaborate.kinds import as_number
from sfdfa_compiler.elaborate.state import Definition, State
from sfdfa_compiler.units import (
    ELECTRICAL,
    SPELLED_OUT,
    UNIT_WORDS,
    UNITS,
    Quantity,
    QuantityError,
    quantity,
)

Local = Mapping[str, Exact | None]  # names that are known in one place only; None: wrong

MOST_OF_CIRCLE = 8  # names that a message about a circle of constants shows

_OPERATIONS = {"+": add, "-": sub, "*": mul, "/": truediv, "^": pow}


def evaluate(state: State, value: tree.Value, local: Local | None = None) -> Exact:
    """The exact value of an expression; words that are no constants come back as they are.

    Raises:
        Wrong: If something in it is wrong (and was reported).
    """
    match value:
        case tree.Missing():
            raise Wrong
        case tree.Number(text, span):
            return _literal(state, text, "", span)
        case tree.Quantity(digits, unit, span):
            return _literal(state, digits, _unit(state, digits, unit), span)
        case tree.Text(text):
            return Written(text)
        case tree.Name(word):
            return _name(state, word, local or {})
        case tree.Call():
            return _call(state, value, local)
        case tree.Listing(items):
            spans = tuple(item.span for item in items)
            return Listed(tuple(state.each(lambda i: evaluate(state, i, local), items)), spans)
        case tree.Negation(inner):
            return -number(state, inner, local)
        case tree.Binary():
            return _binary(state, value, local)


def number(state: State, value: tree.Value, local: Local | None = None) -> Quantity:
    """The value of an expression that must be a number, a time or another quantity."""
    return as_number(state, evaluate(state, value, local), value.span, "this place")


def of_default(state: State, text: str, local: Local) -> Exact:
    """The value of a default, which is written as a user would write it."""
    (statement,) = dsl.parse(Source("a default", f"default = {text}"))[0].statements
    if not isinstance(statement, tree.Setting):
        raise TypeError(text)
    return evaluate(state, statement.value, local)


# ---------------------------------------------------------------- literals and names


def _literal(state: State, digits: str, unit: str, span: Span) -> Quantity:
    try:
        return quantity(digits, unit)
    except QuantityError as error:
        state.fail(error.at(span))


def _unit(state: State, digits: str, unit: tree.Word) -> str:
    """The unit that a word stands for."""
    text = unit.text
    if text in UNITS:
        return text
    if state.is_a("constant", text):
        state.definitions[text].used = True
        _wrong_unit(state, digits, unit, f"* {text}")
    if text in SPELLED_OUT:
        _wrong_unit(state, digits, unit, SPELLED_OUT[text])
    if text in ELECTRICAL:
        state.fail(messages.ELECTRICAL_UNIT.at(unit.span, unit=text))
    advice = messages.UNKNOWN_UNIT.help
    return state.unknown(messages.UNKNOWN_UNIT, unit, UNIT_WORDS, otherwise=advice, unit=text)


def _wrong_unit(state: State, digits: str, unit: tree.Word, right: str) -> NoReturn:
    advice, edit = f"write `{digits} {right}`", Edit(unit.span, right)
    state.fail(messages.UNKNOWN_UNIT.at(unit.span, help=advice, edits=[edit], unit=unit.text))


def _name(state: State, word: tree.Word, local: Local) -> Exact:
    if word.text in local:
        known = local[word.text]
        if known is None:
            raise Wrong
        return known
    definition = state.definitions.get(word.text)
    if definition is None:
        if word.text in state.file.poisoned:
            raise Wrong
        return Unresolved(word)
    if definition.what != "constant":
        return Unresolved(word)
    definition.used = True
    if not definition.reached:
        _defined_below(state, word, definition)
    if definition.value is None:
        raise Wrong
    return definition.value


def _defined_below(state: State, word: tree.Word, definition: Definition) -> NoReturn:
    """A constant that a line needs before its own: it can be moved, unless it needs itself."""
    if way := circle(state, word.text):
        names = [f"`{name}`" for name in way]
        if len(names) > MOST_OF_CIRCLE:
            names[MOST_OF_CIRCLE // 2 : -MOST_OF_CIRCLE // 2] = ["..."]
        needs = ", which needs ".join(names[1:])
        state.fail(messages.CIRCLE.at(word.span, name=word.text, needs=needs))
    line = definition.word.span.line
    state.fail(messages.DEFINED_BELOW.at(word.span, name=word.text, line=line))


# ---------------------------------------------------------------- operations


def _binary(state: State, value: tree.Binary, local: Local | None) -> Quantity:
    if unit := _unit_factor(value):
        digits, word = unit
        state.fail(
            messages.UNIT_AS_VALUE.at(
                word.span,
                edits=[Edit(value.span, f"{digits} {word}")],
                unit=word.text,
                example=f"{digits} {word}",
            )
        )
    left, right = state.each(lambda side: number(state, side, local), (value.left, value.right))
    try:
        result: Quantity = _OPERATIONS[value.op.text](left, right)
    except QuantityError as error:
        state.fail(error.at(value.right.span))
    return result


def _unit_factor(value: tree.Binary) -> tuple[str, tree.Word] | None:
    """The parts of `130 * ms`, if that is what was written."""
    match value.op.text, value.left, value.right:
        case "*", tree.Number(digits), tree.Name(word) if word.text in UNIT_WORDS:
            return digits, word
        case _:
            return None


# ---------------------------------------------------------------- calls


def _call(state: State, call: tree.Call, local: Local | None) -> Exact:
    """A value with brackets; models, rules and constants come back as they are."""
    word = call.word.text
    if word in state.file.poisoned:
        raise Wrong
    if word not in VALUES or word in state.definitions:
        return Unresolved(call.word, call.args)
    check_brackets(state, call)

    def given(arg: tree.Argument) -> Given:
        value = arg.value if isinstance(arg, tree.Setting) else arg
        return Given(evaluate(state, value, local), value.span)

    found = list(zip(call.args, state.each(given, call.args), strict=True))
    positional = [item for arg, item in found if not isinstance(arg, tree.Setting)]
    named = {arg.name.text: item for arg, item in found if isinstance(arg, tree.Setting)}
    return value_of(state, word, positional, named)
