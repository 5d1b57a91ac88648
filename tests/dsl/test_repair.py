"""After a mistake: what is left of the tree, and what is not said."""

import pytest

from sfdfa_compiler.diagnostics import Diagnostic, Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.dsl.report import MOST_FOUND, MOST_SHOWN
from sfdfa_compiler.dsl.tree import Broken, File, Item, Missing, Setting
from tests.dsl.laws import assert_spans


def read(text: str) -> tuple[File, list[Diagnostic]]:
    file, diagnostics = parse(Source("x.snn", text))
    assert_spans(file, text)
    return file, diagnostics


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in read(text)[1]]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("a = 1 b = 2", "a = 1, b = 2"),
        ("a = 1; b = 2;", "a = 1, b = 2"),
        ("x { a = 1 adam(rate = 3) }", "x { a = 1, adam(rate = 3) }"),
        ("x { a = 1 ms layer b[3] { c } }", "x { a = 1 ms, layer b[3] { c } }"),
        ("x = f(a 1, b)", "x = f(a = 1, b)"),
        ("x = [1 2, 3]", "x = [1, 2, 3]"),
        ("x = [28x28]", "x = [28, 28]"),
        ("x = [28 x 28 x 3]", "x = [28, 28, 3]"),
        ("x = [1 + 2 x 3]", "x = [1 + 2, 3]"),
        ("x == 1", "x = 1"),
        ("x: 1", "x = 1"),
        ("x = 2 ** 3", "x = 2 ^ 3"),
        ("x = .5 ms", "x = 0.5 ms"),
        ("x = 5. ms", "x = 5.0 ms"),
        ("x = 2 (a + b)", "x = 2 * (a + b)"),
        ("x = τ_syn", "x = tau_syn"),
        ("x = 'a'", 'x = "a"'),
        ("x = f(1, 2", "x = f(1, 2)"),
        ("x = f([1, 2)", "x = f([1, 2])"),
        ("x = [1, 2)", "x = [1, 2]"),
        ("x = f(1))", "x = f(1)"),
        ("x = f(1\ny = 2", "x = f(1)\ny = 2"),
        ("x = f(a = 1\n  b = 2)", "x = f(a = 1, b = 2)"),
        ("x = f(\na b { c }", "x = f()\na b { c }"),
        ("a { b = f(1 }\nc", "a { b = f(1) }\nc"),
        ("float x = 1", "x = 1"),
        ("layer a 10 { b }", "layer a[10] { b }"),
        ("x = 1 2", "x = 1"),
        ("x = 1 + \\\n  2", "x = 1 + 2"),
        ("x = 1 +\n  2", "x = 1 + 2"),
        ("network n\n    x = 1\n}", "network n {\n x = 1\n}"),
        ("network n {\n  layer a[1]\n    x\n  }\n  y\n}", "network n { layer a[1] { x }, y }"),
        (
            "network n {\n  layer a[1] {\n    x\n  layer b[2] { }\n}",
            "network n { layer a[1] { x }, layer b[2] { } }",
        ),
        ("network n {\n  x { a {\n      b\n  }\n}", "network n { x { a { b } } }"),
        ("network n {\n  x { }\n  }\n  layer b[2] { }\n}", "network n { x { }, layer b[2] { } }"),
        ("network n { x }\n}", "network n { x }"),
    ],
)
def test_what_was_meant_is_read(wrong: str, right: str) -> None:
    file, diagnostics = read(wrong)
    assert diagnostics
    expected, none = read(right)
    assert none == []
    assert file.statements == expected.statements


@pytest.mark.parametrize(
    "text", ["x =", "x = 2 *", "x = f(a = )", "x = [1,,2]", 'x = "a', "x = 0." + "1" * 60]
)
def test_a_value_that_cannot_be_read_is_missing(text: str) -> None:
    file, diagnostics = read(text)
    assert len(diagnostics) == 1
    assert "Missing()" in repr(file)


def test_a_statement_that_is_given_up_defines_its_names() -> None:
    file, diagnostics = read("tau = 3 = 4\nlayer hidden[3] = 3 { x = 1 }\ny = 1")
    assert [type(each) for each in file.statements] == [Broken, Broken, Setting]
    assert file.poisoned == {"tau", "hidden"}
    assert file.broken_lines == {1, 2}
    assert [diagnostic.primary.line for diagnostic in diagnostics] == [1, 2]


def test_giving_up_leaves_the_block_around() -> None:
    file, _ = read("a {\n  b = 1\n  c { d } = 2\n  e = 3\n}\nf = 4")
    outer, last = file.statements
    assert isinstance(outer, Item)
    assert outer.block is not None
    assert [type(each) for each in outer.block.statements] == [Setting, Broken, Setting]
    assert isinstance(last, Setting)


def test_one_error_a_line_and_the_first_stage_wins() -> None:
    assert codes("x = @ 1 = 2 ]\ny = = ( 3") == ["SNN002", "SNN004"]


def test_statements_that_run_together_are_all_said() -> None:
    assert codes("a = 1 b = 2 c = 3") == ["SNN007", "SNN007"]


def test_statements_run_together_are_not_said_behind_another_error() -> None:
    assert codes("a = 100\N{NO-BREAK SPACE}ms b = 2") == ["SNN002"]


def test_semicolons_of_a_line_are_one_message_with_all_edits() -> None:
    _, (diagnostic,) = read("a = 1; b = 2; c = 3;")
    (help_,) = diagnostic.helps
    assert [(edit.span.start, edit.replacement) for edit in help_.edits] == [
        (5, ","),
        (12, ","),
        (19, ""),
    ]


def test_a_foreign_name_is_one_message_with_all_edits() -> None:
    _, (diagnostic,) = read("τ = 1\nx = 2 * τ\ny = f(τ)")
    (help_,) = diagnostic.helps
    assert [edit.span.line for edit in help_.edits] == [1, 2, 3]


def test_a_balanced_file_is_read_as_it_is_written() -> None:
    """The guesses about blocks are for files that do not add up."""
    file, diagnostics = read("network n {\n    layer a[1] {\nlayer b[2] { }\n}\n}")
    assert diagnostics == []
    assert len(file.statements) == 1


def test_reading_stops_after_so_many_errors() -> None:
    file, diagnostics = read("x =\n" * (MOST_SHOWN - 1))
    assert file.complete
    assert len(diagnostics) == MOST_SHOWN - 1
    file, diagnostics = read("x =\n" * MOST_SHOWN)
    assert not file.complete
    assert file.statements == ()
    assert len(diagnostics) == MOST_SHOWN
    assert (diagnostics[-1].code, diagnostics[-1].primary.line) == ("SNN008", MOST_SHOWN)


def test_errors_that_are_not_shown_are_counted_too() -> None:
    file, diagnostics = read("x = " + "@ " * (MOST_FOUND + 1))
    assert not file.complete
    assert [diagnostic.code for diagnostic in diagnostics] == ["SNN002", "SNN008"]


def test_missing_values_stand_where_they_are_missing() -> None:
    file, _ = read("x = 2 * ")
    (setting,) = file.statements
    assert isinstance(setting, Setting)
    missing = setting.value.right  # type: ignore[union-attr]
    assert isinstance(missing, Missing)
    assert (missing.span.start, missing.span.end) == (7, 7)
