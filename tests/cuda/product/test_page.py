"""What docs/targets/cuda.md quotes and counts is so."""

import re
from pathlib import Path

import pytest

from sfdfa_compiler import driver
from sfdfa_compiler.schedule.lower import lower
from sfdfa_compiler.targets.cuda import traffic
from sfdfa_compiler.targets.cuda.lower import steps
from sfdfa_compiler.targets.cuda.memory import MIB, network_bytes

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "targets" / "cuda.md").read_text(encoding="utf-8")
QUOTES = re.findall(r"<!-- quote: (\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL)
DIGITS = traffic.Activity(  # the first 50 of MNIST
    samples=50,
    heard={"hidden": 7120, "output": 37165},
    spikes={"hidden": 37165, "output": 179},
)


def plan(name):
    return lower(driver.check(ROOT / "examples" / f"{name}.snn").graph, "event32")


def walk(schedule):
    """The steps of a training batch, a line for each."""
    names = [layer.name for layer in schedule.layers]
    for number, step in enumerate(steps(schedule, schedule.phases)):
        yield f"{number}  " + ", ".join(f"{call.kernel} {names[call.layer]}" for call in step)


@pytest.mark.parametrize(("name", "quote"), QUOTES)
def test_quotes_are_quotes(name, quote):
    if name == "steps":
        assert quote == "\n".join(walk(plan("tiny"))) + "\n"
    else:
        assert quote in (ROOT / name).read_text(encoding="utf-8")


def test_there_are_quotes():
    assert len(QUOTES) == PAGE.count("<!-- quote: ") == 3


def test_figures_of_the_page():
    schedule = plan("mnist")
    total = traffic.total(schedule, DIGITS)
    megabytes = [total.least, total.moved - total.optimiser, total.optimiser]
    assert all(f"{count / 1e6:.2f}" in PAGE for count in megabytes)
    assert f"{total.ratio:.2f} times that" in PAGE
    assert f"| {total.ratio_with_state:.2f} |" in PAGE
    assert f"moves {total.moved / total.least:.1f} times" in PAGE
    assert f"needs {network_bytes(schedule) / MIB:.0f} MiB" in PAGE
    assert max(total.ratio, total.ratio_with_state) <= 1.5
