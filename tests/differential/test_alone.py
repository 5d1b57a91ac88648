"""A build directory without sfdfac: what its README says to type gives the same counts."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.targets.native import TARGET
from tests.helpers import courses, nets


@pytest.mark.parametrize("options", [{"sizes": (6, 70, 20, 5)}, {"sizes": (5, 9), "window": 7.0}])
def test_the_commands_of_the_readme(tmp_path, options):
    net = nets.random_program(
        3, learner="bp", penalty=ir.RatePenalty(strength=0.3, target=1), **options
    )
    for name, text in TARGET.emit(net.schedule, courses.ORIGIN).files.items():
        (tmp_path / name).write_text(text)
    state = net.state()
    arrays = {f"{layer}/weight": weight for layer, weight in state.weights.items()}
    np.savez(tmp_path / "weights.npz", **arrays)
    rng = np.random.default_rng(3)
    times = [rng.uniform(0, net.graph.window, count).tolist() for count in (0, 12, 3, 20, 12)]
    (tmp_path / "events.txt").write_text(
        "\n".join(
            "".join(f"{time!r} {k % net.inputs}\n" for k, time in enumerate(row)) for row in times
        )
    )
    assert typed(tmp_path) == counts(net, state, times).tolist()


def test_events_after_any_window_are_left_out(alone):
    """exp(t / tau) is infinite for them."""
    for late in ("200 3", "1e9 3", "inf 3"):
        assert run(alone, f"0.01 1\n{late}\n") == run(alone, "0.01 1\n")


def test_a_file_of_weights_that_is_not_there(alone):
    done = subprocess.run([alone / "infer", "none"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "infer: the file of weights cannot be read\n")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A compiled program and its weights."""
    folder = tmp_path_factory.mktemp("alone")
    net = nets.random_program(3, sizes=(6, 20, 5))
    origin = replace(
        courses.ORIGIN, source="a /* b */\nc.snn", overrides=("x=1 # */ int oops; /*",)
    )
    for name, text in TARGET.emit(net.schedule, origin).files.items():
        (folder / name).write_text(text)
    weights = [net.state().weights[layer.name] for layer in net.schedule.layers]
    (folder / "weights.bin").write_bytes(b"".join(weight.tobytes() for weight in weights))
    readme = (folder / "README.md").read_text().split("## Without sfdfac")[1]
    compile_ = next(line.strip() for line in readme.splitlines() if line.strip().startswith("cc"))
    subprocess.run(compile_.replace("-Wall", "-Wall -Werror"), shell=True, cwd=folder, check=True)
    return folder


def run(folder, events) -> str:
    command = [folder / "infer", folder / "weights.bin"]
    done = subprocess.run(
        command, input=events, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def typed(folder) -> list[list[int]]:
    """The counts that come of typing what the README says."""
    alone = (folder / "README.md").read_text().split("## Without sfdfac")[1]
    commands = [line.strip() for line in alone.splitlines() if line.startswith("    ")]
    python, compile_, run = commands
    python = python.replace("python3", sys.executable, 1)
    for line in (python, compile_.replace("-Wall", "-Wall -Werror")):
        subprocess.run(line, shell=True, cwd=folder, check=True)
    done = subprocess.run(run, shell=True, cwd=folder, check=True, capture_output=True, text=True)
    return [[int(count) for count in line.split()] for line in done.stdout.splitlines()]


def counts(net, state, times) -> np.ndarray:
    """The same of the interpreter."""
    radix, end = net.real.type(nets.RADIX), net.window
    samples = []
    for row in times:
        events = []
        for k, time in enumerate(row):
            X, epoch = float(np.exp(time / end.tau)), 0
            while net.real.type(X) >= radix:
                X, epoch = X / float(radix), epoch + 1
            events.append((epoch, net.real.type(X), k % net.inputs))
        samples.append([event for event in events if event[:2] < (end.epoch, end.E)])
    events = {net.graph.inputs[0].name: nets.pack(samples, net)}
    session = courses.target("reference")(net.graph, net.schedule, state, net.seed)
    return session.forward(Batch(events=events, rows=np.arange(len(samples)))).counts
