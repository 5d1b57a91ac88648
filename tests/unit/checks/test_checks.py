"""Checks: when they speak, when they are silent; their messages have golden texts in tests/ui."""

import math
from dataclasses import replace

import pytest

from sfdfa_compiler.checks import CHECKS, CheckContext, run_checks
from sfdfa_compiler.checks.drive import highest_potential, kernel_peak
from sfdfa_compiler.checks.memory import bytes_in_words
from sfdfa_compiler.ir import Capabilities, Graph, LifLayer
from tests.ui.semantic.harness import check_text

PROGRAM = """network demo {
    input x[3] { encode ttfs(window = 100 ms) }
    layer h[4] { from x dense(weight ~ uniform(-1, 8)), lif(tau_syn = 10 ms, threshold = 1) }
    layer y[2] { from h dense(weight ~ uniform(-1, 8)), lif(tau_syn = 10 ms, threshold = 1) }
    readout y spike_count
    learner sfdfa { batch = 50 }
}
"""


def graph(text: str = PROGRAM) -> Graph:
    found, _ = check_text(text)
    assert found is not None
    assert found.whole
    return found


def codes(text: str, **context: object) -> list[str]:
    return [one.code for one in run_checks(graph(text), CheckContext(**context))]  # type: ignore[arg-type]


def test_a_good_program_is_silent() -> None:
    assert run_checks(graph()) == []


def test_every_check_is_registered_under_its_own_code() -> None:
    assert {"SNN201", "SNN301", "SNN401"} <= set(CHECKS)
    assert all(check.rule.code == code for code, check in CHECKS.items())


def test_ratio_only_in_continuous_time() -> None:
    text = PROGRAM.replace("tau_syn = 10 ms", "tau_syn = 10 ms, tau_mem = 30 ms")
    assert codes(text) == ["SNN201", "SNN201"]
    assert codes(text, profile="event64") == ["SNN201", "SNN201"]
    assert "SNN201" not in codes(text, profile="clock:float")


def test_a_ratio_that_is_exact_only_as_fractions_is_right() -> None:
    """1/3 s and 2/3 s are rounded apart, and doubling a float is exact."""
    text = PROGRAM.replace("tau_syn = 10 ms", "tau_syn = 1 s / 3, tau_mem = 2 s / 3")
    assert codes(text) == []


def test_learning_is_checked_only_where_it_is_meant() -> None:
    text = PROGRAM.replace("batch = 50", "sgd(rate = 1), halvings = 3, local_gradient = exact")
    assert codes(text) == ["SNN311", "SNN312", "SNN306"]
    assert codes(text, learns=False) == []
    assert codes(text, samples=10) == ["SNN305", "SNN311", "SNN312", "SNN306"]


def test_target_decides_by_its_capabilities() -> None:
    able = Capabilities(profiles=("event32",), learners=frozenset({"sfdfa"}))
    unable = Capabilities(profiles=("event32",), learners=frozenset({"dfa"}))
    known = {"able": able, "unable": unable}
    assert codes(PROGRAM, target="able", capabilities=known) == []
    assert codes(PROGRAM, target="unable", capabilities=known) == ["SNN307"]
    assert codes(PROGRAM, target="unknown", capabilities=known) == []


def test_features_by_capabilities() -> None:
    text = PROGRAM.replace("uniform(-1, 8))", "uniform(-1, 8), delay = 1 ms)", 1)
    found, _ = check_text(text)
    assert found is not None
    plain = Capabilities(profiles=("event32",), learners=frozenset({"sfdfa"}))
    delays = replace(plain, features=frozenset({"delay"}))

    def said(**context: object) -> list[str]:
        messages = run_checks(found, CheckContext(**context))  # type: ignore[arg-type]
        return [one.code for one in messages]

    assert said() == ["SNN401"]
    assert said(capabilities={"plain": plain}) == ["SNN401"]
    assert said(capabilities={"plain": plain, "delays": delays}) == []
    assert said(capabilities={"plain": plain, "delays": delays}, target="plain") == ["SNN402"]
    assert said(capabilities={"plain": plain, "delays": delays}, target="delays") == []


def test_parts_of_a_broken_program_are_checked_too() -> None:
    """The wrong unit of one layer does not hide the wrong ratio of another."""
    text = PROGRAM.replace("tau_syn = 10 ms", "tau_syn = 10 msec", 1).replace(
        "tau_syn = 10 ms,", "tau_syn = 10 ms, tau_mem = 50 ms,"
    )
    found, messages = check_text(text)
    assert found is not None
    assert not found.whole
    assert [one.code for one in messages] == ["SNN110", "SNN201"]


@pytest.mark.parametrize("broken", ["layer h[4] {", "window = 100 ms)", "readout y", "x dense"])
def test_nothing_follows_from_what_is_missing(broken: str) -> None:
    """One mistake, one message: no `nothing reads x`, no `no readout`."""
    replacement = {
        "layer h[4] {": "layer h[0] {",
        "window = 100 ms)": "window = 100)",
        "readout y": "readout z",
        "x dense": "x dens",
    }[broken]
    _, messages = check_text(PROGRAM.replace(broken, replacement))
    assert len(messages) == 1


def test_kernel_peak_is_the_maximum_of_the_kernel() -> None:
    layer = graph().layer("h")
    assert kernel_peak(layer) == pytest.approx(0.25)
    for ratio in (0.5, 1.0, 1.5, 3.0, 10.0):
        other = replace(layer, tau_mem=ratio * layer.tau_syn)
        times = [layer.tau_syn * k / 1000 for k in range(20_000)]
        kernel = [math.exp(-t / other.tau_mem) - math.exp(-t / other.tau_syn) for t in times]
        assert kernel_peak(other) == pytest.approx(max(kernel), abs=1e-6)


def test_highest_potential() -> None:
    found = graph()
    assert highest_potential(found, found.layer("h")) == pytest.approx(3 * 8 / 4)
    assert highest_potential(found, found.layer("y")) == pytest.approx(4 * 30 * 8 / 4)
    events = graph(PROGRAM.replace("ttfs(window = 100 ms)", "spikes"))
    assert highest_potential(events, events.layer("h")) is None


def test_highest_potential_of_listed_weights() -> None:
    text = """network demo {
        input x[2] { encode ttfs(window = 100 ms) }
        layer y[2] { from x dense(weight = [[1, -2], [3, 4]]), lif(tau_syn = 1 ms, threshold = 1) }
    }"""
    found, _ = check_text(text)
    assert found is not None
    assert highest_potential(found, found.layer("y")) == pytest.approx(4 / 4)


def test_programs_made_by_machine_have_no_places() -> None:
    """The fuzzer builds graphs without text: messages still name what they are about."""
    layer = LifLayer(
        name="y", shape=(1,), tau_mem=0.03, tau_syn=0.01, threshold=1.0, max_spikes=1, index=0
    )
    bare = graph()
    populations = bare.nx.copy()
    populations.nodes["y"]["population"] = layer
    (message,) = run_checks(replace(bare, nx=populations, readout=None, learner=None))
    assert message.code == "SNN201"
    assert message.primary.source.name == "this program"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1023, "1.02e+03 bytes"),
        (4096, "4 KiB"),
        (64 * 2**30, "64 GiB"),
        (4 * 784 * 10**12, "2.79 PiB"),
        (10**602, "about 10^602 bytes"),
    ],
)
def test_memory_in_words(count: int, words: str) -> None:
    assert bytes_in_words(count) == words
