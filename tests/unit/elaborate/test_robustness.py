"""No input makes elaboration or a check fail: there are diagnostics, never a traceback."""

import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sfdfa_compiler.diagnostics import errors, render
from tests.ui.semantic.harness import check_text

EXAMPLES = sorted(Path("examples").glob("*.snn"))
TEXTS = [path.read_text(encoding="utf-8") for path in EXAMPLES]
TEXTS += [path.read_text(encoding="utf-8") for path in Path("tests/ui/semantic").glob("*.snn")]
PIECES = sorted({piece for text in TEXTS for line in text.splitlines() for piece in line.split()})
ODD = ["0", "-1", "1e300", "1e-300", "1e12", "ms", "%", "lif()", "[]", "{", "}", "(", ")", "^ 64"]


@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(PIECES + ODD)), max_size=6
    ),
)
@settings(max_examples=300)
def test_spoilt_programs(text: str, changes: list[tuple[float, int, str]]) -> None:
    """Words of other programs replace words of a good one."""
    words = text.split(" ")
    for position, length, piece in changes:
        start = int(position * (len(words) - 1))
        words[start : start + length] = [piece]
    graph, found = check_text("\n" + " ".join(words))  # the first line would give options
    assert render(found).count("]: ") >= len(found[:100])
    assert all(diagnostic.helps for diagnostic in found)
    if graph is not None and graph.whole:
        assert not [error for error in errors(found) if error.code < "SNN200"]


def test_long_lists_take_little_time() -> None:
    row = "[" + ", ".join(["0.125"] * 100) + "]"
    rows = ",\n".join([row] * 784)
    text = f"""network n {{
        input x[28, 28] {{ encode ttfs(window = 100 ms) }}
        layer y[100] {{ from x dense(weight = [{rows}]), lif(tau_syn = 10 ms, threshold = 1) }}
    }}"""
    start = time.process_time()
    graph, found = check_text(text)
    assert time.process_time() - start < 10
    assert found == []
    assert graph is not None
    assert graph.projections[0].weight.rows[783][99] == 0.125  # type: ignore[union-attr]


def test_long_chains_of_constants() -> None:
    """Each doubles the digits of the one before: refused where they become too many."""
    lines = ["a0 = 1 / 3"] + [f"a{i + 1} = a{i} * a{i} + 1 / 7" for i in range(40)]
    text = "network n {\n" + "\n".join(lines) + "\n input x[1] { encode spikes }\n}"
    _, found = check_text(text)
    assert sorted(error.code for error in errors(found)) == ["SNN112", "SNN123"]
