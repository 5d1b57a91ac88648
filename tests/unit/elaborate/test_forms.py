"""The table of the language is consistent: defaults are legal, features have words."""

from collections.abc import Iterator, Mapping

import pytest

from sfdfa_compiler.diagnostics import Source, Span
from sfdfa_compiler.dsl import forms, parse, statements
from sfdfa_compiler.dsl.entries import CallForm, Kind, Place, SettingForm, ValueForm
from sfdfa_compiler.dsl.tree import File, Setting
from sfdfa_compiler.elaborate.exact import Settings
from sfdfa_compiler.elaborate.settings import complete, read
from sfdfa_compiler.elaborate.state import State
from tests.ui.semantic.harness import check_text

CALLS: list[CallForm] = [
    *forms.ENCODERS.values(),
    *forms.MODELS.values(),
    *forms.CONNECTIONS.values(),
    *forms.READOUTS.values(),
    *forms.PARTS.values(),
]
TABLES: dict[str, Mapping[str, SettingForm]] = {
    **{form.word: form.settings for form in CALLS},
    "network": forms.NETWORK,
    "learner": forms.LEARNER,
    **{f"target {name}": table for name, table in forms.TARGETS.items()},
}


def features() -> Iterator[str]:
    yield from (form.feature for form in CALLS)
    yield from (form.feature for table in TABLES.values() for form in table.values())


def state() -> State:
    return State(File((), Source("forms")))


@pytest.mark.parametrize("name", TABLES)
def test_defaults_are_what_a_user_may_write(name: str) -> None:
    """Written out, a default is accepted, in its range, and no other value than left out."""
    table = {name: form for name, form in TABLES[name].items() if form.default is not None}
    given = {"tau_syn": "10 ms"} if "tau_mem" in table else {}
    lines = [f"{name} = {text}" for name, text in given.items()]
    for setting, form in table.items():
        operator = "<=" if form.promise else "="
        lines.append(f"{setting} {operator} {(form.default or '').replace('tau_syn', '10 ms')}")
    file, syntax = parse(Source("defaults", "\n".join(lines)))
    assert syntax == []
    reader = state()
    settings = [one for one in file.statements if isinstance(one, Setting)]
    written = read(reader, name, settings, TABLES[name])
    assert reader.diagnostics == []
    assert reader.features == []
    base = Settings({key: written.values[key] for key in given})
    left_out = complete(reader, name, base, table, Span(file.source))
    for setting, form in table.items():
        if form.kind not in (Kind.WORD, Kind.GRADIENT):
            assert left_out.values[setting] == written.values[setting]


def test_every_feature_has_words() -> None:
    beyond_settings = {"cycle", "second_source", "rule"}  # asked for by what the file connects
    assert {feature for feature in features() if feature} | beyond_settings == set(forms.FEATURES)


def test_statements_show_their_own_word() -> None:
    for form in statements.STATEMENTS:
        assert form.written.split("(")[0].split()[0] == form.word
        assert form.places


@pytest.mark.parametrize("place", Place)
def test_every_place_has_statements(place: Place) -> None:
    assert statements.statements(place)


@pytest.mark.parametrize("form", forms.VALUES.values(), ids=lambda form: form.word)
def test_examples_of_values_are_right(form: ValueForm) -> None:
    """What a message shows as the right form can be written so."""
    text = f"network n {{\n    example = {form.written}\n    input x[1] {{ encode spikes }}\n}}"
    _, messages = check_text(text)
    assert {message.code for message in messages} == {"SNN123", "SNN124"}  # no layer, unused
