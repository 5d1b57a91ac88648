"""The normative page of the event profiles says what the code does.

What the code can print stands on the page between two comments: formulas, learners, examples.
`pytest --snapshot-update` writes these parts anew.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.arith import FLOAT32, FLOAT64, Micro, Recipe, draw, event
from sfdfa_compiler.arith.philox import Purpose
from sfdfa_compiler.data.encode import table_digests
from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.ir import Fixed, Rate, Step
from sfdfa_compiler.learners import LEARNERS, ErrorPath
from sfdfa_compiler.schedule.formulas import formula

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "semantics.md"
TEXT = PAGE.read_text(encoding="utf-8")
PART = re.compile(
    r"<!-- (formulas|learners|examples)(?:: ([^>]*))? -->\n(.*?)<!-- end -->\n", re.DOTALL
)

# ---------------------------------------------------------------- what the code prints


def micros() -> dict[str, Recipe]:
    return {name: recipe for name, recipe in vars(event).items() if isinstance(recipe, Recipe)}


def formulas(names: str) -> Iterator[str]:
    """The micro-functions of these names, as a block of text."""
    yield "```text"
    for number, name in enumerate(names.split()):
        micro: Micro = micros()[name].at(FLOAT32)
        assert [*formula(micro)] == [*formula(micros()[name].at(FLOAT64))]
        if number:
            yield ""
        yield f"{name}({', '.join(node.name for node in micro.inputs)})"
        yield from (f"    {line}" for line in formula(micro))
    yield "```"


ERRORS = {
    ErrorPath.FEEDBACK: "sum over classes of B e, + r: one for each sample",
    ErrorPath.BACKWARD: "handed down, + r: one for each spike",
}


def learners(_: str) -> Iterator[str]:
    """The table of learners."""
    yield "| learner | delta of a hidden neuron | feedback B | local gradient |"
    yield "|---|---|---|---|"
    for name, kind in LEARNERS.items():
        match kind.feedback:
            case None:
                feedback = "none"
            case ir.Constant(value):
                feedback = f"starts at {value:g}"
            case ir.Uniform(low, high):
                feedback = f"U({low:g}, {high:g})"
        if kind.feedback:
            feedback += ", learned" if kind.learns_feedback else ", fixed"
        gradient = kind.local_gradient.name.lower()
        yield f"| {name} | {ERRORS[kind.error_path]} | {feedback} | {gradient} |"


NAMES = ("mnist", "mnist_dfa", "mnist_bp", "emnist", "fashion_mnist", "shd", "fsdd")


def examples(_: str) -> Iterator[str]:
    """The settings of the example programs."""
    yield (
        "| program | neurons | tau_syn | thresholds | max_spikes | beta / n_hat | rate | "
        "feedback_rate | batch | epochs |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name in NAMES:
        graph = read(name)
        learner = graph.learner
        sizes = [graph.inputs[0].size, *(layer.size for layer in graph.layers)]
        learns = LEARNERS[learner.name].learns_feedback
        cells = [
            name,
            "-".join(map(str, sizes)),
            f"{1000 * graph.layers[0].tau_syn:g} ms",
            ", ".join(map(threshold, graph.layers)),
            ", ".join(str(layer.max_spikes) for layer in graph.layers),
            ", ".join(f"{p.strength:g} / {p.target:g}" for p in learner.rate_penalties.values()),
            one(rate(optimiser.rate) for optimiser in learner.optimisers.values()),
            rate(learner.feedback_rate) if learns else "",
            str(learner.batch),
            str(learner.epochs),
        ]
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |")


def read(name: str) -> ir.Graph:
    path = ROOT / "examples" / f"{name}.snn"
    file, found = parse(Source(path.name, path.read_text(encoding="utf-8")))
    graph, more = elaborate(file)
    assert graph is not None
    assert [*found, *more] == []
    return graph


def threshold(layer: ir.LifLayer) -> str:
    """Such as `0.2 / 0.26`: the authors' number, over tau."""
    number = round(layer.threshold * layer.tau_mem, 6)
    assert number / layer.tau_mem == pytest.approx(layer.threshold, rel=1e-12)
    return f"{number:g} / {layer.tau_mem:g}"


def rate(value: Rate) -> str:
    match value:
        case Fixed(number):
            return f"{number:g}"
        case Step(numbers, at):
            later = [f"{n:g} from epoch {e}" for n, e in zip(numbers[1:], at, strict=True)]
            return ", ".join([f"{numbers[0]:g}", *later])
    raise TypeError(value)


def one(values) -> str:
    (value,) = set(values)
    return value


PRINT = {"formulas": formulas, "learners": learners, "examples": examples}


def printed(kind: str, names: str) -> str:
    return "".join(f"{line}\n" for line in PRINT[kind](names))


def renewed(page: str) -> str:
    """The page with all its printed parts as they should be."""

    def part(found: re.Match[str]) -> str:
        head, _, _ = found[0].partition("\n")
        return f"{head}\n{printed(found[1], found[2] or '')}<!-- end -->\n"

    return PART.sub(part, page)


# ---------------------------------------------------------------- the tests


def test_printed_parts_are_what_the_code_prints(request):
    if request.config.getoption("update_snapshots", default=False):
        PAGE.write_text(renewed(TEXT), encoding="utf-8")
        return
    for kind, names, text in PART.findall(TEXT):
        assert text == printed(kind, names), "write it with --snapshot-update"


def test_a_changed_formula_would_be_found():
    assert TEXT.count("a' = fma(w, E * E, a)") == 1
    wrong = TEXT.replace("a' = fma(w, E * E, a)", "a' = a + w * (E * E)")
    assert renewed(wrong) == renewed(TEXT) != wrong


def test_every_formula_is_on_the_page_once():
    named = [name for kind, names, _ in PART.findall(TEXT) for name in names.split()]
    assert sorted(named) == sorted(micros())


def test_micro_functions_name_the_section_that_they_stand_in():
    for kind, names, _ in PART.findall(TEXT):
        if kind != "formulas":
            continue
        place = TEXT.index(f"<!-- {kind}: {names} -->")
        (section,) = re.findall(r"^## (\d)\. ", TEXT[:place], re.MULTILINE)[-1:]
        for name in names.split():
            source = micros()[name].source
            if name not in ("next_epoch", "previous_epoch"):  # one rule, in two sections
                assert source.startswith(f"section {section}"), name


def test_the_table_of_purposes():
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", TEXT, re.MULTILINE)
    wanted = [(str(p.value), p.name.lower().replace("_", " ")) for p in Purpose]
    assert rows == wanted


@pytest.mark.parametrize("name", NAMES)
def test_what_the_examples_have_in_common(name):
    """The sentence behind the table."""
    graph = read(name)
    audio = name in ("shd", "fsdd")
    assert (graph.readout.correct, graph.readout.other) == (15, 3)
    assert graph.window == (1.0 if audio else 0.2)
    assert graph.inputs[0].encoder == (ir.Recorded() if audio else ir.Ttfs(0.1))
    for optimiser in graph.learner.optimisers.values():
        assert (optimiser.beta1, optimiser.beta2, optimiser.epsilon) == (0.9, 0.999, 1e-8)
    for layer in graph.layers:
        (projection,) = graph.into(layer.name)
        wide = audio and layer.name == graph.readout.layer
        assert projection.weight == (ir.Uniform(-0.9, 1.1) if wide else ir.Uniform(-1.0, 1.0))


def test_digests_of_tables():
    tau = read("mnist").layers[0].tau_mem
    (digest,) = table_digests(read("mnist").inputs, tau=tau, dtype=np.float32).values()
    normal = hashlib.sha256(draw.normal_table().astype("<f4").tobytes()).hexdigest()
    assert re.findall(r"`([0-9a-f]{64})`", TEXT) == [digest, normal]


def test_names_in_the_text_exist():
    """Every `name` in backticks with an underscore is one of the code, the language or the page."""
    known = {*micros(), *dir(event)}
    language = (ROOT / "dsl" / "forms.py").read_text(encoding="utf-8")
    for name in re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", TEXT):
        assert name in known or f'"{name}"' in language, name
