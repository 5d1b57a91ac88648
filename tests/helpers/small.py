"""A network and data so small that a training takes a fraction of a second on any target."""

from __future__ import annotations

from pathlib import Path

import numpy as np

PROGRAM = """\
network small {
    cell = lif(tau_syn = 130 ms, threshold = 0.5)

    input image[2, 2] {
        encode ttfs(window = 100 ms)
    }
    layer hidden[5] {
        from image dense(weight ~ uniform(-1, 3))
        cell
    }
    layer output[2] {
        from hidden dense(weight ~ uniform(-1, 2))
        cell
    }
    readout output spike_count

    learner sfdfa {
        adam(rate = 1e-2)
        rate_penalty(hidden, strength = 0.1, target = 1)
        batch  = 8
        epochs = 3
    }
}
"""


def write_small(folder: Path, name: str = "small.snn") -> Path:
    """The program, and beside it `digits.npz` with 30 training and 10 test samples."""
    path = folder / name
    path.write_text(PROGRAM, encoding="utf-8")
    random = np.random.default_rng(1)
    arrays = {}
    for part, samples in (("train", 30), ("test", 10)):
        labels = random.integers(0, 2, samples)
        images = random.integers(0, 256, (samples, 4))
        images[:, 0] = np.where(labels, 255, images[:, 0] // 4)
        arrays[f"{part}_images"] = images.astype(np.uint8)
        arrays[f"{part}_labels"] = labels
    np.savez(folder / "digits.npz", **arrays)
    return path
