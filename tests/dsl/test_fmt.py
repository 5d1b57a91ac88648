"""The formatter: what it changes, and what it leaves alone."""

from importlib.resources import files

import pytest

from sfdfa_compiler.diagnostics import Source, UserError
from sfdfa_compiler.dsl import format_text
from tests.dsl.laws import assert_formatted

FOLDER = files("sfdfa_compiler.examples")
EXAMPLES = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".snn"))


def formatted(text: str) -> str:
    source = Source("x.snn", text)
    assert_formatted(source)
    return format_text(source)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_formatted(name: str) -> None:
    text = FOLDER.joinpath(name).read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x=100ms", "x = 100 ms"),
        ("x<=10%", "x <= 10 %"),
        ("x  ~  uniform( -1,1 )", "x ~ uniform(-1, 1)"),
        ("x = 2*-a- -b^2", "x = 2 * -a - -b ^ 2"),
        ("x = -a*( b+c )", "x = -a * (b + c)"),
        ("x = f (1,)", "x = f(1)"),
        ("x = [ [1,2,],[ ] ]", "x = [[1, 2], []]"),
        ('layer  a [3,3 ] ( b ) "c"{d}', 'layer a[3, 3](b) "c" { d }'),
        ("a{}", "a { }"),
        ("a{b{c,d}, e{}}", "a { b { c, d }, e { } }"),
        ("a,b", "a\nb"),
        ("a, # of a\nb", "a  # of a\nb"),
        ("a {\n  b }", "a {\n    b\n}"),
        ("a\n{\nb\n\n}", "a {\n    b\n}"),
        ("a # of a\n # of b\n{\nb\n}", "a {  # of a\n    # of b\n    b\n}"),
        ("a # of a\n{ b }", "a {  # of a\n    b\n}"),
        ("a { b # of b\n}", "a {\n    b  # of b\n}"),
        ("a { b\n} # of a", "a {\n    b\n}  # of a"),
        ("a {\n# of nothing\n}", "a {\n    # of nothing\n}"),
        ("\n\n# first\n\n\n\na\n\nb\n\n\n# last\n\n", "# first\n\na\n\nb\n\n# last"),
        ("# comment   \na", "# comment\na"),
        ("f(\n1,\n2\n)", "f(1, 2)"),
        ("f(1, # one\n2)", "f(\n    1,  # one\n    2,\n)"),
        ("f(1 # one\n,2)", "f(\n    1,  # one\n    2,\n)"),
        ("f( # of f\n1)", "f(\n    # of f\n    1,\n)"),
        ("f(1\n# last\n)", "f(\n    1,\n    # last\n)"),
        ("x = (1 + # one\n2)", "x = (\n    1 +  # one\n    2\n)"),
        (
            "f([1, # one\n2], 3)",
            "f(\n    [\n        1,  # one\n        2,\n    ],\n    3,\n)",
        ),
        ("a = 1\nbc = 2", "a = 1\nbc = 2"),
        ("a  = 1\nbc = 2", "a  = 1\nbc = 2"),
        ("a   = 1\nbc  = 2", "a  = 1\nbc = 2"),
        ("a  = 1\n\nbc = 2", "a = 1\n\nbc = 2"),
        ("a = 1      # here\nb = 22  # not here", "a = 1      # here\nb = 22  # not here"),
        ("\ufeffa", "a"),
    ],
)
def test_rules(text: str, expected: str) -> None:
    assert formatted(text) == f"{expected}\n"


def test_nothing_becomes_nothing() -> None:
    assert formatted("") == formatted("\n\n ,\n") == ""


def test_windows_line_breaks_stay() -> None:
    assert formatted("a=1\r\nb=2") == "a = 1\r\nb = 2\r\n"


def test_a_block_leaves_its_line_at_101_columns() -> None:
    line = f"layer {'a' * 78}[3] {{ b = 1, c }}"
    assert len(line) == 100
    assert formatted(line) == f"{line}\n"
    longer = line.replace("aa", "aaa", 1)
    assert formatted(longer) == f"layer {'a' * 79}[3] {{\n    b = 1\n    c\n}}\n"


def test_long_brackets_break() -> None:
    names = [f"name_{index} = {index}" for index in range(12)]
    assert formatted(f"lif({', '.join(names)})") == "".join(
        ["lif(\n", *(f"    {name},\n" for name in names), ")\n"]
    )


def test_long_lists_of_numbers_fill_their_lines() -> None:
    lines = formatted(f"x = [{', '.join(['-0.25'] * 39)}]").splitlines()
    assert (lines[0], lines[-1]) == ("x = [", "]")
    assert len(lines) == 5
    assert all(len(line) <= 100 for line in lines)


def test_matrices_have_a_row_a_line() -> None:
    row = "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]"
    expected = f"x = [\n{f'    {row},{chr(10)}' * 3}]\n"
    assert formatted(f"x = [{', '.join([row] * 3)}]") == expected


def test_wrong_syntax_is_left_alone() -> None:
    with pytest.raises(UserError) as caught:
        format_text(Source("x.snn", "a = \nb = ("))
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["SNN001", "SNN004"]
