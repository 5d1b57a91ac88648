"""The text of a plan says all that the plan has, and its formulas are the arithmetic itself."""

import re

import numpy as np
import pytest

from sfdfa_compiler import driver
from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.arith.ops import FMA
from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.schedule.bound import memory_bound
from sfdfa_compiler.schedule.formulas import formula
from sfdfa_compiler.schedule.lower import lower
from sfdfa_compiler.schedule.text import to_text
from tests.helpers.small import PROGRAM

DEEP = PROGRAM.replace(
    "layer output[2] {\n        from hidden",
    "layer second[3] {\n        from hidden dense(weight = 1)\n        cell\n    }\n"
    "    layer output[2] {\n        from second",
)
PROGRAMS = {
    "sfdfa": PROGRAM,
    "exact": PROGRAM.replace("adam(", "local_gradient = exact\n        adam("),
    "bp": DEEP.replace("learner sfdfa", "learner bp"),
    "long": PROGRAM.replace("    cell =", "    window = 5 s\n    cell ="),
    "deep": DEEP,
}


def plan(text, profile="event32"):
    return lower(driver.check_source(Source("x.snn", text)).graph, profile)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("profile", ["event32", "event64"])
def test_everything_in_the_plan_is_in_the_text(name, profile):
    schedule = plan(PROGRAMS[name], profile)
    text = to_text(schedule)
    for number, phase in enumerate(schedule.phases, 1):
        assert f"\n  {number:2} {phase.kernel} {phase.layer}\n" in text
        for word in (*phase.reads, *phase.writes, *phase.constants, *phase.rates, *phase.micros):
            assert word in text
        for value in phase.constants.values():
            assert repr(value) in text
        for micro in phase.micros.values():
            assert f"\n  {micro.name}(" in text
            assert f"from {micro.source}\n" in text
    for buffer in schedule.buffers.values():
        assert re.search(
            rf"\n  {re.escape(buffer.name)} +{buffer.bound:,} +{buffer.bytes:,} ", text
        )
    assert f"in all {memory_bound(schedule):,} bytes" in text
    assert text == to_text(plan(PROGRAMS[name], profile))


def test_rates_by_epoch():
    text = PROGRAM.replace("rate = 1e-2", "rate = step(1e-2, 1e-3, at = 2)")
    assert "rate = 0.01, 0.001 from epoch 2" in to_text(plan(text))
    text = PROGRAM.replace("rate = 1e-2", "rate = decay(1e-2, factor = 0.5, every = 2)")
    assert "rate = 0.01 * 0.5 ^ (epoch // 2)" in to_text(plan(text))
    text = PROGRAM.replace("rate = 1e-2", "rate = cosine(1e-2)")
    assert "rate = 0.01 * (1 + cos(pi * epoch / epochs)) / 2" in to_text(plan(text))


def test_a_clock_profile():
    text = to_text(plan(PROGRAM, "clock:loihi2"))
    assert "time: 200 steps of 0.001 s, latency 1" in text
    assert "on_step hidden" in text


def micros():
    found = {}
    for text in PROGRAMS.values():
        for phase in plan(text).phases:
            found |= {micro.name: micro for micro in phase.micros.values()}
    return sorted(found.values(), key=lambda micro: micro.name)


DRAWS = {
    "float32": lambda random: random.normal(1, 1, 500).astype(np.float32),
    "bool": lambda random: random.random(500) < 0.5,
    "uint32": lambda random: random.integers(0, 2**32, 500, np.uint32),
}


@pytest.mark.parametrize("micro", micros(), ids=lambda micro: micro.name)
def test_a_formula_computes_what_the_micro_function_does(micro):
    """Run the printed lines as Python, on random numbers, and compare every bit."""
    random = np.random.default_rng(0)
    inputs = [DRAWS[str(node.format)](random) for node in micro.inputs]
    names = {node.name: value for node, value in zip(micro.inputs, inputs, strict=True)}
    names |= {"fma": FMA[32], "select": np.where, "sqrt": np.sqrt, "abs": np.abs, "inf": np.inf}
    names |= {f"uint{bits}": np.dtype(f"u{bits // 8}").type for bits in (32, 64)}
    with np.errstate(all="ignore"):
        for line in formula(micro):
            name, _, value = line.replace("'", "_new").partition(" = ")
            value = re.sub(r"2\^(-\d+)", r"2.0**\1", value)
            names[name] = eval(value, {}, names)
    for (output, _), expected in zip(micro.outputs.items(), evaluate(micro, *inputs), strict=True):
        got = np.broadcast_to(names.get(f"{output}_new", names.get(output)), expected.shape)
        assert got.astype(expected.dtype).tobytes() == expected.tobytes()
