"""How a training went: accuracy, loss and activity by epoch."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sfdfa_compiler.training.course import EpochRecord

COLOURS = {"train": "#7f7f7f", "test": "#1f5fbf", "validation": "#d9822b"}


def curves(history: Sequence[EpochRecord]) -> Figure:
    """Three panels over the epochs."""
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    accuracy, loss, spikes = figure.subplots(1, 3)
    for name, colour in COLOURS.items():
        passes = [(record.epoch + 1, getattr(record, name)) for record in history]
        points = [(epoch, s) for epoch, s in passes if s and s.accuracy is not None]
        if points:
            epochs = [epoch for epoch, _ in points]
            style = {"color": colour, "label": name, "marker": ".", "linewidth": 1.2}
            accuracy.plot(epochs, [s.accuracy for _, s in points], **style)
            loss.plot(epochs, [s.loss for _, s in points], **style)
    accuracy.yaxis.set_major_formatter(PercentFormatter(1.0))
    for layer in history[0].train.spikes_per_sample:
        values = [record.train.spikes_per_sample[layer] for record in history]
        epochs = [record.epoch + 1 for record in history]
        spikes.plot(epochs, values, label=layer, marker=".", linewidth=1.2)
    spikes.set_ylim(bottom=0)
    for axes, title in (
        (accuracy, "accuracy"),
        (loss, "loss: squared error of a spike count"),
        (spikes, "spikes per training sample"),
    ):
        _finish(axes, title)
    return figure


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
