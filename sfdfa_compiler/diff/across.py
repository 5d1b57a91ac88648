"""Targets that share no profile: no bit is promised, so figures stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.runs.bench import Bench
from sfdfa_compiler.training.evaluate import evaluate
from sfdfa_compiler.training.tally import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a target makes of the test set."""

    target: str
    profile: str
    samples: int
    accuracy: float | None
    agreement: float  # share of the samples that it names as the first target does
    spikes_per_sample: Mapping[str, float]


def compare_profiles(benches: Sequence[Bench]) -> tuple[Figures, ...]:
    """Run the test set on every bench, all from the same weights."""
    figures: list[Figures] = []
    first: NDArray[Any] | None = None
    for bench in benches:
        answers: list[NDArray[Any]] = []

        def record(forward: Forward, answers: list[NDArray[Any]] = answers) -> None:
            answers.append(decode(forward.counts))

        tally = evaluate(
            bench.session,
            bench.test,
            bench.test.rows,
            bench.readout,
            record=record,
        )
        named = np.concatenate(answers)
        first = named if first is None else first
        summary = tally.summary()
        figures.append(
            Figures(
                target=bench.machine.target.name,
                profile=bench.machine.profile,
                samples=summary.samples,
                accuracy=summary.accuracy,
                agreement=float((named == first).mean()),
                spikes_per_sample=summary.spikes_per_sample,
            )
        )
    return tuple(figures)


def figures_in_words(figures: Sequence[Figures]) -> str:
    """A line for every target."""
    lines = ["the targets share no profile: figures, not bits, are compared"]
    for each in figures:
        spikes = ", ".join(f"{layer} {n:.2f}" for layer, n in each.spikes_per_sample.items())
        right = "" if each.accuracy is None else f"{each.accuracy:.2%} right, "
        lines.append(
            f"  {each.target} ({each.profile}): {right}"
            f"{each.agreement:.2%} as {figures[0].target}, spikes a sample: {spikes}"
        )
    return "".join(f"{line}\n" for line in lines)
