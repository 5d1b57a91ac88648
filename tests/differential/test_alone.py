"""A build directory without sfdfac: what its README says to type gives the same counts."""

import subprocess
import sys

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
