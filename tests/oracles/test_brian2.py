"""Spike times against brian2, a simulator with a fixed time step, here a very small one.

brian2 needs an older NumPy than we do, so it lives in a virtual environment of its own beside
`.venv`, made on first use. It is a test of what eq. 1 means, so in CI it must run.
"""

import json
import os
import subprocess
import venv
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler.codegen import Batch
from tests.helpers.nets import TAU, TAU_SYN, open_session, pack, program

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-brian2.txt"
FOLDER = HERE.parents[1] / ".venv-brian2"
DT = 1e-5  # [s]


@pytest.fixture(scope="session")
def brian2() -> Path:
    """A Python that has brian2; without one the test fails in CI and is skipped elsewhere."""
    python = FOLDER / "bin" / "python"
    wanted, made = REQUIREMENTS.read_text(), FOLDER / "made"  # what it was made from, at the end
    if made.is_file() and made.read_text() == wanted:
        return python
    try:
        venv.create(FOLDER, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]
        subprocess.run(install, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"cannot make an environment for brian2: {getattr(error, 'stderr', '') or error}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    made.write_text(wanted)
    return python


def simulate(python: Path, **job) -> list[list[float]]:
    """Spike times of each neuron, from `brian2_spikes.py`."""
    done = subprocess.run(
        [python, HERE / "brian2_spikes.py"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.xdist_group("brian2")
def test_a_layer_of_neurons(brian2):
    rng = np.random.default_rng(0)
    neurons, events, window = 60, 12, 0.2
    times = DT * np.sort(rng.choice(np.arange(1, 15_000), events, replace=False))
    weights = rng.uniform(-1, 2, (events, neurons))
    theirs = simulate(
        brian2,
        tau=TAU, tau_syn=TAU_SYN, theta=0.25, dt=DT, window=window,
        times=times.tolist(), weights=weights.tolist(),
    )  # fmt: skip
    net = program([weights, np.zeros((neurons, 1))], [0.25, 1.0], window=window)
    heard = pack([[(0, float(np.exp(t / TAU)), j) for j, t in enumerate(times)]], net)
    batch = Batch(events={"input": heard}, rows=np.array([0]))
    spikes = open_session(net).forward(batch, record=True).spikes["layer0"]
    ours = [TAU * np.log(spikes.E[spikes.neuron == i].astype(float)) for i in range(neurons)]
    assert [len(train) for train in ours] == [len(train) for train in theirs]
    # It sees a crossing at the end of a step and resets there, so every spike comes a bit late.
    late = np.concatenate(theirs) - np.concatenate(ours)
    assert len(late) > 2 * neurons
    assert late.min() > -0.1 * DT
    assert late.max() < 2 * DT
