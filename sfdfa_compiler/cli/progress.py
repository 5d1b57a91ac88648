"""Watching a run: a bar on a terminal, plain lines elsewhere. On standard error, beside results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sfdfa_compiler.training import EpochRecord, NoWatch, Summary, Tally, Watch

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

REFRESH = 0.1  # [s]


@contextmanager
def watching(*, quiet: bool = False) -> Iterator[Watch]:
    """A watch that suits where standard error goes, or one that says nothing."""
    if quiet:
        yield NoWatch()
        return
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    try:
        yield Bar(progress)
    finally:
        progress.stop()


class Lines:
    """A line for every epoch."""

    def __init__(self) -> None:
        """No epochs are known yet."""
        self._epochs = 0

    def pass_begins(self, name: str, samples: int, epoch: int, epochs: int) -> None:
        """Only remember how many epochs there are."""
        del name, samples, epoch
        self._epochs = epochs

    def batch_done(self, tally: Tally) -> None:
        """Say nothing."""

    def epoch_done(self, record: EpochRecord) -> None:
        """`epoch 3/30: train 96.12 %, test 96.50 %, loss 1.234, 10,123 samples/s, 235 spikes`."""
        parts = [f"train {_accuracy(record.train)}"]
        for name in ("test", "validation"):
            summary: Summary | None = getattr(record, name)
            if summary:
                parts.append(f"{name} {_accuracy(summary)}")
        parts += _figures(replace(record.train, accuracy=None))
        self._say(f"epoch {record.epoch + 1}/{self._epochs}: {', '.join(parts)}")

    def _say(self, line: str) -> None:
        click.echo(line, err=True)


class Bar(Lines):
    """A bar over all epochs, with the figures of the pass that is going on."""

    def __init__(self, progress: Progress) -> None:
        """Draw into `progress`."""
        super().__init__()
        self._progress = progress
        self._task = progress.add_task("", total=None, figures="")
        self._shown = 0.0  # when it was drawn last
        self._size = 0  # samples of an epoch, or of the only pass
        self._start = 0  # samples before this pass
        self._moves = True  # whether this pass moves the bar on

    def pass_begins(self, name: str, samples: int, epoch: int, epochs: int) -> None:
        """Name the pass. Tests between the epochs do not move the bar.

        The bar comes with the first pass: what is said before, warnings, is not drawn over.
        """
        self._progress.start()
        super().pass_begins(name, samples, epoch, epochs)
        self._moves = name == "learn" or epochs == 0
        if self._moves:
            self._size = samples
        self._start = (epoch if self._moves else epoch + 1) * self._size
        title = f"epoch {epoch + 1}/{epochs}" if epochs else name
        title += f" {name}" if epochs and not self._moves else ""
        total = max(epochs, 1) * self._size
        self._progress.update(self._task, description=title, total=total)

    def batch_done(self, tally: Tally) -> None:
        """Move on, now and then."""
        now = time.monotonic()
        if now - self._shown >= REFRESH:
            self._shown = now
            done = self._start + (tally.samples if self._moves else 0)
            figures = ", ".join(_figures(tally.summary()))
            self._progress.update(self._task, completed=done, figures=figures)

    def _say(self, line: str) -> None:
        """The lines of the epochs stay above the bar."""
        self._progress.console.print(line, highlight=False, soft_wrap=True)


def _figures(summary: Summary) -> list[str]:
    """Accuracy, loss, speed, activity: what there is of them."""
    parts = [] if summary.accuracy is None else [_accuracy(summary)]
    if summary.loss is not None:
        parts.append(f"loss {summary.loss:.3f}")
    if summary.samples_per_s:
        parts.append(f"{summary.samples_per_s:,.0f} samples/s")
    spikes = sum(summary.spikes_per_sample.values())
    return [*parts, f"{spikes:,.0f} spikes"]


def _accuracy(summary: Summary) -> str:
    return "-" if summary.accuracy is None else f"{100 * summary.accuracy:.2f} %"


@contextmanager
def download_bar() -> Iterator[Callable[[str, int, int], None] | None]:
    """Bytes of a download, on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(file: str, done: int, total: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=total or None)
            bar.update(tasks[file], completed=done)

        yield progress
