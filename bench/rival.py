"""A hand-written C program for the same networks, to compare with. It is not part of sfdfac.

It is one C file that says in its first comment how it is compiled (a line that begins with `gcc`),
takes its settings as `key=value`, and prints a line for every epoch, in which stand
`train 9876/s infer 19876/s` and `spikes 210 29`.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import statistics
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.process import run
from sfdfa_compiler.data import Dataset, Images, Spikes, Split
from sfdfa_compiler.ir import Adam, Graph, Uniform, rate_at

SPIKE = np.dtype([("time", "<f4"), ("unit", "<i4")])


@dataclass(frozen=True, slots=True)
class Speeds:
    """What it says of a run: samples a second, and spikes a sample of each layer."""

    learn: float
    infer: float
    spikes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rival:
    """The program, compiled."""

    program: Path
    compiled_by: str  # the command, without the names of files
    sha256: str  # of its source

    @classmethod
    def compile(cls, source: Path, folder: Path) -> Rival:
        """Compile it as its first comment says."""
        text = source.read_text(encoding="utf-8")
        flags = flags_of(text)
        program = folder / "rival"
        run(["gcc", *flags, str(source.resolve()), "-lm", "-o", str(program)])
        digest = hashlib.sha256(text.encode()).hexdigest()
        return cls(program, " ".join(["gcc", *flags]), digest)

    def __call__(self, arguments: Sequence[str]) -> Speeds:
        """Run it on one thread; it counts its own processor time (`cpu=1`)."""
        done = run([str(self.program), *arguments, "cpu=1"], {"OMP_NUM_THREADS": "1"})
        return speeds(done.output)


def flags_of(source: str) -> list[str]:
    """The compiler's flags in the first comment, without libraries and names of files."""
    comment = source.partition("*/")[0]
    for line in comment.splitlines():
        words = shlex.split(line.strip(" *")) if line.strip(" *").startswith("gcc ") else []
        if words:
            return [word for word in words[1:] if re.match(r"-(?!l|o$)", word)]
    raise SystemExit("the first comment of that program has no line that begins with `gcc`")


def speeds(output: str) -> Speeds:
    """Read its output; over several epochs, as many samples in the sum of their times."""
    lines = output.splitlines()
    found = [re.search(r"train (\d+)/s infer (\d+)/s .* spikes ((?:\d+ ?)+)", s) for s in lines]
    epochs = [match for match in found if match]
    if not epochs:
        raise SystemExit(f"cannot read what that program prints:\n{output}")
    return Speeds(
        learn=statistics.harmonic_mean([float(epoch[1]) for epoch in epochs]),
        infer=statistics.harmonic_mean([float(epoch[2]) for epoch in epochs]),
        spikes=tuple(float(word) for word in epochs[-1][3].split()),
    )


def arguments(graph: Graph) -> list[str]:
    """The settings of a network as it takes them, in its units: thresholds times tau_mem.

    It has one value for all layers of what a network may set layer by layer (limit of spikes,
    penalty): the greatest and the first are given to it.
    """
    learner, readout, layers = graph.learner, graph.readout, graph.layers
    if learner is None or readout is None or learner.batch != 50:
        raise SystemExit(f"{graph.name}: only networks that learn in batches of 50 are compared")
    adam = learner.optimisers[readout.layer]
    starts = [projection.weight for projection in graph.projections]
    first, last = starts[0], starts[-1]
    if not (isinstance(adam, Adam) and isinstance(first, Uniform) and isinstance(last, Uniform)):
        raise SystemExit(f"{graph.name}: only Adam and uniform weights are compared")
    penalties = list(learner.rate_penalties.values())
    tau = layers[0].tau_mem
    settings = {
        "learner": learner.name,
        "hidden": ",".join(str(layer.size) for layer in layers[:-1]),
        "classes": layers[-1].size,
        "th": ",".join(f"{layer.threshold * tau:.9g}" for layer in layers),
        "tau_s": f"{layers[0].tau_syn:.9g}",
        "sim": graph.window,
        "cap": max(layer.max_spikes for layer in layers),
        "lr": rate_at(adam.rate, 0, learner.epochs),
        "alpha": rate_at(learner.feedback_rate, 0, learner.epochs),
        "beta": penalties[0].strength if penalties else 0,
        "nhat": penalties[0].target if penalties else 0,
        "yt": readout.correct,
        "yf": readout.other,
        "wlo": first.low,
        "whi": first.high,
        "owlo": last.low,
        "owhi": last.high,
    }
    return [f"{name}={value}" for name, value in settings.items()]


def write_data(dataset: Dataset, samples: int | None, folder: Path) -> list[str]:
    """The first samples of the training set, and the whole test set, as it reads them.

    Returns:
        The arguments that name them.
    """
    train = dataset.train.first(samples) if samples is not None else dataset.train
    if isinstance(train, Images) and isinstance(dataset.test, Images):
        write_images(train, folder, "train")
        write_images(dataset.test, folder, "t10k")
        return [f"dir={folder}"]
    write_spikes(train, folder / "spikes_train.bin")
    write_spikes(dataset.test, folder / "spikes_test.bin")
    return [f"spk={folder / 'spikes'}"]


def write_images(images: Images, folder: Path, name: str) -> None:
    """IDX files of 28 x 28 bytes an image, and of labels."""
    pixels = np.ascontiguousarray(images.pixels, np.uint8)
    header = struct.pack(">iiii", 0x803, len(images), 28, 28)
    (folder / f"{name}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
    header = struct.pack(">ii", 0x801, len(images))
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(header + _labels(images).tobytes())


def write_spikes(split: Split, path: Path) -> None:
    """Number of samples; of each the label, its number of spikes, and those by time and unit."""
    if not isinstance(split, Spikes):
        raise TypeError("recorded spikes are wanted")
    with path.open("wb") as file:
        file.write(struct.pack("<i", len(split)))
        for sample, label in enumerate(_labels(split)):
            own = slice(split.offsets[sample], split.offsets[sample + 1])
            spikes = np.empty(own.stop - own.start, SPIKE)
            spikes["time"], spikes["unit"] = split.times[own], split.units[own]
            file.write(struct.pack("<ii", label, len(spikes)) + np.sort(spikes).tobytes())


def _labels(split: Split) -> np.ndarray:
    if split.labels is None:
        raise SystemExit("a data set with labels is needed")
    return split.labels.astype(np.uint8)
