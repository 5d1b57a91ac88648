"""`rule NAME(...) { }`: the local part of a learner of one's own.

No target has rules yet, so nothing is lowered: names, states, handlers and functions are checked,
and the rule becomes a feature that capabilities decide about.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from sfdfa_compiler.diagnostics import Label
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import Place
from sfdfa_compiler.dsl.statements import ELIGIBILITY, RULE_EVENTS, RULE_FUNCTIONS, RULE_NAMES
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import Unresolved, Wrong
from sfdfa_compiler.elaborate.expressions import number
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.elaborate.statements import body, items
from sfdfa_compiler.units import MISMATCH, TIME, dimension_name

_TAUS = ("tau_mem", "tau_syn")


@dataclass(slots=True)
class _Rule:
    """The names of a rule."""

    parameters: dict[str, tree.Word] = field(default_factory=dict)
    states: dict[str, tree.Word | None] = field(default_factory=lambda: {ELIGIBILITY: None})
    locals: set[str] = field(default_factory=set)

    @property
    def readable(self) -> list[str]:
        return [*self.parameters, *self.states, *RULE_NAMES, *self.locals]


def read_rule(state: State, item: tree.Item) -> None:
    """Check a rule and record it as a feature."""
    state.ask("rule", item.words[0].span, f"`{item.words[1]}`")
    rule = _Rule()
    for arg in item.args or ():
        with suppress(Wrong):
            _parameter(state, rule, item, arg)
    statements = list(items(state, item.block, Place.RULE))
    for inner, form in statements:
        if form.word != "on":
            with suppress(Wrong):
                _state(state, rule, inner)
    for inner, form in statements:
        if form.word == "on":
            with suppress(Wrong):
                _handler(state, rule, inner)
    for statement in body(item.block):
        if isinstance(statement, tree.Setting):
            advice = "constants stand in the network, parameters behind the rule's name"
            state.report(
                messages.UNKNOWN_STATEMENT.at(
                    statement.name.span,
                    help=advice,
                    name=statement.name.text,
                    place=Place.RULE.value,
                )
            )


def parameters(item: tree.Item) -> dict[str, tree.Value | None]:
    """The parameters of a rule with their defaults; None where there is none."""
    found: dict[str, tree.Value | None] = {}
    for arg in item.args or ():
        if isinstance(arg, tree.Setting):
            found[arg.name.text] = arg.value
        elif isinstance(arg, tree.Name):
            found[arg.word.text] = None
    return found


def check_parameters(state: State, use: Unresolved, rule: tree.Item) -> None:
    """The values that `local_gradient = NAME(...)` gives to a rule's parameters."""
    known, owner = parameters(rule), f"the rule `{use.word}`"
    given = set()
    for arg in use.args or ():
        if not isinstance(arg, tree.Setting):
            state.report(messages.UNNAMED.at(arg.span, owner=use.word.text))
            continue
        given.add(arg.name.text)
        with suppress(Wrong):
            if arg.name.text not in known:
                state.unknown(
                    messages.UNKNOWN_SETTING, arg.name, known, owner=owner, name=arg.name.text
                )
            number(state, arg.value)
    for name, default in known.items():
        if default is None and name not in given:
            span = use.word.span
            state.report(messages.MISSING_SETTING.at(span, owner=owner, name=name, example="= 0.5"))


def _parameter(state: State, rule: _Rule, item: tree.Item, arg: tree.Argument) -> None:
    """`low` must be given where the rule is used; `tau = 20 ms` has a default."""
    match arg:
        case tree.Setting(name, _, value):
            number(state, value)
        case tree.Name(name):
            pass
        case _:
            state.fail(
                messages.WRONG_FORM.at(
                    arg.span, written=f"rule {item.words[1]}(tau = 20 ms)", difference="no name"
                )
            )
    if name.text in rule.parameters:
        first = Label(rule.parameters[name.text].span, "first here")
        what = f"the parameter `{name}`"
        state.fail(messages.TWICE.at(name.span, what=what, related=[first], help=messages.RENAME))
    rule.parameters[name.text] = name


def _state(state: State, rule: _Rule, item: tree.Item) -> None:
    """`pre x(decay = tau)`: a number per source neuron, neuron or synapse."""
    owner, name = item.words
    if rule.states.get(name.text) or name.text in rule.parameters or name.text == ELIGIBILITY:
        known = rule.states.get(name.text) or rule.parameters.get(name.text)
        related = [Label(known.span, "first here")] if known else []
        what = f"the name `{name}`"
        state.report(messages.TWICE.at(name.span, what=what, related=related, help=messages.RENAME))
    rule.states[name.text] = name
    for arg in item.args or ():
        if not isinstance(arg, tree.Setting) or arg.name.text != "decay":
            word = arg.name if isinstance(arg, tree.Setting) else tree.Word(arg.span.text, arg.span)
            state.unknown(
                messages.UNKNOWN_SETTING, word, ["decay"], owner=f"`{owner}`", name=word.text
            )
        _decay(state, rule, arg.value)


def _decay(state: State, rule: _Rule, value: tree.Value) -> None:
    """A decay is a time: a parameter, tau_mem, tau_syn, or a value."""
    if isinstance(value, tree.Name) and value.word.text in (*rule.parameters, *_TAUS):
        return
    exact = number(state, value)
    if exact.dimension != TIME:
        found = dimension_name(exact.dimension)
        state.fail(MISMATCH.at(value.span, what="`decay`", wanted="a time", found=found))


def _handler(state: State, rule: _Rule, item: tree.Item) -> None:
    """`on pre { x += 1 }`: assignments in straight line."""
    event = item.words[1]
    if event.text not in RULE_EVENTS:
        state.unknown(messages.UNKNOWN_NAME, event, RULE_EVENTS, kind="event", name=event.text)
    rule.locals = set()
    for statement in body(item.block):
        match statement:
            case tree.Setting():
                with suppress(Wrong):
                    _assignment(state, rule, statement)
            case tree.Item(words):
                written = "x += 1"
                state.report(
                    messages.WRONG_FORM.at(
                        words[0].span, written=written, difference="no assignment"
                    )
                )
            case tree.Broken():
                pass


def _assignment(state: State, rule: _Rule, setting: tree.Setting) -> None:
    """`=` names a local value, `+=` and `-=` change a state."""
    name = setting.name.text
    is_state = name in rule.states
    state.each(lambda word: _known(state, rule, word), _words(state, setting.value))
    wanted = "+=" if is_state else "="
    if setting.op.text not in (("=", "+=", "-=") if is_state else ("=",)):
        if not is_state and setting.op.text in ("+=", "-="):
            state.unknown(
                messages.UNKNOWN_NAME,
                setting.name,
                list(rule.states),
                otherwise=f"declare it: `synapse {name}`",
                kind="state",
                name=name,
            )
        state.fail(
            messages.WRONG_OPERATOR.at(
                setting.op.span,
                name=name,
                wanted=wanted,
                found=setting.op.text,
                advice="`=` names a value, `+=` and `-=` change a state",
            )
        )
    if not is_state:
        rule.locals.add(name)


def _known(state: State, rule: _Rule, word: tree.Word) -> None:
    """A word that is read: a state, a parameter, a local value, a constant of the network."""
    if word.text in rule.readable:
        return
    definition = state.definitions.get(word.text)
    if definition is not None and definition.what == "constant":
        number(state, tree.Name(word, word.span))
        return
    options = [*rule.readable, *state.named("constant")]
    state.unknown(messages.UNKNOWN_NAME, word, options, kind="value", name=word.text)


def _words(state: State, value: tree.Value) -> Iterator[tree.Word]:
    """The words that an expression reads; its functions and quantities are checked."""
    match value:
        case tree.Name(word):
            yield word
        case tree.Negation(inner):
            yield from _words(state, inner)
        case tree.Binary(_, left, right):
            yield from _words(state, left)
            yield from _words(state, right)
        case tree.Call(word, args):
            _function(state, value)
            for arg in args:
                if not isinstance(arg, tree.Setting):
                    yield from _words(state, arg)
        case _:
            number(state, value)


def _function(state: State, call: tree.Call) -> None:
    name = call.word.text
    if name not in RULE_FUNCTIONS:
        state.unknown(messages.UNKNOWN_NAME, call.word, RULE_FUNCTIONS, kind="function", name=name)
    wanted = RULE_FUNCTIONS[name]
    if len(call.args) != wanted or any(isinstance(arg, tree.Setting) for arg in call.args):
        state.fail(
            messages.VALUE_COUNT.at(
                call.span,
                owner=name,
                wanted=f"{wanted} value{'s' if wanted > 1 else ''}",
                found=len(call.args),
                written=f"{name}({', '.join('xyz'[:wanted])})",
            )
        )
