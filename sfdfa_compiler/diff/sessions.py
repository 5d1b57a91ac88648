"""Two sessions side by side: the same batches into both, every stage of both compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np

from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Batch, Forward, Session, Stage, State, Trace
from sfdfa_compiler.diff.difference import Difference, Spikes, first_difference
from sfdfa_compiler.schedule import BatchPlace
from sfdfa_compiler.training.samples import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where two targets part for the first time."""

    phase: str  # "test set", "training"
    batch: int
    stage: str
    layer: str | None
    difference: Difference
    sample: int | None = None  # its index in the file


@dataclass(slots=True)
class Agreement:
    """What was compared and found equal so far."""

    samples: int = 0
    batches: int = 0  # learned
    spikes: int = 0
    weights: int = 0
    divergence: Divergence | None = field(default=None)


def compare_forward(one: Session, other: Session, samples: Samples, found: Agreement) -> bool:
    """Run a set through both; False at the first divergence."""
    for number, batch in enumerate(samples.batches(samples.rows, one.schedule.batch)):
        results = [session.forward(batch, record=True) for session in (one, other)]
        found.divergence = _first(
            "test set", number, batch, *(_forward_stages(result, one) for result in results)
        )
        if found.divergence:
            return False
        found.samples += len(batch)
        found.spikes += sum(len(spikes.neuron) for spikes in results[0].spikes.values())
    return True


def compare_training(
    one: Session, other: Session, samples: Samples, batches: int, seed: int, found: Agreement
) -> bool:
    """Train both for some batches, over as many epochs as they take; False at a divergence."""
    for number, (batch, place) in enumerate(_training_batches(one, samples, batches, seed)):
        traces = [Trace(), Trace()]
        for session, trace in zip((one, other), traces, strict=True):
            session.learn(batch, place, trace)
        found.divergence = _first("training", number, batch, *traces)
        if found.divergence:
            return False
        found.batches += 1
        found.spikes += sum(
            len(stage.value.neuron)
            for stage in traces[0]
            if not isinstance(stage.value, np.ndarray)
        )
    return True


def compare_states(one: Session, other: Session, found: Agreement) -> bool:
    """Compare all that both have learned; False at a divergence."""
    states = [session.state() for session in (one, other)]
    nothing = Batch(events={}, rows=np.zeros(0, np.int64))
    phase = "state at the end"
    found.divergence = _first(phase, 0, nothing, *(_state_stages(state) for state in states))
    found.weights = sum(array.size for array in states[0].weights.values())
    return found.divergence is None


def _training_batches(
    session: Session, samples: Samples, batches: int, seed: int
) -> Iterator[tuple[Batch, BatchPlace]]:
    """The first batches of a training, as `train` would have them."""
    step = epoch = 0
    while step < batches:
        order = draw.epoch_order(seed, samples.rows, epoch)
        for batch in samples.batches(order, session.schedule.batch):
            if step == batches:
                return
            yield batch, BatchPlace(step, epoch, len(batch))
            step += 1
        epoch += 1


def _forward_stages(result: Forward, session: Session) -> Iterator[Stage]:
    """A forward pass as stages, layers in the order of execution."""
    for layer in session.schedule.layers:
        yield Stage("spikes", layer.name, result.spikes[layer.name])
    for layer in session.schedule.layers:
        yield Stage("activity", layer.name, result.activity[layer.name])
        saturated = np.array([result.saturated[layer.name]], np.int64)
        yield Stage("saturated", layer.name, saturated)
    yield Stage("counts", None, result.counts)


def _state_stages(state: State) -> Iterator[Stage]:
    for name in ("weights", "feedback", "m", "v"):
        for layer, array in getattr(state, name).items():
            yield Stage(name, layer, array)


def _first(
    phase: str, number: int, batch: Batch, one: Iterable[Stage], other: Iterable[Stage]
) -> Divergence | None:
    """The first stage that differs, and where in it."""
    spikes: dict[str | None, Spikes] = {}
    for ours, theirs in zip_longest(one, other):
        stage = ours or theirs
        found: Difference | None
        if _title(ours) != _title(theirs):
            found = Difference(where={}, what="stage", values=(_title(ours), _title(theirs)))
        else:
            found = first_difference(stage.name, ours.value, theirs.value)
            if not isinstance(ours.value, np.ndarray):
                spikes[stage.layer] = ours.value
        if found:
            found = _in_a_sample(found, spikes.get(stage.layer))
            sample = found.where.get("sample")
            return Divergence(
                phase=phase,
                batch=number,
                stage=stage.name,
                layer=stage.layer,
                difference=found,
                sample=None if sample is None else int(batch.rows[sample]),
            )
    return None


def _title(stage: Stage | None) -> str | None:
    return f"{stage.name} {stage.layer or ''}".strip() if stage else None


def _in_a_sample(found: Difference, spikes: Spikes | None) -> Difference:
    """Say sample and neuron of an event that is only counted through the batch (BP's errors)."""
    event = found.where.get("event")
    if event is None or "sample" in found.where or spikes is None:
        return found
    sample = int(np.searchsorted(spikes.offsets, event, side="right")) - 1
    where = {
        "sample": sample,
        "event": event - int(spikes.offsets[sample]),
        "neuron": int(spikes.neuron[event]),
    }
    return replace(found, where=where)
