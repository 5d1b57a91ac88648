"""Values with brackets: distributions, schedules, files and formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Label, Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import ValueForm
from sfdfa_compiler.dsl.forms import (
    DISTRIBUTIONS,
    FIX_FRACTION,
    FIX_WIDTH,
    SCHEDULES,
    SPREAD,
    VALUES,
)
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import (
    Drawn,
    Exact,
    Listed,
    Scheduled,
    Written,
    Wrong,
)
from sfdfa_compiler.elaborate.kinds import as_number, checked, described, require_ascending
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.units import MISMATCH, Quantity, dimension_name


@dataclass(frozen=True, slots=True)
class Given:
    """One value in the brackets, and where it stands."""

    value: Exact
    span: Span


def check_brackets(state: State, call: tree.Call) -> None:
    """Whether the number of values and the names of settings are those of the call's form.

    Raises:
        Wrong: If they are not; so do the other functions here if something is wrong.
    """
    form = VALUES[call.word.text]
    named = [arg for arg in call.args if isinstance(arg, tree.Setting)]
    _check_names(state, call.word, named, form)
    count = len(call.args) - len(named)
    if not form.least <= count <= (form.most or count):
        state.fail(
            messages.VALUE_COUNT.at(
                call.span,
                owner=call.word.text,
                wanted=_count(form),
                found=count,
                written=form.written,
            )
        )


def value_of(state: State, word: str, given: Sequence[Given], named: Mapping[str, Given]) -> Exact:
    """The value of the call `word(given, named)`."""
    if word in DISTRIBUTIONS:
        return _distribution(state, word, given)
    if word in SCHEDULES:
        return _schedule(state, word, given, named)
    return _file(state, given) if word == "file" else _fix(state, given)


def _check_names(
    state: State, word: tree.Word, named: Sequence[tree.Setting], form: ValueForm
) -> None:
    """Exactly the settings of the form, each once."""
    owner, advice = f"`{word}`", f"it is written `{form.written}`"
    found: dict[str, tree.Setting] = {}
    unknown: list[tree.Word] = []
    twice = False
    for setting in named:
        name = setting.name.text
        if name in found:
            first = Label(found[name].span, "first here")
            state.report(messages.TWICE.at(setting.span, what=f"`{name}`", related=[first]))
            twice = True
        elif name in form.settings:
            found[name] = setting
        else:
            unknown.append(setting.name)
    missing = [name for name in form.settings if name not in found]
    for misspelt in unknown:
        state.report(
            state.spelling.did_you_mean(
                messages.UNKNOWN_SETTING,
                misspelt,
                missing or list(form.settings),
                otherwise=advice,
                owner=owner,
                name=misspelt.text,
            )
        )
    for name in missing[len(unknown) :]:  # a misspelt setting is not missing as well
        state.report(messages.MISSING_SETTING.at(word.span, help=advice, owner=owner, name=name))
    if unknown or missing or twice:
        raise Wrong


def _count(form: ValueForm) -> str:
    words = {1: "one value", 2: "two values"}
    if form.most == form.least:
        return words[form.least]
    if form.most is None:
        return f"{words[form.least]} or more"
    return f"one to {form.most} values"


def _numbers(state: State, what: str, given: Sequence[Given]) -> list[Quantity]:
    return state.each(lambda item: as_number(state, item.value, item.span, what), given)


def _distribution(state: State, word: str, given: Sequence[Given]) -> Drawn:
    values = _numbers(state, f"`{word}`", given)
    first, last = values[0], values[-1]
    if first.dimension != last.dimension:
        wanted = dimension_name(first.dimension)
        what = f"`{word}` after {wanted}"
        found = dimension_name(last.dimension)
        state.fail(MISMATCH.at(given[-1].span, what=what, wanted=wanted, found=found))
    if word == "uniform":
        spans = [item.span for item in given]
        require_ascending(state, "the ends of `uniform`", values, spans)
    if word == "normal":
        plain = Quantity(last.value)  # its dimension is that of the mean
        checked(state, "a standard deviation", SPREAD, plain, given[-1].span)
    return Drawn(word, tuple(values))


def _schedule(
    state: State, word: str, given: Sequence[Given], named: Mapping[str, Given]
) -> Scheduled:
    values = _numbers(state, f"`{word}`", given)
    settings = {name: _epochs(state, word, name, item) for name, item in named.items()}
    boundaries = len(settings.get("at", ()))
    if word == "step" and boundaries != len(values) - 1:
        state.fail(
            messages.VALUE_COUNT.at(
                named["at"].span,
                owner="at",
                wanted=f"one epoch less than `step` has values: {len(values) - 1}",
                found=boundaries,
                written="step(a, b, c, at = [10, 20])",
            )
        )
    return Scheduled(word, tuple(values), settings)


def _epochs(state: State, word: str, name: str, item: Given) -> tuple[Quantity, ...]:
    """A setting of a schedule: one number, or for `at` also an ascending list."""
    what, form = f"`{name}` of `{word}`", SCHEDULES[word].settings[name]
    items = [item]
    if name == "at" and isinstance(item.value, Listed):
        items = [Given(*pair) for pair in zip(item.value.items, item.value.spans, strict=True)]
    values = [
        checked(state, what, form, number, one.span)
        for one, number in zip(items, _numbers(state, what, items), strict=True)
    ]
    require_ascending(state, what, values, [one.span for one in items])
    return tuple(values)


def _file(state: State, given: Sequence[Given]) -> ir.FromFile:
    texts = []
    for item in given:
        if not isinstance(item.value, Written):
            found = described(state, item.value)
            state.fail(
                messages.WRONG_KIND.at(
                    item.span,
                    what="`file`",
                    wanted='a text, as in `file("weights.npz")`',
                    found=found,
                )
            )
        texts.append(item.value.text)
    path, key = [*texts, ""][:2]
    return ir.FromFile(path, key)


def _fix(state: State, given: Sequence[Given]) -> ir.Fix:
    parts = []
    forms = (FIX_WIDTH, FIX_FRACTION)
    for item, form in zip(given, forms, strict=False):
        what = f"the {form.summary} of `fix`"
        exact = as_number(state, item.value, item.span, what)
        parts.append(int(checked(state, what, form, exact, item.span).value))
    return ir.Fix(*parts)
