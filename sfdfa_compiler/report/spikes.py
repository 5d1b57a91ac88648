"""What happens in one sample: all spikes, and the membrane potentials of the busiest neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sfdfa_compiler.data import Events, StepEvents
from sfdfa_compiler.runs import Result
from sfdfa_compiler.schedule import Clock, LayerPlan, Window
from sfdfa_compiler.training.folder import seconds

SHOWN = 3  # potentials of a layer
POINTS = 2000  # of a curve
COLOURS = ("#1f5fbf", "#d9822b", "#3a923a")

Array = NDArray[Any]


def raster(result: Result) -> Figure:
    """A dot for every spike of the first test sample, population by population."""
    populations = _populations(result)
    heights = [min(max(size, 4), 40) ** 0.5 for size, _, _ in populations.values()]
    figure = Figure(figsize=(8, 1.2 + 1.5 * len(populations)), layout="constrained")
    panels = figure.subplots(len(populations), 1, sharex=True, squeeze=False, height_ratios=heights)
    for axes, (name, (size, times, neurons)) in zip(panels[:, 0], populations.items(), strict=True):
        axes.scatter(1e3 * times, neurons, s=4 if size > 50 else 12, color="#222222", linewidths=0)
        axes.set_ylim(-0.5, size - 0.5)
        axes.set_ylabel(f"{name}\n{len(times):,} spikes", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    _finish(result, panels)
    return figure


def potentials(result: Result) -> Figure:
    """Potential of the busiest neurons of every layer in the first test sample (eq. 1)."""
    graph, populations = result.program.graph, _populations(result)
    layers = result.schedule.layers
    figure = Figure(figsize=(8, 1.2 + 2 * len(layers)), layout="constrained")
    panels = figure.subplots(len(layers), 1, sharex=True, squeeze=False)
    grid = np.linspace(0, graph.window, POINTS)
    for axes, plan in zip(panels[:, 0], layers, strict=True):
        layer = graph.layer(plan.name)
        counts = np.bincount(populations[plan.name][2], minlength=plan.size)
        for neuron, colour in zip(
            np.argsort(-counts, kind="stable")[:SHOWN], COLOURS, strict=False
        ):
            curve = potential(result, plan, int(neuron), grid)
            mute = ", then mute" if counts[neuron] >= plan.max_spikes else ""
            label = f"neuron {neuron}: {counts[neuron]} spikes{mute}"
            axes.plot(1e3 * grid, curve, color=colour, linewidth=1, label=label)
        axes.axhline(layer.threshold, color="#888888", linestyle="--", linewidth=0.8)
        axes.set_ylabel(f"{plan.name}\npotential", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, -3 * layer.threshold), min(high, 2 * layer.threshold))
        axes.legend(fontsize=7, loc="upper left")
    _finish(result, panels)
    return figure


def potential(result: Result, plan: LayerPlan, neuron: int, grid: Array) -> Array:
    """The membrane potential of a neuron in the first test sample.

    Args:
        result: Of a run in an event profile.
        plan: The neuron's layer.
        neuron: Its index.
        grid: Times [s].

    Source: eq. 1, from the recorded spikes and the weights.
    """
    layer = result.program.graph.layer(plan.name)
    populations = _populations(result)
    _, times, sources = populations[plan.source]
    _, own, neurons = populations[plan.name]
    weights = result.state.weights[plan.name][sources, neuron].astype(np.float64)
    passed = grid[:, None] - times[None, :]
    kernel = np.where(passed >= 0, _decay(passed, layer.tau_mem) - _decay(passed, layer.tau_syn), 0)
    since = grid[:, None] - own[neurons == neuron][None, :]
    resets = np.where(since >= 0, _decay(since, layer.tau_mem), 0)
    return np.asarray(kernel @ weights - layer.threshold * resets.sum(axis=1))


def _decay(passed: Array, tau: float) -> Array:
    return np.asarray(np.exp(-np.maximum(passed, 0) / tau))


def _populations(result: Result) -> dict[str, tuple[int, Array, Array]]:
    """Of every population its size, and time [s] and neuron of its spikes."""
    first = np.zeros(1, np.int64)
    heard = {name: events.take(first) for name, events in result.samples.events.items()}
    return {
        population.name: (population.size, *_spikes(spikes, result.schedule.time))
        for population in result.program.graph.populations
        if (spikes := {**heard, **result.example.spikes}.get(population.name)) is not None
    }


def _spikes(events: Events | StepEvents, time: Window | Clock) -> tuple[Array, Array]:
    if isinstance(events, StepEvents):
        dt = time.dt if isinstance(time, Clock) else 0.0
        return events.step * dt, events.neuron
    if not isinstance(time, Window):
        raise TypeError("spikes of an event profile have a window")
    epoch = 0 if events.epoch is None else events.epoch
    return seconds(events.E, epoch, time), events.neuron


def _finish(result: Result, panels: Any) -> None:  # noqa: ANN401 - an array of axes
    panels[0, 0].set_title(
        f"{result.program.graph.name}: first test sample", fontsize=10, loc="left"
    )
    panels[-1, 0].set_xlabel("time [ms]")
    panels[-1, 0].set_xlim(0, 1e3 * result.program.graph.window)
