"""A run folder: what a training, a test or a run leaves behind, in plain files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.data import Events, StepEvents
from sfdfa_compiler.diagnostics import place
from sfdfa_compiler.files import CANNOT_WRITE, reason, write
from sfdfa_compiler.schedule import Clock, Window
from sfdfa_compiler.training import checkpoint
from sfdfa_compiler.training.course import EpochRecord
from sfdfa_compiler.training.rules import RUN_EXISTS
from sfdfa_compiler.training.tally import Summary

RECORD = "run.json"
METRICS = "metrics.csv"
WEIGHTS = "weights.npz"
SPIKES = "spikes.npz"
RUNS = Path("runs")  # where runs go that are given no folder
LOG_RADIX = 16 * np.log(2)  # an epoch of E is a factor of 2^16

Array = NDArray[Any]


def new_folder(given: Path | str | None, name: str) -> Path:
    """Make a folder for a run: the one given, or the next free `runs/NAME-1`, `runs/NAME-2` ...

    Raises:
        UserError: SNN520 if a run lies there already, SNN521 if it cannot be made.
    """
    wanted = Path(given) if given else None
    try:
        if wanted:
            wanted.mkdir(parents=True, exist_ok=True)
            if any((wanted / file).exists() for file in (RECORD, checkpoint.NAME)):
                raise RUN_EXISTS.error(place(wanted), folder=wanted)
            return wanted
        RUNS.mkdir(exist_ok=True)
        number = 1
        while True:
            folder = RUNS / f"{name}-{number}"
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
            else:
                return folder
    except OSError as error:
        raise CANNOT_WRITE.error(place(wanted or RUNS), why=reason(error)) from error


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `run.json`."""
    write(folder / RECORD, json.dumps(record, indent=2) + "\n")


def write_metrics(folder: Path, history: Sequence[EpochRecord]) -> None:
    """Write `metrics.csv`: a line for every epoch."""
    rows = [_row(record) for record in history]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["epoch"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write(folder / METRICS, text.getvalue())


def _row(record: EpochRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"epoch": record.epoch}
    for name in ("train", "test", "validation"):
        summary: Summary | None = getattr(record, name)
        if summary:
            row[f"{name}_accuracy"], row[f"{name}_loss"] = summary.accuracy, summary.loss
            row[f"{name}_samples_per_s"] = summary.samples_per_s
            row[f"{name}_samples_per_cpu_s"] = summary.samples_per_cpu_s
    for figure in ("spikes_per_sample", "saturated", "dead"):
        for layer, value in getattr(record.train, figure).items():
            row[f"{figure}.{layer}"] = value
    return row


def spike_arrays(passes: Sequence[Forward], time: Window | Clock) -> dict[str, Array]:
    """What `spikes.npz` holds: per layer `sample`, `neuron`, when, and `time` in seconds.

    Args:
        passes: Consecutive batches, with all spikes.
        time: How the profile counts time: E and epoch, or steps.
    """
    arrays: dict[str, Array] = {}
    for layer in passes[0].spikes if passes else ():
        parts = [batch.spikes[layer] for batch in passes]
        counts = np.concatenate([np.diff(part.offsets) for part in parts])
        arrays[f"{layer}/sample"] = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        arrays[f"{layer}/neuron"] = np.concatenate([part.neuron for part in parts])
        for name, array in _when(parts, time).items():
            arrays[f"{layer}/{name}"] = array
    return arrays


def _when(parts: Sequence[Events | StepEvents], time: Window | Clock) -> dict[str, Array]:
    if isinstance(time, Clock):
        step = np.concatenate([part.step for part in parts if isinstance(part, StepEvents)])
        return {"step": step, "time": step * time.dt}
    events = [part for part in parts if isinstance(part, Events)]
    E = np.concatenate([part.E for part in events])
    epoch = np.concatenate(
        [np.zeros(len(p.E), np.int32) if p.epoch is None else p.epoch for p in events]
    ).astype(np.int32)
    return {"E": E, "epoch": epoch, "time": seconds(E, epoch, time)}


def seconds(E: Array, epoch: Array | int, window: Window) -> NDArray[np.float64]:
    """Times of events, tau ln E, in seconds."""
    return np.asarray(window.tau * (np.log(E.astype(np.float64)) + epoch * LOG_RADIX))
