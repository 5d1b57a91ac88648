"""The launcher of a build directory: it runs alone, and gets the bits that a session gets."""

import io
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler import driver, ir
from sfdfa_compiler.codegen import Batch, Device
from sfdfa_compiler.schedule import BatchPlace
from sfdfa_compiler.schedule.lower import lower
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
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


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


# ---------------------------------------------------------------- what it refuses


def samples_of(net, folder):
    """A data set that can be learned from, as arrays."""
    labels = np.zeros(SAMPLES, np.int64)
    save(folder / "data.npz", {"input": nets.random_events(3, net, SAMPLES)}, labels, net.schedule)
    with np.load(folder / "data.npz") as file:
        return dict(file)


def launched(folder, *arguments):
    launch = runpy.run_path(str(folder / "launch.py"))
    launch["main"]([str(folder / "data.npz"), *arguments])


SPOILT = {
    "has no `input/E`": lambda data: data.pop("input/E"),
    "`input/neuron` must have a number below 6": lambda data: data["input/neuron"].fill(6),
    "`input/offsets` must ascend": lambda data: data["input/offsets"].fill(1),
    "equally many samples, one or more": lambda data: data.update(
        {name: data[name][: name.endswith("offsets")] for name in data}
    ),
    "`labels` must have a number below 5": lambda data: data["labels"].fill(5),
    "has no `labels`: they are needed to learn": lambda data: data.pop("labels"),
}


@pytest.mark.parametrize("built", ["sfdfa"], indirect=True)
@pytest.mark.parametrize("words", SPOILT)
def test_data_that_cannot_be_used_is_one_line(words, built):
    net, folder, cupy = built
    data = samples_of(net, folder)
    SPOILT[words](data)
    np.savez(folder / "data.npz", **data)
    with pytest.raises(SystemExit) as caught:
        launched(folder, "--epochs", "1")
    assert words in caught.value.code
    assert "\n" not in caught.value.code
    assert cupy.log == []  # nothing was uploaded


@pytest.mark.parametrize("built", ["sfdfa"], indirect=True)
def test_a_file_that_is_no_data_is_one_line(built):
    _, folder, _ = built
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    for content in (None, b"text", b"PK\3\4text", array.getvalue()):
        if content:
            (folder / "data.npz").write_bytes(content)
        with pytest.raises(SystemExit, match=r"data\.npz cannot be read"):
            launched(folder)


@pytest.mark.parametrize("built", ["sfdfa"], indirect=True)
def test_there_are_rates_for_so_many_epochs(built, capsys):
    net, folder, _ = built
    samples_of(net, folder)
    with pytest.raises(SystemExit) as caught:
        launched(folder, "--epochs", str(net.schedule.epochs + 1))
    assert caught.value.code == 2
    words = f"--epochs: the program has rates for {net.schedule.epochs} epochs"
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("built", ["sfdfa"], indirect=True)
@pytest.mark.parametrize("missing", ["CuPy", "driver", "GPU"])
def test_without_a_gpu_it_is_one_line(missing, built, monkeypatch):
    net, folder, _ = built
    samples_of(net, folder)
    cupy, words = {
        "CuPy": (None, "CuPy is not installed"),
        "driver": (FakeCupy("", error="no driver"), "there is no GPU that can be used: no driver"),
        "GPU": (FakeCupy("", count=0), "there is no GPU"),
    }[missing]
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(SystemExit, match=words):
        launched(folder)


@pytest.mark.parametrize("built", ["sfdfa"], indirect=True)
def test_without_labels_answers_are_printed(built, capsys):
    net, folder, _ = built
    data = samples_of(net, folder)
    del data["labels"]
    np.savez(folder / "data.npz", **data)
    launched(folder)
    answers = [int(line) for line in capsys.readouterr().out.splitlines()]
    assert len(answers) == SAMPLES
    assert set(answers) <= set(range(5))


def test_a_program_without_a_readout_has_no_labels(tmp_path, monkeypatch, capsys):
    schedule = lower(driver.check(EXAMPLES / "two_inputs.snn").graph, "event32")
    artifact = TARGET.emit(schedule, courses.ORIGIN)
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.build._compiled", lambda text: (None, ()))
    TARGET.build(artifact, tmp_path)
    (tmp_path / "net.ptx").write_text("//" + 1000 * " ")
    monkeypatch.setitem(sys.modules, "cupy", FakeCupy(artifact.files["net.cu"]))
    np.savez(tmp_path / "weights.npz", **{"neuron/weight": np.ones((2, 1), np.float32)})
    heard = {"x/E": [1.5], "x/neuron": [1], "x/offsets": [0, 1]}
    np.savez(tmp_path / "data.npz", **heard)
    launched(tmp_path)
    assert capsys.readouterr().out == "1 samples were run; the program has no readout\n"
    page = (tmp_path / "README.md").read_text()
    assert not {word for word in ("labels", "train", "sfdfac.test", "--epochs") if word in page}
    assert "--epochs" not in (tmp_path / "launch.py").read_text()
