"""How far a training has come, and what it has seen: everything but the session's state."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sfdfa_compiler.training.stopwatch import Stopwatch
from sfdfa_compiler.training.tally import Summary, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """The figures of one epoch."""

    epoch: int  # from 0
    train: Summary  # as the samples were learned, so with changing weights
    test: Summary | None = None  # with the weights at the end of the epoch
    validation: Summary | None = None


@dataclass(slots=True, kw_only=True)
class Course:
    """A training under way: `batch` batches of `epoch` are learned, as `tally` counts them."""

    epoch: int = 0
    batch: int = 0
    tally: Tally = field(default_factory=Tally)
    history: list[EpochRecord] = field(default_factory=list)
    spikes_sha256: str | None = None  # of the output on the test set, after the last epoch

    def best(self, set_name: str) -> EpochRecord | None:
        """The epoch with the highest accuracy on `test` or `validation`; the first of equals."""
        scored = [
            (summary.accuracy, -record.epoch, record)
            for record in self.history
            if (summary := getattr(record, set_name)) and summary.accuracy is not None
        ]
        return max(scored, key=lambda entry: entry[:2])[2] if scored else None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, without the arrays of the tally."""
        tally = self.tally
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "spikes_sha256": self.spikes_sha256,
            "history": [dataclasses.asdict(record) for record in self.history],
            "tally": {
                "samples": tally.samples,
                "correct": tally.correct,
                "squared_error": tally.squared_error,
                "labelled": tally.labelled,
                "saturated": tally.saturated,
            },
            "watch": dataclasses.asdict(tally.watch),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Course:
        """The inverse of `to_json`; KeyError or TypeError if something is missing."""
        return cls(
            epoch=values["epoch"],
            batch=values["batch"],
            spikes_sha256=values["spikes_sha256"],
            history=[_record(record) for record in values["history"]],
            tally=Tally(**values["tally"], watch=Stopwatch(**values["watch"])),
        )


def _record(values: Mapping[str, Any]) -> EpochRecord:
    summaries = {
        name: Summary(**values[name]) if values[name] else None for name in ("test", "validation")
    }
    return EpochRecord(epoch=values["epoch"], train=Summary(**values["train"]), **summaries)
