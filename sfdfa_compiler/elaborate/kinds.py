"""What a value must be: a number, of the right dimension, in its range, in the right order."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NoReturn

from sfdfa_compiler.diagnostics import Diagnostic, Edit, Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import Bound, Kind, SettingForm
from sfdfa_compiler.dsl.forms import MODELS, VALUES
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import Exact, Unresolved, describe
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.units import (
    FREQUENCY,
    MISMATCH,
    NOT_FINITE,
    NUMBER,
    TIME,
    UNIT_WORDS,
    Quantity,
    dimension_name,
)

_DIMENSIONS = {Kind.TIME: TIME, Kind.DELAYS: TIME, Kind.FREQUENCY: FREQUENCY}
_EXAMPLES = {TIME: "10 ms", FREQUENCY: "50 Hz", NUMBER: "0.5"}
_UNITS = {TIME: "ms", FREQUENCY: "Hz"}
_PLAIN = re.compile(r"[0-9][0-9_.]*([eE][+-]?[0-9]+)?")  # a number that has no unit yet
_FLAGS = ("true", "false")
_NOT_FINITE = ("inf", "infinity", "nan")
_WRITTEN = {
    Kind.TIME: "= 10 ms",
    Kind.FREQUENCY: "= 50 Hz",
    Kind.NUMBER: "= 0.5",
    Kind.WHOLE: "= 10",
    Kind.EXTENT: "= 5",
    Kind.WEIGHTS: "~ uniform(-1, 1)",
    Kind.RATE: "= 3e-3",
}


def as_number(state: State, value: Exact, span: Span, what: str) -> Quantity:
    """`value`, which stands at `span`, as a quantity of any dimension.

    Raises:
        Wrong: If it is none; so do the other functions here.
    """
    if isinstance(value, Quantity):
        return value
    if isinstance(value, Unresolved):
        if value.args is not None:
            require_known(state, value)
        elif not (value.word.text in state.definitions or value.word.text in (*_FLAGS, *MODELS)):
            return _unknown_word(state, value.word)
    found = described(state, value)
    return state.fail(messages.WRONG_KIND.at(span, what=what, wanted="a number", found=found))


def described(state: State, value: Exact) -> str:
    """What a value is; names of the file are called what they are."""
    if isinstance(value, Unresolved) and value.word.text in state.definitions:
        found = state.definitions[value.word.text]
        return f"the {found.what} `{value.word}`"
    return describe(value)


def require_known(state: State, call: Unresolved) -> None:
    """A word with brackets that is no value must name a model or something of the file."""
    word = call.word
    if word.text not in state.definitions and word.text not in MODELS:
        options = [*VALUES, *MODELS]
        state.unknown(messages.UNKNOWN_NAME, word, options, kind="value", name=word.text)


def checked(state: State, what: str, form: SettingForm, value: Quantity, span: Span) -> Quantity:
    """A quantity that must have the dimension and lie in the range of `form`."""
    dimension = _DIMENSIONS.get(form.kind, NUMBER)
    if value.dimension != dimension:
        state.fail(_mismatch(what, dimension, value, span))
    if form.kind in (Kind.WHOLE, Kind.EXTENT) and value.value.denominator != 1:
        above = Quantity(Fraction(math.ceil(max(value.value, _end(form.low)))))
        state.fail(messages.NOT_WHOLE.at(span, what=what, found=value, above=above))
    if violated := _violated_bound(form, value.value):
        state.fail(messages.OUT_OF_RANGE.at(span, what=what, range=violated, found=value))
    return value


def example(form: SettingForm) -> str:
    """A value that a setting without a default could have, behind its operator."""
    return _WRITTEN[form.kind]


def require_ascending(
    state: State, what: str, values: Sequence[Quantity], spans: Sequence[Span]
) -> None:
    """Values that must grow from one to the next."""
    for (first, second), span in zip(pairwise(values), spans[1:], strict=True):
        if not first.value < second.value:
            state.fail(messages.NOT_ASCENDING.at(span, what=what, first=first, second=second))


def _violated_bound(form: SettingForm, value: Fraction) -> str:
    """The end of its range that a value lies beyond, in words."""
    if form.low:
        low = _end(form.low)
        if value < low or (form.low.open and value == low):
            return f"{'above' if form.low.open else 'at least'} {form.low.text}"
    if form.high:
        high = _end(form.high)
        if value > high or (form.high.open and value == high):
            words = "below" if form.high.open else "at most"
            return f"{words} {form.high.text.replace('_', ',')}"
    return ""


def _end(bound: Bound | None) -> Fraction:
    """One end of a range, exact; 0 if it has none."""
    return Fraction(bound.text.replace("_", "")) if bound else Fraction(0)


def _mismatch(what: str, dimension: int, value: Quantity, span: Span) -> Diagnostic:
    """The wrong dimension; a number where a time must stand gets its unit."""
    wanted, found = dimension_name(dimension), describe(value)
    advice, edits = f"write {wanted}, such as `{_EXAMPLES[dimension]}`", []
    unit = _UNITS.get(dimension, "")
    if unit and value.dimension == NUMBER and _PLAIN.fullmatch(span.text):
        advice = f"write the unit: `{span.text} {unit}`, for example"
        edits = [Edit(Span(span.source, span.end, span.end), f" {unit}")]
    return MISMATCH.at(span, help=advice, edits=edits, what=what, wanted=wanted, found=found)


def _unknown_word(state: State, word: tree.Word) -> NoReturn:
    """A word where a number must stand."""
    if word.text.lower() in _NOT_FINITE:
        state.fail(NOT_FINITE.at(word.span, word=word.text))
    if word.text in UNIT_WORDS:
        example = f"100 {word}"
        state.fail(messages.UNIT_AS_VALUE.at(word.span, unit=word.text, example=example))
    state.unknown(
        messages.UNKNOWN_NAME,
        word,
        state.named("constant"),
        otherwise=f"a constant is written `{word} = ...`, above its first use",
        kind="constant",
        name=word.text,
    )
