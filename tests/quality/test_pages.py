"""What the pages about the code quote is there, and the spike of the architecture comes out.

`pytest --snapshot-update` writes the spike anew.
"""

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler import data, driver
from sfdfa_compiler.arith import FLOAT32, event
from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.cli.emit import emitted
from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.machine import choose
from sfdfa_compiler.schedule import Axis
from sfdfa_compiler.schedule.lower import lower
from sfdfa_compiler.targets.native.build import FLAGS, GCC_FLAGS, X86_FLAGS
from sfdfa_compiler.targets.native.regions import Region, regions

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
NATIVE = ROOT / "docs" / "targets" / "native.md"
TEXT = PAGE.read_text(encoding="utf-8")
QUOTE = re.compile(r"<!-- quote: (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
QUOTES = [
    pytest.param(*found, id=f"{page.stem}-{found[0]}")
    for page in (PAGE, NATIVE)
    for found in QUOTE.findall(page.read_text(encoding="utf-8"))
]
SPIKE = re.compile(r"(<!-- spike -->\n).*?(<!-- end -->\n)", re.DOTALL)


@cache
def tiny() -> driver.Program:
    return driver.check(ROOT / "examples" / "tiny.snn")


def source(name: str) -> str:
    """The text that is quoted: a file, or a stage of the compiler."""
    if name in ("ir", "schedule", "code"):
        return emitted(tiny(), name, "native", "event32")
    if name == "regions":
        schedule = lower(tiny().graph, "event32")
        return "".join(f"{described(region)}\n" for region in regions(schedule, schedule.phases))
    return (ROOT / name).read_text(encoding="utf-8")


def described(region: Region) -> str:
    """Such as `by samples    sort hidden, hear output`."""
    axis = "by samples" if region.axis is Axis.SAMPLE else "by blocks"
    phases = ", ".join(f"{phase.kernel} {phase.layer}" for phase in region.phases)
    return f"{axis + (' *' if region.split else ''):<12} {phases}"


@pytest.mark.parametrize(("name", "quote"), QUOTES)
def test_quotes_are_quotes(name, quote):
    assert quote in source(name)


def test_there_are_quotes():
    assert len(QUOTES) == sum(
        page.read_text(encoding="utf-8").count("<!-- quote: ") for page in (PAGE, NATIVE)
    )
    assert len(QUOTES) > 6


def test_every_flag_has_its_reason():
    """Row by row, the table of the page has the flags that compilers are given, and no others."""
    rows = re.findall(r"^\| `(-[^|]*)` \|", NATIVE.read_text(encoding="utf-8"), re.MULTILINE)
    named = [flag for row in rows for flag in row.replace("`", "").replace(",", "").split()]
    assert sorted(named) == sorted([*FLAGS, *GCC_FLAGS, *X86_FLAGS])


def first_spike() -> str:
    """The first spike of the hidden layer: counted on the interpreter, retold by its formulas."""
    graph = tiny().graph
    images = data.load().test
    layer = graph.layers[0]
    events = data.encode(
        images, graph.inputs[0], tau=layer.tau_mem, window=graph.window, dtype=np.float32
    )
    session = driver.open_session(tiny(), choose("reference", "event32"), seed=0)
    batch = Batch(events={"image": events}, rows=np.array([0]))
    fired = session.forward(batch, record=True).spikes["hidden"]
    i, E_spike = int(fired.neuron[0]), fired.E[0]

    theta, theta4 = np.float32(layer.threshold), np.float32(4 * layer.threshold)
    weight = session.state().weights["hidden"][:, i]
    a = b = np.float32(0)
    for k, (E, j) in enumerate(zip(events.E, events.neuron, strict=True)):
        a, b = evaluate(event.integrate.at(FLOAT32), a, b, weight[j], E)
        E_next = events.E[k + 1]
        if E_next == E:
            continue
        crossing = event.crossing.at(FLOAT32)
        fires, up = evaluate(crossing, a, b, E, E_next, theta, theta4)
        if fires:
            break
    assert up == E_spike
    assert images.labels[0] == 7  # as the page says
    assert float(b / E - a / E**2) < theta  # likewise
    pixel = int(images.pixels[0, j])
    seconds = 0.1 * (1 - pixel / 255)
    lines = [
        f"pixel {j} has the value {pixel}:      t = 100 ms * (1 - {pixel} / 255) = "
        f"{1000 * seconds:.2f} ms,  E = exp(t / 260 ms) = {E!s}",
        f"neuron {i} has heard {k + 1} events:  a = {a!s},  b = {b!s}",
        f"the next event comes at         E = {E_next!s}",
        f"neuron {i} fires at              E = {up!s},  "
        f"t = 260 ms * ln E = {1000 * layer.tau_mem * math.log(float(up)):.2f} ms",
    ]
    return "```text\n" + "\n".join(lines) + "\n```\n"


def test_the_spike(request):
    wanted = SPIKE.sub(lambda found: found[1] + first_spike() + found[2], TEXT)
    if request.config.getoption("update_snapshots", default=False):
        PAGE.write_text(wanted, encoding="utf-8")
        return
    assert wanted == TEXT
