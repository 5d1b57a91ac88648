"""The stable text of a graph: complete, one line for every thing, the same bytes every time."""

import subprocess
import sys

from sfdfa_compiler.ir import Graph
from sfdfa_compiler.ir.text import to_text
from tests.ui.semantic.harness import check_text

PROGRAM = """network demo {
    window = 100 ms
    cell = lif(tau_syn = 10 ms)
    input x[2] { encode ttfs(window = 50 ms) }
    layer h[4] { from x dense(weight ~ normal(0, 1 / 3)), cell(threshold = 0.2 / 0.26) }
    layer y[2] { from h dense(weight = file("w.npz"), learn = false), cell(threshold = 1) }
    readout y spike_count(correct = 10)
    learner sfdfa {
        feedback_rate = step(1e-4, 2.7e-3, at = 10)
        rate_penalty(h, strength = 0.1, target = 0.2)
        adam(y, rate = decay(1e-3, factor = 0.5, every = 3))
    }
    target loihi2 { dt = 0.5 ms }
    target spinnaker { activity <= 10 % }
}
"""

TEXT = """\
network demo window 0.1
input x [2] ttfs window 0.05
layer h [4] lif tau_mem 0.02 tau_syn 0.01 threshold 0.7692307692307693 max_spikes 30 index 0
layer y [2] lif tau_mem 0.02 tau_syn 0.01 threshold 1.0 max_spikes 30 index 1
from x to h dense weight normal(0.0, 0.3333333333333333) learn true
from h to y dense weight file("w.npz", "y/weight") learn false
readout y spike_count correct 10.0 other 3.0
learner sfdfa local_gradient modified batch 50 epochs 30 shards 1
feedback 0.0 rate step(0.0001, 0.0027, at = [10])
clock halvings 4 reset_trace false
optimiser h adam rate 0.003 beta1 0.9 beta2 0.999 epsilon 1e-08
optimiser y adam rate decay(0.001, factor = 0.5, every = 3) beta1 0.9 beta2 0.999 epsilon 1e-08
rate_penalty h strength 0.1 target 0.2
target loihi2 dt 0.0005
target loihi2 weight fix(8)
target loihi2 latency 1
target spinnaker dt 0.001
target spinnaker weight fix(16)
target spinnaker latency 1
target spinnaker neurons_per_core 64
target spinnaker activity 0.1
"""


def graph(text: str) -> Graph:
    found, messages = check_text(text)
    assert messages == []
    assert found is not None
    return found


def test_the_complete_program() -> None:
    assert to_text(graph(PROGRAM)) == TEXT


def test_the_same_program_in_other_words_has_the_same_text() -> None:
    other = (
        PROGRAM.replace("    cell = lif(tau_syn = 10 ms)\n", "    tau = 1 s / 100\n")
        .replace("cell(", "lif(tau_mem = 2 * tau, max_spikes = 30, tau_syn = tau, ")
        .replace("0.2 / 0.26", "10 / 13")
        .replace("50 ms", "window / 2")
        .replace("correct = 10", "other = 3, correct = 100 ms * 100 Hz")
        .replace("dt = 0.5 ms", "dt = 500 us, latency = 1")
    )
    assert other != PROGRAM
    assert to_text(graph(other)) == TEXT


def test_another_value_gives_another_text() -> None:
    """Builds are recognised by it: the last bit of a double must show."""
    other = PROGRAM.replace("0.2 / 0.26", "0.2 / 0.26 + 1e-16")
    assert to_text(graph(other)) != TEXT


def test_another_process_gives_the_same_bytes() -> None:
    """No order of a set or dictionary depends on the hash seed."""
    code = (
        "import sys; from sfdfa_compiler.diagnostics import Source; "
        "from sfdfa_compiler.dsl import parse; from sfdfa_compiler.elaborate import elaborate; "
        "from sfdfa_compiler.ir.text import to_text; "
        "sys.stdout.write(to_text(elaborate(parse(Source('n', sys.stdin.read()))[0])[0]))"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=PROGRAM,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        )
        assert done.stdout == TEXT
