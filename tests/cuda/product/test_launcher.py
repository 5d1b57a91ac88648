"""The launcher of a build directory: it runs alone, and gets the bits that a session gets."""

import runpy
import sys

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch, Device
from sfdfa_compiler.schedule import BatchPlace
from sfdfa_compiler.targets.cuda import TARGET
from sfdfa_compiler.targets.cuda.inputs import save
from sfdfa_compiler.training.weights import weight_arrays
from tests.cuda.kernels.fake_cupy import FakeCupy
from tests.helpers import courses, nets

PENALTY = ir.RatePenalty(strength=0.3, target=1.5)
PROGRAMS = {
    "sfdfa": {"sizes": (6, 40, 33, 5), "penalty": PENALTY},
    "long": {"sizes": (6, 12, 4), "window": 4.0},
    "bp": {"sizes": (6, 12, 9, 4), "learner": "bp", "shards": 2},
}
SAMPLES, SEED = 10, 5


@pytest.fixture
def built(tmp_path, monkeypatch, request):
    """A build directory without compiled code, and a GPU to launch on."""
    net = nets.random_program(3, batch=4, **PROGRAMS[request.param])
    artifact = TARGET.emit(net.schedule, courses.ORIGIN)
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.build._compiled", lambda text: (None, ()))
    TARGET.build(artifact, tmp_path)
    (tmp_path / "net.ptx").write_text("//" + 1000 * " ")
    np.savez(tmp_path / "weights.npz", **weight_arrays(net.schedule, net.state()))
    cupy = FakeCupy(artifact.files["net.cu"])
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return net, tmp_path, cupy


@pytest.mark.parametrize("built", PROGRAMS, indirect=True)
def test_it_learns_and_tests_with_the_bits_of_a_session(built, capsys):
    net, folder, cupy = built
    events = {"input": nets.random_events(3, net, SAMPLES)}
    labels = np.random.default_rng(1).integers(0, net.schedule.classes, SAMPLES)
    save(folder / "data.npz", events, labels, net.schedule)
    launch = runpy.run_path(str(folder / "launch.py"))
    arguments = [folder / "data.npz", "--epochs", 2, "--seed", SEED, "--save", folder / "new.npz"]
    launch["main"](list(map(str, arguments)))

    build = TARGET.build(TARGET.emit(net.schedule, courses.ORIGIN), None)
    session = TARGET.open(build, net.schedule, net.state(), Device(name="cpu"), SEED)
    data, step, words = Batch(events=events, rows=np.arange(SAMPLES), labels=labels), 0, []
    for epoch in range(2):
        order, right = np.random.default_rng([SEED, epoch]).permutation(SAMPLES), 0
        for start in range(0, SAMPLES, 4):
            rows = order[start : start + 4]
            batch = Batch(events=events, rows=rows, labels=labels)
            found = session.learn(batch, BatchPlace(step, epoch, len(rows)))
            right += (found.counts.argmax(axis=1) == labels[rows]).sum()
            step += 1
        words.append(f"epoch {epoch}: {right / SAMPLES:.2%} while learning")
    right = (session.forward(data).counts.argmax(axis=1) == labels).mean()
    words.append(f"{SAMPLES} samples: {right:.2%} named right")

    assert capsys.readouterr().out.splitlines() == words
    with np.load(folder / "new.npz") as saved:
        for name, array in weight_arrays(net.schedule, session.state()).items():
            assert saved[name].tobytes() == array.tobytes(), name
    assert [name for name, *_ in cupy.launches] == ["sfd_net_learn"] * 6 + ["sfd_net_forward"]
    first, last = cupy.log.index("sfd_net_learn"), cupy.log.index("sfd_net_learn") + 3
    assert set(cupy.log[first:last]) == {"sfd_net_learn"}


@pytest.mark.parametrize("built", ["sfdfa"], indirect=True)
def test_the_page_names_every_file(built):
    _, folder, _ = built
    page = (folder / "README.md").read_text()
    written = {path.name for path in folder.iterdir()} - {"README.md"}
    assert all(f"`{name}`" in page for name in written)
    assert "0" * 64 in page
