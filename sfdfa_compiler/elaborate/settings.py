"""Settings: what a call or a block may say, what it must say, and what is assumed otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Diagnostic, Edit, Label, Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import CallForm, Kind, SettingForm, Takes
from sfdfa_compiler.dsl.forms import MODELS
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import (
    Drawn,
    Exact,
    Listed,
    Model,
    Scheduled,
    Settings,
    Unresolved,
    Wrong,
)
from sfdfa_compiler.elaborate.expressions import evaluate, of_default
from sfdfa_compiler.elaborate.kinds import as_number, checked, described, example, require_known
from sfdfa_compiler.elaborate.spelling import nearest
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.units import Quantity

Forms = Mapping[str, SettingForm]


def read(state: State, owner: str, written: Iterable[tree.Setting], forms: Forms) -> Settings:
    """The settings that a file writes for `owner`, a phrase such as "`lif`"."""
    settings = Settings()
    for setting in written:
        name = setting.name.text
        if name not in forms:
            _unknown(state, owner, setting.name, forms)
            settings.values.setdefault(nearest(name, forms) or name, None)
        elif name in settings.spans:
            first = Label(settings.spans[name], "first here")
            what = f"`{name}`"
            state.report(messages.TWICE.at(setting.span, what=what, related=[first]))
        else:
            settings.spans[name] = setting.span
            settings.values[name] = None
            with suppress(Wrong):
                settings.values[name] = _value(state, setting, forms[name])
    return settings


def complete(state: State, owner: str, settings: Settings, forms: Forms, place: Span) -> Settings:
    """`settings` with all defaults; what has none and is not written is reported at `place`."""
    full = Settings().over(settings)
    for name, form in forms.items():
        if name in full.values:
            continue
        full.values[name] = None
        if form.default is not None:
            with suppress(Wrong):
                full.values[name] = _default(state, form, full)
        elif not state.broken(place):
            written = example(form)
            state.report(
                messages.MISSING_SETTING.at(place, owner=owner, name=name, example=written)
            )
    return full


def read_call(state: State, args: Sequence[tree.Argument] | None, form: CallForm) -> Settings:
    """The settings in the brackets of a call that takes nothing else."""
    named = [arg for arg in args or () if isinstance(arg, tree.Setting)]
    settings = read(state, f"`{form.word}`", named, form.settings)
    for arg in args or ():
        if not isinstance(arg, tree.Setting) and form.takes is Takes.NOTHING:
            _unnamed(state, arg, form)
            settings.values = dict.fromkeys(form.settings) | settings.values  # meant, not missing
    return settings


def model(state: State, value: Exact, span: Span) -> Model:
    """The neuron model that a value is: `lif(...)`, a constant that holds one, `cell(...)`.

    Raises:
        Wrong: If it is none.
    """
    if isinstance(value, Model):
        return value
    if isinstance(value, Unresolved):
        definition = state.definitions.get(value.word.text)
        if definition is None and value.word.text in MODELS:
            form = MODELS[value.word.text]
            return Model(form, read_call(state, value.args, form))
        if definition is not None and definition.what == "constant" and value.args is not None:
            base = model(state, evaluate(state, tree.Name(value.word, value.word.span)), span)
            settings = read_call(state, value.args, base.form)
            return Model(base.form, settings.over(base.settings))
    name, found = span.text, described(state, value)
    return state.fail(messages.NOT_A_MODEL.at(span, name=name, found=found))


# ---------------------------------------------------------------- one setting


def _value(state: State, setting: tree.Setting, form: SettingForm) -> Exact:
    """The value of a setting, exact and valid for its form."""
    name, value = f"`{setting.name}`", setting.value
    exact = evaluate(state, value)
    if isinstance(exact, Unresolved) and exact.args is not None:
        require_known(state, exact)
    _operator(state, setting, form, exact)
    valid = _valid(state, name, form, exact, value.span)
    if form.feature and not _is_default(form, valid):
        state.ask(form.feature, setting.span)
    return valid


def _is_default(form: SettingForm, value: Exact) -> bool:
    """Whether a setting that asks for a feature stands at its default after all."""
    match value:
        case Unresolved(word):
            return word.text == form.default
        case Quantity(number):
            return number == 0  # `delay = 0 ms`
        case _:
            return False


def _valid(state: State, name: str, form: SettingForm, exact: Exact, span: Span) -> Exact:
    """A value that its form allows."""
    match form.kind:
        case Kind.TIME | Kind.FREQUENCY | Kind.NUMBER | Kind.WHOLE:
            return _scalar(state, name, form, exact, span)
        case Kind.EXTENT:
            return _extent(state, name, form, exact, span)
        case Kind.WORD:
            return _word(state, name, form, exact, span)
        case Kind.GRADIENT:
            return _gradient(state, name, form, exact, span)
        case Kind.WEIGHTS | Kind.FEEDBACK | Kind.DELAYS | Kind.RATE | Kind.FORMAT:
            return _compound(state, name, form, exact, span)


def _default(state: State, form: SettingForm, settings: Settings) -> Exact:
    """The default of a setting; it may depend on the settings before it."""
    if form.words:
        word = form.default or ""
        return Unresolved(tree.Word(word, Span(state.file.source)))
    return of_default(state, form.default or "", settings.values)


def _operator(state: State, setting: tree.Setting, form: SettingForm, value: Exact) -> None:
    """`~` draws, `<=` promises, `=` is for everything else."""
    if form.promise:
        wanted, advice = "<=", "it is a promise: a bound that analyses use and runs check"
    elif isinstance(value, Drawn):
        wanted, advice = "~", "`~` draws a value for each synapse from a distribution"
    else:
        wanted, advice = "=", "`~` is for distributions, `<=` for promises, `+=` for rules"
    if setting.op.text != wanted:
        state.fail(
            messages.WRONG_OPERATOR.at(
                setting.op.span,
                edits=[Edit(setting.op.span, wanted)],
                name=setting.name.text,
                wanted=wanted,
                found=setting.op.text,
                advice=advice,
            )
        )


def _scalar(state: State, name: str, form: SettingForm, value: Exact, span: Span) -> Quantity:
    return checked(state, name, form, as_number(state, value, span, name), span)


def _extent(state: State, name: str, form: SettingForm, value: Exact, span: Span) -> Exact:
    if not isinstance(value, Listed):
        return _scalar(state, name, form, value, span)
    if len(value.items) != 2:
        state.fail(_wrong_kind(state, name, form.kind.value, value, span))
    for item, place in zip(value.items, value.spans, strict=True):
        _scalar(state, name, form, item, place)
    return value


def _word(state: State, name: str, form: SettingForm, value: Exact, span: Span) -> Exact:
    if isinstance(value, Unresolved) and value.args is None and value.word.text in form.words:
        return value
    wanted = " or ".join(f"`{word}`" for word in form.words)
    return state.fail(_wrong_kind(state, name, wanted, value, span, form.words))


def _gradient(state: State, name: str, form: SettingForm, value: Exact, span: Span) -> Exact:
    """`modified`, `exact`, or a rule: its own settings are read with the rule."""
    if isinstance(value, Unresolved):
        definition = state.definitions.get(value.word.text)
        if definition is not None and definition.what == "rule":
            definition.used = True
            return value
        if value.word.text in state.file.poisoned:
            raise Wrong
        if definition is None and value.args is None and value.word.text in form.words:
            return value
    options = [*form.words, *state.named("rule")]
    return state.fail(_wrong_kind(state, name, form.kind.value, value, span, options))


def _compound(state: State, name: str, form: SettingForm, value: Exact, span: Span) -> Exact:
    """Kinds that take a number or something larger."""
    match form.kind, value:
        case (Kind.WEIGHTS | Kind.FEEDBACK | Kind.DELAYS, Drawn(_, values)):
            for item in values:
                checked(state, name, form, item, span)
        case Kind.WEIGHTS, Listed(rows):
            for row, place in zip(rows, value.spans, strict=True):
                _row(state, name, form, row, place)
        case Kind.WEIGHTS, ir.FromFile():
            pass
        case Kind.RATE, Scheduled(_, values):
            for item in values:
                checked(state, name, form, item, span)
        case Kind.FORMAT, ir.Fix():
            pass
        case Kind.FORMAT, _:
            state.fail(_wrong_kind(state, name, form.kind.value, value, span))
        case _, Quantity():
            checked(state, name, form, value, span)
        case _, Unresolved():
            as_number(state, value, span, name)
        case _:
            state.fail(_wrong_kind(state, name, form.kind.value, value, span))
    return value


def _row(state: State, name: str, form: SettingForm, row: Exact, place: Span) -> None:
    """One row of `[[2.5], [2.0]]`."""
    if not isinstance(row, Listed):
        wanted = "one list per source neuron"
        state.fail(_wrong_kind(state, name, wanted, row, place))
    for item, span in zip(row.items, row.spans, strict=True):
        checked(state, name, form, as_number(state, item, span, name), span)


# ---------------------------------------------------------------- messages


def _wrong_kind(
    state: State,
    name: str,
    wanted: str,
    value: Exact,
    span: Span,
    options: Sequence[str] = (),
) -> Diagnostic:
    found = described(state, value)
    if isinstance(value, Unresolved) and state.spelling.nearest(value.word.text, options):
        return state.spelling.did_you_mean(
            messages.WRONG_KIND, value.word, options, what=name, wanted=wanted, found=found
        )
    return messages.WRONG_KIND.at(span, what=name, wanted=wanted, found=found)


def _unknown(state: State, owner: str, word: tree.Word, forms: Forms) -> None:
    state.report(
        state.spelling.did_you_mean(
            messages.UNKNOWN_SETTING,
            word,
            list(forms),
            owner=owner,
            name=word.text,
        )
    )


def _unnamed(state: State, value: tree.Value, form: CallForm) -> None:
    """A value without a name: with one setting only, the fix is plain."""
    edits = []
    advice = f"settings of `{form.word}`: {', '.join(form.settings) or 'none'}"
    if len(form.settings) == 1:
        (name,) = form.settings
        advice = f"write `{name} = {value.span.text}`"
        edits = [Edit(Span(value.span.source, value.span.start, value.span.start), f"{name} = ")]
    state.report(messages.UNNAMED.at(value.span, help=advice, edits=edits, owner=form.word))
