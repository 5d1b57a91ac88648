"""The readout and the learner: how the network is read and how it learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Label
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import CallForm, Place, SettingForm, Takes
from sfdfa_compiler.dsl.forms import LEARNER, OPTIMISERS, PARTS, READOUTS
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import Settings, Unresolved, Wrong
from sfdfa_compiler.elaborate.rule import check_parameters
from sfdfa_compiler.elaborate.settings import complete, read, read_call
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.elaborate.statements import body, items
from sfdfa_compiler.learners import LEARNERS, LearnerKind


def read_readout(state: State, item: tree.Item) -> ir.Readout:
    """`readout LAYER spike_count(correct, other)`.

    Raises:
        Wrong: If something in it is wrong.
    """
    _, layer, word = item.words
    with suppress(Wrong):
        state.find(layer, "layer")
    form = READOUTS.get(word.text)
    if form is None:
        state.unknown(messages.UNKNOWN_NAME, word, READOUTS, kind="readout", name=word.text)
    if form.feature:
        state.ask(form.feature, word.span)
    written = read_call(state, item.args, form)
    settings = complete(state, f"`{word}`", written, form.settings, word.span)
    spans = {"layer": layer.span, "kind": word.span, **settings.spans}
    if form.feature:  # no target has it: counts that no check minds stand for what the IR lacks
        return ir.Readout(layer=layer.text, correct=1.0, other=0.0, spans=spans)
    return ir.Readout(
        layer=layer.text,
        correct=settings.number("correct"),
        other=settings.number("other"),
        spans=spans,
    )


@dataclass(slots=True)
class _Part:
    """An optimiser or a penalty that was read; `layer` is None where it is for all."""

    word: tree.Word
    layer: tree.Word | None
    form: CallForm
    settings: Settings


def read_learner(
    state: State, item: tree.Item, layers: Sequence[str], rules: Mapping[str, tree.Item]
) -> ir.LearnerSpec:
    """`learner NAME { settings, parts }` for a network with `layers`, in file order.

    Raises:
        Wrong: If something in it is wrong.
    """
    word = item.words[1]
    kind = LEARNERS.get(word.text)
    if kind is None:
        with suppress(Wrong):
            state.unknown(messages.UNKNOWN_NAME, word, LEARNERS, kind="learner", name=word.text)
    owner = f"`{word}`" if kind else "a learner"
    forms = settings_of(kind)
    written = [part for part in body(item.block) if isinstance(part, tree.Setting)]
    settings = complete(state, owner, read(state, owner, written, forms), forms, word.span)
    parts = _parts(state, item)
    parts_of = [part for part in parts if part.form.word in OPTIMISERS]
    default = _Part(word, None, OPTIMISERS["adam"], Settings())
    optimisers = state.each(lambda layer: _optimiser(state, layer, parts_of, default), layers)
    gradient = _local_gradient(state, settings, rules)
    if kind is None:
        raise Wrong
    penalties = {
        part.layer.text: ir.RatePenalty(
            strength=part.settings.number("strength"), target=part.settings.number("target")
        )
        for part in parts
        if part.layer and part.form.word == "rate_penalty"
    }
    spans = {
        f"{part.form.word} {part.layer}" if part.layer else part.form.word: part.word.span
        for part in parts
    }
    return ir.LearnerSpec(
        name=kind.name,
        local_gradient=gradient or kind.local_gradient,
        batch=settings.whole("batch"),
        epochs=settings.whole("epochs"),
        shards=settings.whole("shards"),
        feedback_rate=settings.rate("feedback_rate") if kind.feedback_rate else ir.Fixed(0.0),
        feedback=_feedback(settings, kind),
        optimisers=dict(zip(layers, optimisers, strict=True)),
        rate_penalties=penalties,
        halvings=settings.whole("halvings"),
        reset_trace=settings.word("reset_trace") == "true",
        spans={"name": word.span, **spans, **settings.spans},
    )


def settings_of(kind: LearnerKind | None) -> dict[str, SettingForm]:
    """The settings that a kind of learner has; all of them if it is not known."""
    if kind is None:
        return LEARNER
    without = set()
    if not kind.feedback_rate:
        without.add("feedback_rate")
    if kind.feedback is None:
        without.add("feedback")
    return {name: form for name, form in LEARNER.items() if name not in without}


def _feedback(settings: Settings, kind: LearnerKind) -> ir.Values:
    """The feedback weights that the file names, else those of the learner."""
    if "feedback" in settings.spans:
        return settings.weights("feedback", "")
    return kind.feedback or ir.Constant(0.0)


def _local_gradient(
    state: State, settings: Settings, rules: Mapping[str, tree.Item]
) -> ir.LocalGradient | None:
    """The local gradient that the file names; None where the learner's own is meant."""
    value = settings.exact("local_gradient")
    if "local_gradient" not in settings.spans:
        return None
    if not isinstance(value, Unresolved):
        raise TypeError(value)
    if value.word.text in rules:
        check_parameters(state, value, rules[value.word.text])
    if value.word.text in state.definitions:  # a rule is a feature: the graph cannot say it yet
        return None
    return ir.LocalGradient(value.word.text)


# ---------------------------------------------------------------- parts


def _parts(state: State, item: tree.Item) -> list[_Part]:
    """The parts in a learner's block; what is given twice is reported."""
    parts: list[_Part] = []
    for inner, statement in items(state, item.block, Place.LEARNER, *LEARNER):
        form = PARTS[statement.word]
        with suppress(Wrong):
            part = _part(state, inner, form)
            same = [other for other in parts if _clash(part, other)]
            if same:
                _report_clash(state, part, same[0])
            else:
                parts.append(part)
    return parts


def _part(state: State, item: tree.Item, form: CallForm) -> _Part:
    word = item.words[0]
    settings = read_call(state, item.args, form)
    layers = [arg for arg in item.args or () if not isinstance(arg, tree.Setting)]
    least = 1 if form.takes is Takes.A_LAYER else 0
    if not least <= len(layers) <= 1:
        example = ", ".join(f"{name} = ..." for name in form.settings)
        state.fail(
            messages.VALUE_COUNT.at(
                layers[1].span if layers else word.span,
                owner=word.text,
                wanted="one layer in front" if least else "one layer or none in front",
                found=f"{len(layers)} layers",
                written=f"{word}(LAYER, {example})",
            )
        )
    layer = _layer(state, word, layers[0]) if layers else None
    if form.word not in OPTIMISERS:  # a narrow optimiser takes what it lacks from the wide one
        settings = complete(state, f"`{word}`", settings, form.settings, word.span)
    return _Part(word, layer, form, settings)


def _layer(state: State, word: tree.Word, value: tree.Value) -> tree.Word:
    """The layer that a part names."""
    if not isinstance(value, tree.Name):
        state.fail(
            messages.WRONG_KIND.at(
                value.span, what=f"`{word}`", wanted="a layer in front", found="a value"
            )
        )
    name = value.word
    definition = state.definitions.get(name.text)
    if definition is not None and definition.what != "layer":
        definition.used = True
        found = f"the {definition.what} `{name}`"
        state.fail(messages.NO_SPIKES.at(name.span, word=word.text, found=found))
    state.find(name, "layer")
    return name


def _clash(part: _Part, other: _Part) -> bool:
    """Whether two parts say the same thing of the same layer."""
    optimisers = part.form.word in OPTIMISERS and other.form.word in OPTIMISERS
    same_kind = optimisers or part.form is other.form
    return same_kind and (part.layer and part.layer.text) == (other.layer and other.layer.text)


def _report_clash(state: State, part: _Part, first: _Part) -> None:
    related = [Label(first.word.span, "first here")]
    if part.layer and part.form.word not in OPTIMISERS:
        span, layer = part.word.span, part.layer.text
        state.report(messages.SECOND_PENALTY.at(span, layer=layer, related=related))
    else:
        what = "an optimiser for " + (f"`{part.layer}`" if part.layer else "all layers")
        state.report(messages.TWICE.at(part.word.span, what=what, related=related))


def _optimiser(state: State, layer: str, parts: list[_Part], default: _Part) -> ir.Optimiser:
    """The optimiser of a layer: the narrower part wins, setting by setting."""
    wide = next((part for part in parts if part.layer is None), default)
    narrow = next((part for part in parts if part.layer and part.layer.text == layer), wide)
    settings = narrow.settings
    if narrow.form is wide.form:
        settings = narrow.settings.over(wide.settings)
    owner = f"`{narrow.form.word}`"
    settings = complete(state, owner, settings, narrow.form.settings, narrow.word.span)
    if narrow.form.word == "sgd":
        return ir.Sgd(rate=settings.rate("rate"))
    return ir.Adam(
        rate=settings.rate("rate"),
        beta1=settings.number("beta1"),
        beta2=settings.number("beta2"),
        epsilon=settings.number("epsilon"),
    )
