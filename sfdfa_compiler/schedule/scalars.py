"""Numbers that change with the batch: formed in float64, left to right, for every target alike."""

from __future__ import annotations

from dataclasses import dataclass

from sfdfa_compiler.ir import rate_at
from sfdfa_compiler.schedule.nodes import Phase, Schedule


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a batch stands in a training."""

    step: int  # batches done before it, over all epochs
    epoch: int  # from 0
    samples: int  # its size N


def step_scalars(schedule: Schedule, phase: Phase, place: BatchPlace) -> dict[str, float]:
    """The scalars that `phase` asks for, in float64; each is rounded once by its user.

    Source: semantics.md, section 4 (gradient of the batch, Adam, regulariser).
    """
    t = place.step + 1
    values = {
        name: rate_at(rate, place.epoch, schedule.epochs) for name, rate in phase.rates.items()
    }
    if "N" in phase.scalars:
        values["N"] = float(place.samples)
    if "factor" in phase.scalars:
        values["factor"] = schedule.window.tau / place.samples
    if "c1" in phase.scalars:
        values["c1"] = 1 / (1 - phase.constants["beta1"] ** t)
        values["c2"] = 1 / (1 - phase.constants["beta2"] ** t)
    return values
