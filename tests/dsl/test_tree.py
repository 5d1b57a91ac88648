"""Text to tree: what each construct becomes, and where it says it stands."""

import pytest

from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse, tree
from sfdfa_compiler.dsl.tree import (
    Binary,
    Block,
    Call,
    Item,
    Listing,
    Name,
    Negation,
    Number,
    Quantity,
    Setting,
    Text,
    Word,
)
from tests.dsl.laws import assert_spans, nodes

NOWHERE = Source("").line_starts and None


def statements(text: str) -> tuple[tree.Statement, ...]:
    file, diagnostics = parse(Source("x.snn", text))
    assert diagnostics == []
    assert file.complete
    assert file.poisoned == file.broken_lines == frozenset()
    assert_spans(file, text)
    return file.statements


def value(text: str) -> tree.Value:
    (setting,) = statements(f"x = {text}")
    assert isinstance(setting, Setting)
    return setting.value


def show(node: object) -> str:
    """A value with every operation in brackets."""
    match node:
        case Number(text):
            return text
        case Quantity(number, unit):
            return f"{number}{unit}"
        case Text(text):
            return repr(text)
        case Name(word):
            return str(word)
        case Call(word, args):
            return f"{word}({', '.join(map(show, args))})"
        case Listing(items):
            return f"[{', '.join(map(show, items))}]"
        case Negation(inner):
            return f"(-{show(inner)})"
        case Binary(operator, left, right):
            return f"({show(left)}{operator}{show(right)})"
        case Setting(name, operator, inner):
            return f"{name}{operator}{show(inner)}"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 + 2 * 3", "(1+(2*3))"),
        ("1 - 2 - 3", "((1-2)-3)"),
        ("8 / 4 / 2", "((8/4)/2)"),
        ("-2 ^ 2", "(-(2^2))"),
        ("2 ^ -1", "(2^(-1))"),
        ("a -1", "(a-1)"),
        ("- -a", "(-(-a))"),
        ("2 * -a", "(2*(-a))"),
        ("(1 + 2) * 3", "((1+2)*3)"),
        ("(2 ^ 3) ^ 2", "((2^3)^2)"),
        ("60_000", "60_000"),
        ("3e-3", "3e-3"),
        ("1.5E+3", "1.5E+3"),
        ("100 ms", "100ms"),
        ("100ms", "100ms"),
        ("10%", "10%"),
        ("0.5 µs", "0.5µs"),
        ("1e3 Hz", "1e3Hz"),
        ("2 tau", "2tau"),
        ("1 e5", "1e5"),
        ("[]", "[]"),
        ("[[2.5], [2.0],]", "[[2.5], [2.0]]"),
        ("f()", "f()"),
        ("f(a, b = 2, )", "f(a, b=2)"),
        ("f(g(1), [h])", "f(g(1), [h])"),
        ('file("a b#c.npz")', "file('a b#c.npz')"),
        ('""', "''"),
        ("f(\n  1,\n\n  2 # comment\n)", "f(1, 2)"),
        ("[1,\r\n 2]", "[1, 2]"),
    ],
)
def test_values(text: str, shown: str) -> None:
    assert show(value(text)) == shown


def test_a_number_before_a_word_is_a_quantity_on_its_line_only() -> None:
    first, second = statements("x = 2\ntau = 1")
    assert isinstance(first, Setting)
    assert isinstance(first.value, Number)
    assert isinstance(second, Setting)


def test_statement_with_everything() -> None:
    text = 'layer hidden[28, 2](a = 1, b) "why" { x = 1, y += 2 }'
    (item,) = statements(text)
    match item:
        case Item(
            (Word("layer"), Word("hidden")),
            Listing((Number("28"), Number("2"))),
            (Setting(Word("a"), Word("="), Number("1")), Name(Word("b"))),
            Text("why"),
            Block((Setting(Word("x")), Setting(Word("y"), Word("+=")))),
        ):
            pass
        case _:
            raise AssertionError(item)


def test_statement_with_nothing() -> None:
    (item,) = statements("cell")
    assert item == Item((Word("cell", item.span),), None, None, None, None, item.span)


@pytest.mark.parametrize("operator", ["=", "~", "<=", "+=", "-="])
def test_operators_of_settings(operator: str) -> None:
    (setting,) = statements(f"x {operator} 1")
    assert isinstance(setting, Setting)
    assert setting.op.text == operator


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        ",,\n,",
        "# comment",
        "\ufeff",
        "a { }",
        "a {\n}",
        "a {,\n,}",
    ],
)
def test_empty_statements_are_free(text: str) -> None:
    assert len(statements(text)) == text.count("a")


@pytest.mark.parametrize(
    "text",
    [
        "a, b, c",
        "a\nb\nc",
        "a\r\nb\r\nc\r\n",
        "\n,a,,\n\nb # comment, not\n,c,",
        "\ufeffa\nb\nc",
        "a { x }, b { x }\nc",
        "a\n{ x }\nb\nc",
        "a # comment\n# comment\n{ x }\nb, c",
        "a(\n1,\n2\n)\nb\nc",
    ],
)
def test_statements_end_at_line_breaks_and_commas(text: str) -> None:
    words = [statement.words[0].text for statement in statements(text)]  # type: ignore[union-attr]
    assert words == ["a", "b", "c"]


def test_spans() -> None:
    text = "network n {\n    x = (1 + 20 ms) * f(-a)  # comment\n}\n"
    found = {
        type(node).__name__: node.span.text
        for node, _ in nodes(statements(text))
        if hasattr(node, "span")
    }
    assert found == {
        "Item": text.strip(),
        "Block": text[10:].strip(),
        "Setting": "x = (1 + 20 ms) * f(-a)",
        "Binary": "(1 + 20 ms)",  # the inner one; its brackets belong to it
        "Number": "1",
        "Quantity": "20 ms",
        "Call": "f(-a)",
        "Negation": "-a",
        "Name": "a",
        "Word": "a",
    }


def test_places_are_counted_with_a_byte_order_mark_and_windows_line_breaks() -> None:
    first, second = statements("\ufeffa\r\n  b = 1\r\n")
    assert (first.span.start, first.span.end) == (1, 2)
    assert (second.span.line, second.span.column, second.span.text) == (2, 3, "b = 1")


def test_equality_does_not_look_at_places() -> None:
    assert statements("a = 1") == statements("\n\n  a  =  1")
    assert statements("a = 1") != statements("a = 2")


def test_nothing_is_a_keyword() -> None:
    words = "network input layer readout learner target rule from on allow true uniform ms s"
    assert len(statements("\n".join(f"{word} = {word}" for word in words.split()))) == 14
