"""What the values of a file become: exact until they enter the graph, then the nearest float64."""

import pytest

from sfdfa_compiler.diagnostics import Level, Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.ir import (
    Adam,
    Constant,
    Cosine,
    Decay,
    Fixed,
    FromFile,
    Graph,
    Listed,
    LocalGradient,
    Normal,
    Sgd,
    Step,
    Times,
    Uniform,
)

PROGRAM = """network demo {{
    {top}
    input x[2, 2] {{ encode spikes }}
    layer h[3] {{ from x dense({weight}), lif(tau_syn = {tau}, threshold = {threshold}) }}
    layer y[2] {{ from h dense(weight ~ uniform(-1, 1)), lif(tau_syn = 10 ms, threshold = 1) }}
    readout y spike_count
    learner {learner} {{ {parts} }}
}}"""


def graph(
    top: str = "",
    weight: str = "weight ~ uniform(-1, 1)",
    tau: str = "10 ms",
    threshold: str = "1",
    learner: str = "sfdfa",
    parts: str = "",
) -> Graph:
    """The graph of a small program without errors."""
    text = PROGRAM.format(
        top=top, weight=weight, tau=tau, threshold=threshold, learner=learner, parts=parts
    )
    file, syntax = parse(Source("demo.snn", text))
    found, messages = elaborate(file)
    assert not syntax
    assert [message for message in messages if message.level is Level.ERROR] == []
    assert found is not None
    assert found.whole
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.2 / 0.2", 6.0),
        ("0.1 + 0.2", 0.3),
        ("-2 ^ 2 + 5", 1.0),
        ("2 ^ -3", 0.125),
        ("(1 + 2) * 3 - 4 / 2", 7.0),
        ("10 %", 0.1),
        ("3 ms / 1 us", 3000.0),
        ("20 ms * 50 Hz", 1.0),
        ("window / 100 ms", 2.0),
        ("third * 3", 1.0),
    ],
)
def test_expressions(text: str, value: float) -> None:
    top = "window = 200 ms\n    third = 1 / 3"
    assert graph(top, threshold=text).layer("h").threshold == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("weight ~ uniform(-1, 1)", Uniform(-1.0, 1.0)),
        ("weight ~ normal(0, 0.5)", Normal(0.0, 0.5)),
        ("weight ~ constant(0.5)", Constant(0.5)),
        ("weight = 1 / 4", Constant(0.25)),
        ("weight ~ start", Uniform(-0.9, 1.1)),
        ('weight = file("w.npz")', FromFile("w.npz", "h/weight")),
        ('weight = file("w.npz", "a/b")', FromFile("w.npz", "a/b")),
        (
            "weight = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 3 * 4]]",
            Listed(((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0), (10.0, 11.0, 12.0))),
        ),
    ],
)
def test_weights(text: str, values: object) -> None:
    (first, _) = graph("start = uniform(-0.9, 1.1)", weight=text).projections
    assert first.weight == values
    assert first.learn


def test_frozen_connection() -> None:
    (first, _) = graph(weight="weight = 1, learn = false").projections
    assert not first.learn


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1e-3", Fixed(0.001)),
        ("2 ^ -6", Fixed(0.015625)),
        ("step(1e-4, 2.7e-3, at = 10)", Step((1e-4, 2.7e-3), (10,))),
        ("step(3, 2, 1, at = [10, 20])", Step((3.0, 2.0, 1.0), (10, 20))),
        ("decay(3e-3, factor = 0.5, every = 10)", Decay(3e-3, 0.5, 10)),
        ("cosine(3e-3)", Cosine(3e-3)),
        ("slow", Cosine(1.0)),
    ],
)
def test_rates(text: str, rate: object) -> None:
    learner = graph("slow = cosine(1)", parts=f"adam(rate = {text})").learner
    assert learner is not None
    assert learner.optimisers["h"] == Adam(rate=rate)  # type: ignore[arg-type]


def test_spike_times() -> None:
    text = "network n { input x[3] { encode times([0.4 ms, 4.2 ms], [], [9 ms]) } }"
    found, _ = elaborate(parse(Source("n.snn", text))[0])
    assert found is not None
    assert found.inputs[0].encoder == Times(((0.0004, 0.0042), (), (0.009,)))


def test_defaults_are_the_papers() -> None:
    found = graph()
    layer, learner, readout = found.layer("h"), found.learner, found.readout
    assert learner is not None
    assert readout is not None
    assert (layer.tau_mem, layer.max_spikes, found.window) == (0.02, 30, 0.2)
    assert (readout.correct, readout.other) == (15.0, 3.0)
    assert (learner.batch, learner.epochs, learner.shards) == (50, 30, 1)
    assert learner.feedback_rate == Fixed(1e-4)
    assert learner.feedback == Constant(0.0)
    assert learner.local_gradient is LocalGradient.MODIFIED
    assert learner.optimisers == {"h": Adam(rate=Fixed(3e-3)), "y": Adam(rate=Fixed(3e-3))}
    assert learner.rate_penalties == {}
    assert "tau_mem" not in layer.spans
    assert layer.spans["tau_syn"].text == "tau_syn = 10 ms"


def test_learners_bring_their_own_defaults() -> None:
    dfa, bp = graph(learner="dfa").learner, graph(learner="bp").learner
    assert dfa is not None
    assert bp is not None
    assert dfa.feedback == Uniform(-1.0, 1.0)
    assert dfa.local_gradient is LocalGradient.MODIFIED
    assert bp.local_gradient is LocalGradient.EXACT


def test_the_narrower_optimiser_wins_setting_by_setting() -> None:
    parts = "adam(rate = 1e-3, beta1 = 0.8), adam(y, rate = 1e-4)"
    learner = graph(parts=parts).learner
    assert learner is not None
    assert learner.optimisers["h"] == Adam(rate=Fixed(1e-3), beta1=0.8)
    assert learner.optimisers["y"] == Adam(rate=Fixed(1e-4), beta1=0.8)


def test_another_optimiser_for_one_layer_takes_nothing_over() -> None:
    learner = graph(parts="adam(rate = 1e-3, beta1 = 0.8), sgd(y, rate = 1)").learner
    assert learner is not None
    assert learner.optimisers["y"] == Sgd(rate=Fixed(1.0))


def test_what_a_file_defines_wins() -> None:
    """`tau_syn = tau_syn`: setting left, constant right; the default of tau_mem is not misled."""
    layer = graph("tau_syn = 50 ms\n    modified = 3", tau="10 ms").layer("h")
    assert layer.tau_mem == 0.02
    assert graph("tau_syn = 50 ms", tau="tau_syn").layer("h").tau_syn == 0.05


def test_a_model_in_a_constant() -> None:
    text = """network n {
        cell = lif(tau_syn = 10 ms, max_spikes = 5)
        strong = cell(max_spikes = 7, threshold = 2)
        input x[1] { encode spikes }
        layer a[1] { from x dense(weight = 1), cell(threshold = 1) }
        layer b[1] { from a dense(weight = 1), strong }
        layer c[1] { from b dense(weight = 1), strong(tau_syn = 20 ms) }
    }"""
    found, messages = elaborate(parse(Source("n.snn", text))[0])
    assert messages == []
    assert found is not None
    values = [(l.tau_syn, l.tau_mem, l.threshold, l.max_spikes) for l in found.layers]  # noqa: E741
    assert values == [(0.01, 0.02, 1.0, 5), (0.01, 0.02, 2.0, 7), (0.02, 0.04, 2.0, 7)]
    assert [layer.index for layer in found.layers] == [0, 1, 2]


def test_a_source_may_stand_below_and_names_are_free() -> None:
    text = """network n {
        layer output[1] { from input dense(weight = 1), lif(tau_syn = 1 ms, threshold = 1) }
        input input[1] { encode spikes }
    }"""
    found, messages = elaborate(parse(Source("n.snn", text))[0])
    assert messages == []
    assert found is not None
    assert [layer.name for layer in found.execution_order] == ["output"]
    assert found.source("output").name == "input"


def test_features_are_recorded_and_the_rest_is_checked() -> None:
    text = """network n {
        input x[1, 8, 8] { encode rate(peak = 100 Hz) }
        layer h[4, 6, 6] {
            from x conv(kernel = 3, weight = 1, delay ~ uniform(0 ms, 1 ms))
            from y dense(weight = 1)
            lif(tau_syn = 10 ms, threshold = 1)
        }
        layer y[2] { from h dense(weight = 1, delay = 0 ms), lif(tau_syn = 10 ms, threshold = 1) }
        readout y spike_count(wanted = data)
    }"""
    found, messages = elaborate(parse(Source("n.snn", text))[0])
    assert messages == []
    assert found is not None
    names = [feature.name for feature in found.features]
    assert sorted(names) == ["conv", "cycle", "delay", "rate", "second_source", "wanted"]
    assert {f.name: f.detail for f in found.features}["cycle"] == "h -> y -> h"
