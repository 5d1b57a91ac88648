"""What follows `--set`."""

import pytest

from sfdfa_compiler.diagnostics import Source, render
from sfdfa_compiler.dsl import parse_override
from sfdfa_compiler.dsl.tree import Call, Number, Quantity
from tests.dsl.laws import assert_spans


@pytest.mark.parametrize(
    ("text", "path", "op", "kind"),
    [
        ("hidden.lif.threshold=0.8", "hidden lif threshold", "=", Number),
        ("learner.epochs = 3", "learner epochs", "=", Number),
        ("network.window=100 ms", "network window", "=", Quantity),
        ("window=100ms", "window", "=", Quantity),
        ("hidden.from.image.weight~uniform(-2,2)", "hidden from image weight", "~", Call),
        ("target.loihi2.activity<=10%", "target loihi2 activity", "<=", Quantity),
        ("a . b = 1", "a b", "=", Number),
    ],
)
def test_right(text: str, path: str, op: str, kind: type) -> None:
    override, diagnostics = parse_override(Source("--set", text))
    assert diagnostics == []
    assert override is not None
    assert " ".join(map(str, override.path)) == path
    assert override.op.text == op
    assert isinstance(override.value, kind)
    assert_spans(override, text)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "SNN001: the setting is not complete"),
        ("a", 2, "SNN001: the setting is not complete"),
        ("a.b=", 5, "SNN001: the setting is not complete"),
        ("=3", 1, "SNN001: `=` cannot stand here"),
        ("a..b=3", 3, "SNN001: `.` cannot stand here"),
        ("a=1,b=2", 4, "SNN001: `,` cannot stand here"),
        ("a=1 b=2", 6, "SNN001: `=` cannot stand here"),
        ("a=1\nb=2", 4, "SNN001: the end of the line cannot stand here"),
        ("a=.5", 3, "SNN002: a number has digits on both sides of its point"),
        ("a=f(1", 4, "SNN004: `(` is never closed"),
        ("a==1", 2, "SNN002: `==` has no meaning here"),
        ("a=1;", 4, "SNN003: a statement does not end with `;`"),
        ("a=\udcff", 3, "SNN002: U+DCFF has no meaning here"),
        ("a=" + "1+" * 300 + "1", 404, "SNN008: nested more than 200 deep"),
    ],
)
def test_wrong(text: str, column: int, message: str) -> None:
    override, (first, *_) = parse_override(Source("--set", text))
    assert override is None
    assert f"{first.code}: {first.message}".startswith(message)
    assert (first.primary.source.name, first.primary.column) == ("--set", column)
    assert "--> --set:1:" in render([first])
