"""The example programs: they check without a word and say what the paper's table says."""

import subprocess
import sys
from pathlib import Path

import pytest

from sfdfa_compiler.ir import (
    Adam,
    Fixed,
    Graph,
    LocalGradient,
    RatePenalty,
    Recorded,
    Step,
    Ttfs,
    Uniform,
)
from tests.ui.semantic.harness import check_text

FOLDER = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.snn"))


def graph(name: str) -> Graph:
    text = (FOLDER / f"{name}.snn").read_text(encoding="utf-8")
    found, messages = check_text(text, f"{name}.snn")
    assert messages == []
    assert found is not None
    assert found.name == name
    return found


def test_all_are_there() -> None:
    expected = "emnist fashion_mnist fsdd mnist mnist_bp mnist_dfa shd tiny two_inputs"
    assert expected.split() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_checks_without_a_message(name: str) -> None:
    assert graph(name).whole


@pytest.mark.parametrize("name", NAMES)
def test_fits_a_page(name: str) -> None:
    lines = (FOLDER / f"{name}.snn").read_text(encoding="utf-8").splitlines()
    assert max(len(line) for line in lines) <= 100
    assert len(lines) <= 45
    assert lines[0].startswith("# ")


TABLE = {  # layers, thresholds, penalty (strength, target), learning rate, epochs
    "mnist": ([800, 10], [0.2 / 0.26, 0.7 / 0.26], (0.1, 0.2), 3e-3, 30),
    "mnist_dfa": ([800, 10], [0.2 / 0.26, 0.7 / 0.26], (1.0, 0.4), 3e-3, 30),
    "mnist_bp": ([800, 10], [0.2 / 0.26, 1.3 / 0.26], None, 3e-3, 30),
    "emnist": ([800, 47], [0.2 / 0.26, 0.7 / 0.26], (0.3, 0.2), 3e-3, 30),
    "fashion_mnist": (
        [400, 400, 10],
        [0.2 / 0.26, 0.2 / 0.26, 0.7 / 0.26],
        (0.3, 0.4),
        3e-3,
        50,
    ),
    "shd": ([128, 20], [5.0, 6.0], (0.03, 2.0), 1e-3, 150),
    "fsdd": ([128, 10], [5.0, 6.0], (0.03, 2.0), 1e-3, 150),
}


@pytest.mark.parametrize("name", TABLE)
def test_settings_of_the_paper(name: str) -> None:
    found = graph(name)
    sizes, thresholds, penalty, rate, epochs = TABLE[name]
    events = name in ("shd", "fsdd")
    assert [layer.size for layer in found.layers] == sizes
    assert [layer.threshold for layer in found.layers] == pytest.approx(thresholds, rel=1e-15)
    assert {layer.tau_syn for layer in found.layers} == {0.1 if events else 0.13}
    assert found.inputs[0].encoder == (Recorded() if events else Ttfs(0.1))
    assert found.inputs[0].size == (700 if events else 784)
    assert found.window == (1.0 if events else 0.2)
    assert [layer.max_spikes for layer in found.layers] == (
        [30, 15] if events else [30] * len(sizes)
    )
    weights = [projection.weight for projection in found.projections]
    assert weights[:-1] == [Uniform(-1.0, 1.0)] * (len(sizes) - 1)
    assert weights[-1] == (Uniform(-0.9, 1.1) if events else Uniform(-1.0, 1.0))
    assert found.readout is not None
    assert (found.readout.correct, found.readout.other) == (15.0, 3.0)
    learner = found.learner
    assert learner is not None
    assert (learner.batch, learner.epochs) == (50, epochs)
    assert set(learner.optimisers.values()) == {Adam(rate=Fixed(rate))}
    hidden = [layer.name for layer in found.hidden]
    expected = (
        {}
        if penalty is None
        else dict.fromkeys(hidden, RatePenalty(strength=penalty[0], target=penalty[1]))
    )
    assert learner.rate_penalties == expected
    if learner.name == "sfdfa":
        step = Step((1e-4, 2.7e-3), (10,))
        assert learner.feedback_rate == (step if name == "emnist" else Fixed(1e-4))
    exact = LocalGradient.EXACT if name == "mnist_bp" else LocalGradient.MODIFIED
    assert learner.local_gradient is exact


def test_check_needs_none_of_the_large_modules() -> None:
    """NumPy, rich and h5py are imported where they are used, and a check uses none of them."""
    code = (
        "import sys; from sfdfa_compiler.diagnostics import Source; "
        "from sfdfa_compiler.dsl import parse; from sfdfa_compiler.elaborate import elaborate; "
        "from sfdfa_compiler.checks import run_checks; "
        f"text = open({str(FOLDER / 'mnist.snn')!r}).read(); "
        "graph = elaborate(parse(Source('mnist.snn', text))[0])[0]; "
        "assert run_checks(graph) == []; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "rich", "h5py", "scipy", "matplotlib"} & set(done.stdout.split())
