"""The limits, each from both sides, and what they are for: hostile files end soon."""

import resource
import time

import pytest

from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.dsl.lexer import MOST_NUMBER, MOST_TOKENS
from sfdfa_compiler.dsl.nesting import MOST_NESTING
from sfdfa_compiler.dsl.source import MOST_BYTES
from tests.dsl.laws import nodes


def messages(text: str) -> list[str]:
    _, diagnostics = parse(Source("x.snn", text))
    return [f"{diagnostic.code}: {diagnostic.message}" for diagnostic in diagnostics]


NESTED = {
    "brackets": ("x = " + "(" * MOST_NESTING + "1" + ")" * MOST_NESTING, "("),
    "lists": ("x = " + "[" * MOST_NESTING + "]" * MOST_NESTING, "["),
    "blocks": ("a {" * MOST_NESTING + "}" * MOST_NESTING, "{"),
    "signs": ("x = " + "-" * MOST_NESTING + "1", "-"),
    "sums": ("x = " + "1+" * MOST_NESTING + "1", "+"),
    "sum behind brackets": ("x = " + "f(" * 100 + ")" * 100 + "+1" * (MOST_NESTING - 100), "+"),
    "mixed": ("a { b { x = f(1 + [2 * (" + "-" * (MOST_NESTING - 7) + "3)]) } }", "-"),
}


@pytest.mark.parametrize("name", NESTED)
def test_nesting(name: str) -> None:
    text, sign = NESTED[name]
    assert messages(text) == []
    deeper = text.replace(sign, sign * 2, 1) if sign != "+" else f"{text}+1"
    if name in ("brackets", "lists", "blocks"):
        deeper += {"(": ")", "[": "]", "{": "}"}[sign]
        deeper = deeper.replace("{{", "{a{")
    assert [message[:6] for message in messages(deeper)] == ["SNN008"]
    file, _ = parse(Source("x.snn", text))
    assert max(depth for _, depth in nodes(file)) <= 3 * MOST_NESTING


def test_operators_behind_deep_values_count_on_top_of_them() -> None:
    """No tree is deeper, however brackets and operators are mixed."""
    value = "1"
    for level in range(1, 18):
        value = f"f({value})" + " + 1" * (20 - level)
    assert [message[:6] for message in messages(f"x = {value}")] == ["SNN008"]


def test_values_side_by_side_do_not_add_up() -> None:
    assert messages("x = [" + "-1 + f(2), " * 1000 + "]") == []
    assert messages("x = 1 + 2\n" * 1000) == []


def test_numbers() -> None:
    assert messages("x = " + "1" * MOST_NUMBER) == []
    assert messages("x = " + "1" * MOST_NUMBER + "   ms") == []
    (message,) = messages("x = 1" + "1" * MOST_NUMBER + " ms")
    assert message == "SNN002: a number has at most 60 characters, this one 61"


def test_bytes() -> None:
    comment = "# µ"
    assert messages(comment + "x" * (MOST_BYTES - 4)) == []
    assert messages(comment + "x" * (MOST_BYTES - 3)) == ["SNN008: the file is larger than 1 MiB"]


def test_words() -> None:
    assert messages("a\n" * (MOST_TOKENS // 2)) == []
    (message,) = messages("a\n" * (MOST_TOKENS // 2) + "a")
    assert message == "SNN008: the file has more than 250,000 words, signs and line breaks"


REPEATED = [
    *"()[]{},;:=~^-+*/.%#\"'\\@_aµé1\n\r\t\0",
    *[
        "()",
        "[]",
        "{}",
        "a ",
        "1 ",
        "a=1\n",
        "a\n",
        "a=\n",
        "x=1 2 ",
        "a=1 b=2 ",
        "[1 2 ",
        "a(",
        "a{",
    ],
    *["a=(\n", "\n}", "é=1\n", "1.", ".5 ", "1_", "1e", "==", "**", "/*", "\\\n", "\ufeff", " {\n"],
    *[
        "layer a{\n",
        "layer a(\n",
        "28 x ",
        "[28x28",
        "f(a=1,\n",
        "a\n  b\n",
        "(1)\n",
        "“a”\n",
        '"\n',
    ],
    *[
        "layer a[3] { from b dense(weight ~ uniform(-1, 1)), lif(tau_syn = 10 ms) }\n",
        "x = 0.125, ",
    ],
]


def seconds(piece: str, size: int) -> float:
    source = Source("x.snn", piece * (size // len(piece.encode())))
    before = time.process_time()
    parse(source)
    return time.process_time() - before


@pytest.mark.parametrize("piece", REPEATED, ids=repr)
def test_hostile_files_end_soon(piece: str) -> None:
    assert seconds(piece, MOST_BYTES // 16) < 1


@pytest.mark.slow
@pytest.mark.parametrize("piece", REPEATED, ids=repr)
def test_large_hostile_files_end_soon(piece: str) -> None:
    """Sixteen times the text takes about sixteen times the time: nothing is quadratic."""
    assert seconds(piece, MOST_BYTES) < 8  # a second or two on a quiet machine


def test_memory_is_bounded() -> None:
    """The largest tree there is: many short values."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert messages("x = [" + "1, " * (MOST_TOKENS // 2 - 4) + "]") == []
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200
