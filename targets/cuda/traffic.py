"""Bytes and operations of a batch, by arithmetic from the plan. Nothing is run.

Two figures are told apart. *Asked*: what the threads ask for, cached or not. The CPU's runtime
counts it, and tests hold this module against that. *Moved*: what crosses the device's memory if,
within a batch, everything is read from it once at most and written once; what is read more often
comes from the cache, which holds the weights and spikes of a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sfdfa_compiler.arith import Micro
from sfdfa_compiler.schedule import LayerPlan, Schedule
from sfdfa_compiler.targets.cuda.buffers import Sizes

WORD, RECORD = 4, 16  # bytes of a number, of a spike's record
FREE = {"input", "const", "select", "convert"}  # nodes of an expression that compute nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happened in a batch: the formulas' only inputs that the plan does not know."""

    samples: int
    heard: Mapping[str, int]  # by layer: events that it heard
    spikes: Mapping[str, int]  # by layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A figure that grows with what happens: so much a batch, a sample, an event heard, a spike."""

    batch: int = 0
    sample: int = 0
    event: int = 0
    spike: int = 0

    def __add__(self, other: Linear) -> Linear:
        """The sum."""
        return Linear(
            batch=self.batch + other.batch,
            sample=self.sample + other.sample,
            event=self.event + other.event,
            spike=self.spike + other.spike,
        )

    def of(self, activity: Activity, layer: str) -> int:
        """Its value for a layer."""
        return (
            self.batch
            + self.sample * activity.samples
            + self.event * activity.heard[layer]
            + self.spike * activity.spikes[layer]
        )


def stores(schedule: Schedule, plan: LayerPlan, *, learning: bool) -> dict[str, Linear]:
    """Bytes that are written to each buffer of a layer: every element once, so asked = moved."""
    sizes = Sizes(schedule, plan)
    lanes, markers = WORD * sizes.lanes, WORD * sizes.epochs
    found = {
        "counts": Linear(sample=lanes),
        "activity": Linear(batch=WORD * plan.size),
        "muted": Linear(batch=WORD * plan.size),
        "spikes": Linear(spike=RECORD),
        "sorted_E": Linear(spike=WORD, sample=markers),
        "sorted_neuron": Linear(spike=WORD, sample=markers),
        "sorted_spike": Linear(spike=WORD),
        "order": Linear(spike=WORD),
        "element_count": Linear(sample=WORD),
    }
    if sizes.epochs:
        found["log_epoch"] = Linear(spike=WORD)
    if plan.is_output:
        found["results"] = Linear(sample=WORD * plan.size)
    if not learning:
        return found
    if plan.learns:
        synapses = Linear(batch=lanes * plan.source_size)
        found |= {"weight": synapses, "m": synapses, "v": synapses}
    if sizes.most_heard:
        found["sums"] = Linear(event=WORD * (sizes.lanes // 32))
    if sizes.per_spike:
        found |= {name: Linear(spike=WORD, sample=markers) for name in ("delta", "handed")}
    else:
        found["delta"] = Linear(sample=WORD * plan.size if plan.is_output else lanes)
    further = {
        "perturbation": Linear(sample=lanes),
        "derivative": Linear(sample=WORD * plan.size),
        "penalty": Linear(batch=lanes),
        "grades": Linear(spike=WORD),
    }
    return found | {name: each for name, each in further.items() if name in sizes.shapes}


def weight_loads(schedule: Schedule, plan: LayerPlan, *, learning: bool) -> Linear:
    """Bytes that threads ask of the weights; without grades and what BP hands down."""
    lanes = WORD * -(-plan.size // 32) * 32
    update = lanes * plan.source_size if learning and plan.learns else 0
    return Linear(event=WORD * plan.size, batch=update)


def moved(schedule: Schedule, plan: LayerPlan, *, learning: bool) -> dict[str, Linear]:
    """Bytes of each buffer of a layer that cross the device's memory: read once, written once.

    Weights of inputs without an event count as read; what the host alone reads does not.
    """
    written = stores(schedule, plan, learning=learning)
    sizes = Sizes(schedule, plan)
    lanes = WORD * sizes.lanes
    found = {name: each + each for name, each in written.items()}
    for name in ("activity", "muted", "sorted_spike", "results"):
        found[name] = written.get(name, Linear())  # nobody reads them back
    synapses = Linear(batch=lanes * plan.source_size)
    found["weight"] = synapses + written.get("weight", Linear())
    if learning and "feedback" in sizes.shapes:
        both = any(p.kernel == "feedback" and p.layer == plan.name for p in schedule.learn)
        found["feedback"] = Linear(batch=lanes * schedule.classes * (2 if both else 1))
    if plan.source_is_input:
        found["events"] = Linear(event=2 * WORD, sample=2 * WORD * sizes.epochs)
    return {name: each for name, each in found.items() if each != Linear()}


def operations(schedule: Schedule, plan: LayerPlan, *, learning: bool) -> Linear:
    """Operations on numbers, at most: all neurons at every event, forward and back.

    Sorting and addresses are not counted; nor are draws of random numbers.
    """
    micros: dict[str, Micro] = {}
    for phase in schedule.phases if learning else schedule.forward:
        if phase.layer == plan.name:
            micros |= phase.micros

    def count(*roles: str) -> int:
        return sum(_operations(micros[role]) for role in roles if role in micros)

    return Linear(
        event=plan.size * count("integrate", "alert", "reverse_event", "receive", "hand_down"),
        spike=count("crossing", "fire", "reverse_spike", "collect"),
        sample=plan.size * schedule.classes * count("project", "correlate"),
        batch=plan.size * plan.source_size * count("mean", "adam"),
    )


def _operations(micro: Micro) -> int:
    return sum(node.op not in FREE for node in micro.nodes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A batch of a network."""

    moved: int  # bytes
    optimiser: int  # bytes of `moved` that only Adam needs: m and v, and weights written back
    least: int  # weights, gradient and events, once
    operations: int

    @property
    def ratio(self) -> float:
        """Moved, without the optimiser, over the least."""
        return (self.moved - self.optimiser) / self.least

    @property
    def ratio_with_state(self) -> float:
        """Moved, over the least and the optimiser's state."""
        return self.moved / (self.least + self.optimiser)


def total(schedule: Schedule, activity: Activity) -> Total:
    """The figures of a training batch."""
    all_bytes = optimiser = least = done = 0
    for plan in schedule.layers:
        found = moved(schedule, plan, learning=True)
        written = stores(schedule, plan, learning=True)
        all_bytes += sum(each.of(activity, plan.name) for each in found.values())
        adam = [found.get("m"), found.get("v"), written.get("weight")]
        optimiser += sum(each.of(activity, plan.name) for each in adam if each)
        synapses = WORD * plan.size * plan.source_size
        least += synapses * (2 if plan.learns else 1)
        if plan.source_is_input:
            least += 2 * WORD * activity.heard[plan.name]
        done += operations(schedule, plan, learning=True).of(activity, plan.name)
    return Total(moved=all_bytes, optimiser=optimiser, least=least, operations=done)


def describe(schedule: Schedule) -> dict[str, Any]:
    """What the manifest says: bytes and operations as sums over what happens."""

    def figures(*, learning: bool) -> dict[str, Any]:
        return {
            plan.name: {
                "bytes_moved": _sum(moved(schedule, plan, learning=learning).values()),
                "operations": _sum([operations(schedule, plan, learning=learning)]),
            }
            for plan in schedule.layers
        }

    walks = {"forward": figures(learning=False)}
    if schedule.learn:
        walks["learn"] = figures(learning=True)
    return walks


def _sum(parts: Iterable[Linear]) -> dict[str, int]:
    whole = sum(parts, Linear())
    return {
        "per_batch": whole.batch,
        "per_sample": whole.sample,
        "per_event_heard": whole.event,
        "per_spike": whole.spike,
    }
