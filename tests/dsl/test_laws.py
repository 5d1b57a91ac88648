"""The laws of `laws.py` for texts that nobody thought of."""

import string

from hypothesis import given
from hypothesis import strategies as st

from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse
from tests.dsl.laws import assert_formatted, assert_front_end
from tests.fuzz.corpus import PIECES

# ---------------------------------------------------------------- any text

ANY_TEXT = st.text(st.characters(), max_size=60)
SIGNS = st.lists(st.sampled_from((*PIECES, *string.punctuation, "a", "1", " ")), max_size=40).map(
    "".join
)
WORDS = st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)


@given(ANY_TEXT | SIGNS | WORDS)
def test_any_text(text: str) -> None:
    assert_front_end(text)


# ---------------------------------------------------------------- right programs, badly laid out


Texts = st.SearchStrategy[str]


def concat(*parts: str | Texts) -> Texts:
    """One after the other."""
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(
        "".join
    )


def one_of(*texts: str) -> Texts:
    return st.sampled_from(texts)


def many(part: Texts, least: int = 0, most: int = 5) -> Texts:
    return st.lists(part, min_size=least, max_size=most).map("".join)


NAME = one_of("a", "bc", "layer", "from", "tau_syn", "x1", "ms")
NUMBER = one_of("0", "12", "0.5", "3e-3", "60_000")
QUANTITY = concat(NUMBER, one_of("", " "), one_of("ms", "%"))
TEXT = one_of('""', '"a # b"', '"w.npz"')
COMMENT = one_of("# c", "#", "#  long " + "comment " * 12)
BREAKS = many(one_of("\n", "\n  ", " ") | concat("  ", COMMENT, "\n"), most=3)
BLANKS = one_of("", " ", "   ")


def bracketed(left: str, item: Texts, right: str) -> Texts:
    """Items between brackets, with commas, line breaks and comments among them."""
    items = many(concat(BREAKS, item, BREAKS, ","))
    last = concat(item, BREAKS)
    return concat(left, BREAKS, items, right) | concat(left, BREAKS, items, last, right)


def setting(value: Texts) -> Texts:
    return concat(NAME, BLANKS, one_of("=", "~", "<=", "+=", "-="), BLANKS, value)


def compound(value: Texts) -> Texts:
    return st.one_of(
        concat("-", value),
        concat("(", BREAKS, value, BREAKS, ")"),
        concat(value, " ", one_of("+", "-", "*", "/"), BLANKS, value),
        concat("(", value, ")", BLANKS, "^", BLANKS, one_of("2", "-2")),
        bracketed("[", value, "]"),
        concat(NAME, BLANKS, bracketed("(", value | setting(value), ")")),
    )


VALUE = st.recursive(NUMBER | QUANTITY | TEXT | NAME, compound, max_leaves=8)


def statement(block: Texts) -> Texts:
    words = concat(NAME, many(concat("  ", NAME), most=2))
    shape = one_of("") | bracketed("[", VALUE, "]")
    arguments = one_of("") | bracketed("(", VALUE | setting(VALUE), ")")
    head = concat(words, shape, arguments, one_of("") | TEXT)
    return setting(VALUE) | head | concat(head, one_of("", "\n", "  # c\n# d\n"), "{", block, "}")


def program(statement_: Texts) -> Texts:
    separator = one_of(",", ", ", "\n", "\n\n\n", ",\n", "  # c\n", "\n# d\n", " # e\n\n# f\n")
    return concat(one_of("") | separator, many(concat(statement_, separator)))


PROGRAM = program(
    st.recursive(setting(VALUE), lambda inner: statement(program(inner)), max_leaves=6)
)


@given(PROGRAM)
def test_any_program(text: str) -> None:
    source = Source("x.snn", text)
    _, diagnostics = parse(source)
    assert diagnostics == []
    assert_front_end(text)
    assert_formatted(source)
