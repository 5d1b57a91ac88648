"""The test vectors: what they are trained on, and the digest lines of a batch.

Images are read and encoded here once more, number by number, so that the vectors check the
scalar form of the semantics without a loader or an encoder in between.
"""

from __future__ import annotations

import gzip
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from sfdfa_compiler.codegen import Stage, State, Trace
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.schedule import Window

FOLDER = Path(__file__).parents[1] / "vectors"
NAMES = sorted(path.stem for path in FOLDER.glob("*.snn"))
RADIX = np.float32(65536)


@dataclass(frozen=True)
class Expected:
    """A `.digests` file: its head, and the other lines as (name, digest)."""

    data: str
    samples: int
    seed: int
    lines: tuple[tuple[str, str], ...]


def expected(name: str) -> Expected:
    """What training `name.snn` must give."""
    rows = [
        line.rsplit(maxsplit=1) for line in (FOLDER / f"{name}.digests").read_text().splitlines()
    ]
    head = dict(rows[:3])
    return Expected(
        head["data"], int(head["samples"]), int(head["seed"]), tuple((a, b) for a, b in rows[3:])
    )


def digest(*arrays: np.ndarray) -> str:
    """SHA-256 of the arrays' little-endian bytes, one after the other."""
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
    return sha.hexdigest()


# ---------------------------------------------------------------- data


def read_images(folder: Path, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """The first training images, (samples, pixels) of bytes, and their labels."""
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        _, _, rows, columns = np.frombuffer(file.read(16), ">u4")
        size = int(rows * columns)
        images = np.frombuffer(file.read(samples * size), np.uint8).reshape(samples, size)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + samples), np.uint8)[8:]
    return images, labels.astype(np.int64)


def instant(time: float, tau: float) -> tuple[int, np.float32]:
    """A time in seconds as (epoch, E)."""
    X, epoch = math.exp(time / tau), 0
    while np.float32(X) >= RADIX:
        X, epoch = X / float(RADIX), epoch + 1
    return epoch, np.float32(X)


def window_of(seconds: float, tau: float) -> Window:
    """The end of a sample."""
    epoch, E = instant(seconds, tau)
    return Window(tau=tau, epoch=epoch, E=float(E))


def encode(images: np.ndarray, encoder_window: float, window: Window) -> Events:
    """Time to first spike: w * (1 - v / 255), nothing for v = 0 or behind the window's end."""
    table = [instant(encoder_window * (1 - v / 255), window.tau) for v in range(256)]
    end = (window.epoch, np.float32(window.E))
    samples = [
        sorted((*table[v], j) for j, v in enumerate(image) if v > 0 and table[v] < end)
        for image in images
    ]
    flat = [event for events in samples for event in events]
    return Events(
        offsets=np.cumsum([0, *map(len, samples)]),
        E=np.array([E for _, E, _ in flat], np.float32),
        neuron=np.array([j for _, _, j in flat], np.uint32),
        epoch=np.array([e for e, _, _ in flat], np.uint32) if window.epoch else None,
    )


# ---------------------------------------------------------------- lines


def first_lines(state: State) -> Iterator[tuple[str, str]]:
    """The lines of a state before training."""
    yield "init_weights", digest(*state.weights.values())
    yield "init_feedback", digest(*state.feedback.values())


def last_line(state: State) -> tuple[str, str]:
    """The line of a state after training."""
    return "weights_sha256", digest(*state.weights.values(), *state.feedback.values())


def batch_lines(trace: Trace, batch: int, layers: list[str]) -> Iterator[tuple[str, str]]:
    """The lines of one batch; `layers` in the order of the file."""
    by_name: dict[str, list[Stage]] = {}
    for stage in trace:
        by_name.setdefault(stage.name, []).append(stage)

    def of_layers(stage: str, line: str) -> Iterator[tuple[str, str]]:
        for found in by_name.get(stage, []):
            yield f"batch {batch} {line} {layers.index(found.layer or '') + 1}", digest(found.value)

    def of_batch(stage: str, line: str) -> Iterator[tuple[str, str]]:
        found = [part.value for part in by_name.get(stage, [])]
        if found or stage == "feedback":  # a learner without feedback has that line all the same
            yield f"batch {batch} {line}", digest(*found)

    for stage in by_name["spikes"]:
        number = layers.index(stage.layer or "") + 1
        yield f"batch {batch} spikes {number}", digest(*_spike_arrays(stage.value))
        if stage.value.epoch is not None:
            yield f"batch {batch} epochs {number}", digest(stage.value.epoch)
    yield from of_batch("counts", "counts")
    yield from of_layers("perturbation", "p")
    yield from of_batch("derivative", "d")
    yield from of_batch("feedback", "feedback")
    yield from of_layers("delta", "delta")
    yield from of_layers("gradient", "grad")
    yield from of_batch("weights", "weights")


def _spike_arrays(events: Events) -> Iterator[np.ndarray]:
    """By sample: the number of spikes, then pairs of E and neuron."""
    pairs = np.empty(len(events.E), [("E", "<f4"), ("neuron", "<u4")])
    pairs["E"], pairs["neuron"] = events.E, events.neuron
    for start, stop in pairwise(events.offsets):
        yield np.array([stop - start], np.uint32)
        yield pairs[start:stop]
