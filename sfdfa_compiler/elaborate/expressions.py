"""Expressions to exact values: names are looked up, units applied, nothing is rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from operator import add, mul, pow, sub, truediv
from typing import NoReturn

from sfdfa_compiler import dsl, ir
from sfdfa_compiler.diagnostics import Diagnostic, Edit, Source, Span
from sfdfa_compiler.dsl import forms, tree
from sfdfa_compiler.dsl.forms import MODELS, Kind, SettingForm, ValueForm
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import (
    Drawn,
    Exact,
    Listed,
    Scheduled,
    Unresolved,
    Written,
    Wrong,
    describe,
)
from sfdfa_compiler.elaborate.state import State, did_you_mean, escaped
from sfdfa_compiler.units import (
    ASCII_UNITS,
    ELECTRICAL,
    FREQUENCY,
    MISMATCH,
    NUMBER,
    SPELLED_OUT,
    TIME,
    UNIT_WORDS,
    UNITS,
    Quantity,
    QuantityError,
    dimension_name,
    quantity,
)

Local = Mapping[str, Exact | None]  # names that are known in one place only; None: wrong

_WORDS = ("true", "false")
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


def as_number(state: State, value: Exact, span: Span, what: str) -> Quantity:
    """`value`, which stands at `span`, as a quantity."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, Unresolved):
        if value.args is not None:
            known_call(state, value)
        elif value.word.text not in {*state.definitions, *_WORDS, *MODELS}:
            return _unknown_word(state, value.word)
    found = described(state, value)
    return state.fail(messages.WRONG_KIND.at(span, what=what, wanted="a number", found=found))


def described(state: State, value: Exact) -> str:
    """What a value is; names of the file are called what they are."""
    if isinstance(value, Unresolved) and value.word.text in state.definitions:
        found = state.definitions[value.word.text]
        return f"the {found.what} `{value.word}`"
    return describe(value)


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
    if text in state.named("constant"):
        state.definitions[text].used = True
        _wrong_unit(state, digits, unit, f"* {text}")
    if text in SPELLED_OUT:
        _wrong_unit(state, digits, unit, SPELLED_OUT[text])
    if text in ELECTRICAL:
        state.fail(messages.ELECTRICAL_UNIT.at(unit.span, unit=text))
    advice = f"units are {ASCII_UNITS}"
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
        line = definition.word.span.line
        advice = f"move line {line} up: a constant stands above its first use"
        if line == word.span.line:
            advice = "a constant cannot be made of itself"
        state.fail(messages.DEFINED_BELOW.at(word.span, name=word.text, advice=advice))
    if definition.value is None:
        raise Wrong
    return definition.value


def _unknown_word(state: State, word: tree.Word) -> NoReturn:
    """A word where a number must stand."""
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


def known_call(state: State, call: Unresolved) -> None:
    """A word with brackets that is no value: it must name a model or something of the file.

    Raises:
        Wrong: If it does not.
    """
    word = call.word
    if word.text not in {*state.definitions, *MODELS}:
        options = [*forms.VALUES, *MODELS]
        state.unknown(messages.UNKNOWN_NAME, word, options, kind="value", name=word.text)


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
    form = forms.VALUES.get(call.word.text)
    if call.word.text in state.file.poisoned:
        raise Wrong
    if form is None or call.word.text in state.definitions:
        return Unresolved(call.word, call.args)
    given = tuple(arg for arg in call.args if not isinstance(arg, tree.Setting))
    settings = _named(state, call, form)
    if not form.least <= len(given) <= (form.most or len(given)):
        state.fail(
            messages.VALUE_COUNT.at(
                call.span,
                owner=call.word.text,
                wanted=_count(form),
                found=len(given),
                written=form.written,
            )
        )
    match call.word.text:
        case "file":
            return _file(state, call, given)
        case "fix":
            return _fix(state, call, given, local)
        case "uniform" | "normal" | "constant":
            return _distribution(state, call, given, local)
        case _:
            return _schedule(state, call, given, settings, local)


def _named(state: State, call: tree.Call, form: ValueForm) -> dict[str, tree.Setting]:
    """The settings in the brackets: exactly those that the form has."""
    owner = f"`{form.word}`"
    found: dict[str, tree.Setting] = {}
    unknown: list[tree.Word] = []
    for arg in call.args:
        if isinstance(arg, tree.Setting):
            if arg.name.text in form.settings:
                found[arg.name.text] = arg
            else:
                unknown.append(arg.name)
    missing = [name for name in form.settings if name not in found]
    for word in unknown:
        advice = f"it is written `{form.written}`"
        state.report(
            did_you_mean(
                messages.UNKNOWN_SETTING,
                word,
                missing or form.settings,
                otherwise=advice,
                owner=owner,
                name=word.text,
            )
        )
    for name in missing[len(unknown) :]:  # a misspelt setting is not missing as well
        advice = f"it is written `{form.written}`"
        state.report(
            messages.MISSING_SETTING.at(call.word.span, help=advice, owner=owner, name=name)
        )
    if unknown or missing:
        raise Wrong
    return found


def _count(form: ValueForm) -> str:
    words = {1: "one value", 2: "two values"}
    if form.most == form.least:
        return words[form.least]
    if form.most is None:
        return f"{words[form.least]} or more"
    return f"one to {form.most} values"


def _distribution(
    state: State, call: tree.Call, given: Sequence[tree.Value], local: Local | None
) -> Drawn:
    values = state.each(lambda value: number(state, value, local), given)
    if len(values) == 2 and values[0].dimension != values[1].dimension:
        wanted, found = (dimension_name(value.dimension) for value in values)
        what = f"`{call.word}` with {wanted}"
        state.fail(MISMATCH.at(given[1].span, what=what, wanted="two of them", found=found))
    if call.word.text == "uniform":
        ascending(state, "the ends of `uniform`", values, [value.span for value in given])
    if call.word.text == "normal" and values[1].value < 0:
        state.fail(
            messages.OUT_OF_RANGE.at(
                given[1].span,
                what="a standard deviation",
                range="at least 0",
                found=str(values[1]),
            )
        )
    return Drawn(call.word.text, tuple(values))


def ascending(state: State, what: str, values: Sequence[Quantity], spans: Sequence[Span]) -> None:
    """Values that must grow from one to the next.

    Raises:
        Wrong: If they do not.
    """
    for (first, second), span in zip(pairwise(values), spans[1:], strict=True):
        if not first.value < second.value:
            state.fail(messages.NOT_ASCENDING.at(span, what=what, first=first, second=second))


def _schedule(
    state: State,
    call: tree.Call,
    given: Sequence[tree.Value],
    settings: Mapping[str, tree.Setting],
    local: Local | None,
) -> Scheduled:
    values = tuple(state.each(lambda value: number(state, value, local), given))
    forms_of = forms.SCHEDULES[call.word.text].settings
    numbers: dict[str, tuple[Quantity, ...]] = {}
    for name, setting in settings.items():
        written = setting.value
        items = written.items if isinstance(written, tree.Listing) else (written,)
        what = f"`{name}` of `{call.word}`"
        found = [
            checked(state, what, forms_of[name], number(state, item, local), item.span)
            for item in items
        ]
        ascending(state, what, found, [item.span for item in items])
        numbers[name] = tuple(found)
    epochs = len(numbers.get("at", ()))
    if call.word.text == "step" and epochs != len(values) - 1:
        state.fail(
            messages.VALUE_COUNT.at(
                settings["at"].span,
                owner="at",
                wanted=f"one epoch less than `step` has values: {len(values) - 1}",
                found=epochs,
                written="step(a, b, c, at = [10, 20])",
            )
        )
    return Scheduled(call.word.text, values, numbers)


def _file(state: State, call: tree.Call, given: Sequence[tree.Value]) -> ir.FromFile:
    texts = []
    for value in given:
        exact = evaluate(state, value)
        if not isinstance(exact, Written):
            found = described(state, exact)
            state.fail(
                messages.WRONG_KIND.at(value.span, what="`file`", wanted="texts", found=found)
            )
        texts.append(exact.text)
    return ir.FromFile(texts[0], texts[1] if len(texts) == 2 else "")


def _fix(state: State, call: tree.Call, given: Sequence[tree.Value], local: Local | None) -> ir.Fix:
    parts = [
        int(
            checked(
                state, f"the {what} of `fix`", form, number(state, value, local), value.span
            ).value
        )
        for value, (what, form) in zip(
            given, (("width", forms.FIX_WIDTH), ("fraction", forms.FIX_FRACTION)), strict=False
        )
    ]
    return ir.Fix(*parts)


# ---------------------------------------------------------------- ranges


_DIMENSIONS = {Kind.TIME: TIME, Kind.DELAYS: TIME, Kind.FREQUENCY: FREQUENCY}


def checked(state: State, what: str, form: SettingForm, value: Quantity, span: Span) -> Quantity:
    """A quantity that must have the dimension and lie in the range of `form`.

    Raises:
        Wrong: If it does not.
    """
    dimension = _DIMENSIONS.get(form.kind, NUMBER)
    if value.dimension != dimension:
        state.fail(_mismatch(what, dimension, value, span))
    if form.kind in (Kind.WHOLE, Kind.EXTENT) and value.value.denominator != 1:
        state.fail(messages.NOT_WHOLE.at(span, what=what, found=value))
    for bound, sign, words in ((form.low, 1, _LOW), (form.high, -1, _HIGH)):
        if bound is None:
            continue
        room = sign * (value.value - Fraction(bound.text.replace("_", "")))
        if room < 0 or (bound.open and room == 0):
            wanted = f"{words[bound.open]} {bound.text.replace('_', ',')}"
            state.fail(messages.OUT_OF_RANGE.at(span, what=what, range=wanted, found=value))
    return value


_LOW = {True: "above", False: "at least"}
_HIGH = {True: "below", False: "at most"}


def _mismatch(what: str, dimension: int, value: Quantity, span: Span) -> Diagnostic:
    """The wrong dimension; a number where a time must stand gets its unit."""
    wanted, found = dimension_name(dimension), describe(value)
    advice, edits = "", []
    if value.dimension == NUMBER and dimension == TIME and span.text:
        advice = f"write the unit: `{span.text} ms`, for example"
        edits = [Edit(Span(span.source, span.end, span.end), " ms")]
    return MISMATCH.at(
        span, help=escaped(advice), edits=edits, what=what, wanted=wanted, found=found
    )
