"""Repeated measurements, and what they say: medians, ratios pair by pair, fitted lines."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of some figures."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Of at least one value."""
        values = list(values)
        return cls(statistics.median(values), min(values), max(values))

    def text(self, form: str = ",.0f") -> str:
        """Such as "1.35 (1.31 to 1.40)"; `form` is how a number is written."""
        return f"{self.median:{form}} ({self.least:{form}} to {self.greatest:{form}})"


@dataclass(frozen=True, slots=True)
class Line:
    """y = intercept + slope x, fitted by least squares."""

    intercept: float
    slope: float
    r_squared: float  # share of the variance of y that the line explains


def fit(x: Sequence[float], y: Sequence[float]) -> Line:
    """The line through at least two points that are not all above each other."""
    slope, intercept = statistics.linear_regression(x, y)
    mean = statistics.fmean(y)
    total = sum((value - mean) ** 2 for value in y)
    rest = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, y, strict=True))
    return Line(intercept, slope, 1 - rest / total if total else 1.0)


def alternate(
    sides: Mapping[str, Callable[[], Result]], runs: int, say: Callable[[str], None] = print
) -> dict[str, list[Result]]:
    """Run all sides in turn, A B A B: what disturbs the machine for a while disturbs them all.

    Args:
        sides: What to run, by name.
        runs: How often each.
        say: Is told what is under way.

    Returns:
        By name, the results of all runs.
    """
    results: dict[str, list[Result]] = {name: [] for name in sides}
    for run in range(runs):
        for name, side in sides.items():
            say(f"run {run + 1} of {runs}: {name}")
            results[name].append(side())
    return results


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Ratios of figures that were taken one right after the other."""
    return [a / b for a, b in zip(above, below, strict=True)]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table; columns are padded, so that it reads well as it is."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    padded = (
        [cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines
    )
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)
