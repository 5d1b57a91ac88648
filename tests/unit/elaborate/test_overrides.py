"""`--set`: every path of the language page reaches its setting, written or not."""

import pytest

from sfdfa_compiler.diagnostics import Diagnostic, Source, errors
from sfdfa_compiler.dsl import parse, parse_override
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.ir.text import to_text

PROGRAM = """network demo {
    cell = lif(tau_syn = 10 ms)
    tau  = 20 ms
    input image[28, 28] { encode ttfs(window = 100 ms) }
    layer hidden[8] { from image dense(weight ~ uniform(-1, 1)), cell(threshold = 1) }
    layer output[2] { from hidden dense(weight ~ uniform(-1, 1)), cell(threshold = tau / 10 ms) }
    readout output spike_count
    learner sfdfa { rate_penalty(hidden, strength = 1, target = 0.5) }
    target loihi2 { dt = 2 ms }
}"""


def override(*arguments: str, text: str = PROGRAM) -> tuple[Graph | None, list[Diagnostic]]:
    """Elaborate with what follows `--set`."""
    file, found = parse(Source("demo.snn", text))
    parsed = [parse_override(Source("--set", argument)) for argument in arguments]
    assert all(not wrong for _, wrong in parsed)
    graph, more = elaborate(file, [one for one, _ in parsed if one])
    return graph, found + more


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        ("hidden.size=3", "layer hidden [3] lif"),
        ("hidden.size=[2, 3]", "layer hidden [2, 3] lif"),
        ("image.size=[10]", "input image [10] ttfs"),
        ("image.encode.window=50 ms", "input image [28, 28] ttfs window 0.05"),
        ("hidden.lif.threshold=0.8", "threshold 0.8 max_spikes 30 index 0"),
        ("hidden.lif.max_spikes=7", "threshold 1.0 max_spikes 7 index 0"),
        ("cell.max_spikes=5", "threshold 2.0 max_spikes 5 index 1"),
        ("cell.tau_syn=1 ms", "layer hidden [8] lif tau_mem 0.002 tau_syn 0.001"),
        ("tau=30 ms", "threshold 3.0 max_spikes 30 index 1"),
        (
            "hidden.from.image.weight~uniform(-2, 2)",
            "from image to hidden dense weight uniform(-2.0, 2.0) learn true",
        ),
        ("output.from.hidden.learn=false", "weight uniform(-1.0, 1.0) learn false"),
        ("readout.correct=20", "readout output spike_count correct 20.0 other 3.0"),
        ("learner.batch=3", "batch 3 epochs 30 shards 1"),
        ("learner.shards=2", "batch 50 epochs 30 shards 2"),
        ("learner.feedback_rate=step(1, 2, at = 3)", "rate step(1.0, 2.0, at = [3])"),
        ("learner.adam.rate=1e-2", "optimiser hidden adam rate 0.01"),
        ("learner.adam.output.rate=1e-2", "optimiser output adam rate 0.01"),
        ("learner.rate_penalty.hidden.target=2", "rate_penalty hidden strength 1.0 target 2.0"),
        ("target.loihi2.dt=1 ms", "target loihi2 dt 0.001"),
        ("target.spinnaker.activity<=20 %", "target spinnaker activity 0.2"),
        ("network.window=1 s", "network demo window 1.0"),
    ],
)
def test_path_reaches_its_setting(argument: str, line: str) -> None:
    before, _ = override()
    after, found = override(argument)
    assert errors(found) == []
    assert before is not None
    assert after is not None
    assert line in to_text(after)
    assert line not in to_text(before)


def test_an_override_of_one_layer_leaves_the_others() -> None:
    graph, _ = override("hidden.lif.tau_syn=5 ms", "learner.adam.output.rate=1")
    assert graph is not None
    assert [layer.tau_syn for layer in graph.layers] == [0.005, 0.01]
    text = to_text(graph)
    assert "optimiser hidden adam rate 0.003" in text
    assert "optimiser output adam rate 1.0" in text


def test_the_last_of_two_wins() -> None:
    graph, found = override("learner.batch=3", "learner.batch=4")
    assert errors(found) == []
    assert graph is not None
    assert graph.learner is not None
    assert graph.learner.batch == 4


def test_a_learner_without_a_block() -> None:
    text = PROGRAM.replace("sfdfa { rate_penalty(hidden, strength = 1, target = 0.5) }", "dfa")
    graph, found = override("learner.batch=3", "learner.sgd.rate=1", text=text)
    assert errors(found) == []
    assert graph is not None
    assert graph.learner is not None
    assert graph.learner.batch == 3


def test_the_window_is_set_above_its_first_use() -> None:
    text = PROGRAM.replace("tau  = 20 ms", "tau = window / 10")
    _, without = override(text=text)
    assert [message.code for message in errors(without)] == ["SNN102"]
    graph, found = override("network.window=100 ms", text=text)
    assert errors(found) == []
    assert graph is not None
    assert graph.layer("output").threshold == 1.0


@pytest.mark.parametrize(
    ("argument", "code", "marked"),
    [
        ("hidden.lif.threshold=0.8 ms", "SNN101", "0.8 ms"),
        ("hidden.lif.threshold=tua", "SNN102", "tua"),
        ("hidden.lif.treshold=1", "SNN106", "treshold"),
        ("hidden.size=0", "SNN118", "0"),
        ("learner.batch~3", "SNN108", "~"),
        ("hiden.size=3", "SNN127", "hiden"),
        ("hidden.leaky.tau_mem=3 ms", "SNN127", "leaky"),
        ("hidden.from.x.weight=1", "SNN127", "x"),
        ("tau.max_spikes=3", "SNN127", "tau.max_spikes"),
        ("learner=3", "SNN127", "learner"),
        ("learner.adam=3", "SNN127", "learner.adam"),
        ("learner.momentum=3", "SNN106", "momentum"),
        ("target.chip.dt=1 ms", "SNN127", "chip"),
        ("network.size=3", "SNN127", "size"),
    ],
)
def test_mistakes_are_shown_in_the_command_line(argument: str, code: str, marked: str) -> None:
    _, found = override(argument)
    (error,) = errors(found)
    assert (error.code, error.primary.text) == (code, marked)
    assert error.primary.source == Source("--set", argument)


def test_no_learner_to_set() -> None:
    text = "network n { input x[1] { encode spikes } }"
    _, found = override("learner.batch=3", text=text)
    assert "SNN127" in [message.code for message in found]
