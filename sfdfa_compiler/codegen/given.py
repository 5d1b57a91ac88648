"""What comes from outside is looked at before anyone computes with it.

Compiled code trusts its inputs: an event of a neuron that is not there would be read past the end
of an array. So sessions check batches and states when they get them; every data set once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen.session import Batch, State
from sfdfa_compiler.data.events import AnyEvents, Events, StepEvents, of_kind
from sfdfa_compiler.schedule import Clock, LayerPlan, Schedule


class Given:
    """The batches of a session."""

    def __init__(self, schedule: Schedule) -> None:
        """Nothing was given yet."""
        self._schedule = schedule
        self._sizes = {
            plan.source: plan.source_size for plan in schedule.layers if plan.source_is_input
        }
        self._events: dict[str, AnyEvents] = {}
        self._labels: NDArray[np.int64] | None = None

    def check(self, batch: Batch, *, learn: bool = False) -> None:
        """See that a batch can be computed.

        Raises:
            TypeError: If its events are of another kind or format than the profile's.
            ValueError: If events are out of range or out of order, or labels are missing or wrong.
            IndexError: If it names samples that are not there.
            KeyError: If it has no events for an input.
        """
        rows = batch.rows
        first, last = int(rows.min(initial=0)), int(rows.max(initial=-1))
        for name, size in self._sizes.items():
            events = batch.events[name]
            if self._events.get(name) is not events:
                self._check_events(name, size, events)
                self._events[name] = events
            if first < 0 or last >= len(events):
                raise IndexError(f"rows {first} to {last} of {len(events)} samples of `{name}`")
        if learn:
            self._check_labels(batch.labels, last)

    def _check_events(self, name: str, size: int, events: AnyEvents) -> None:
        schedule = self._schedule
        try:
            if isinstance(schedule.time, Clock):
                of_kind(StepEvents, events).check(size, schedule.time.steps)
            else:
                of_kind(Events, events).check(size, dtype(schedule.real), schedule.window.epoch)
        except (TypeError, ValueError) as error:
            raise type(error)(f"events of `{name}`: {error}") from error

    def _check_labels(self, labels: NDArray[np.int64] | None, last: int) -> None:
        classes = self._schedule.classes
        if labels is None:
            raise ValueError("learning needs labels")
        if labels is not self._labels:
            if not np.issubdtype(labels.dtype, np.integer):
                raise TypeError(f"labels are {labels.dtype}, not integers")
            if labels.min(initial=0) < 0 or labels.max(initial=0) >= classes:
                raise ValueError(f"labels are 0 to {classes - 1}, one for each output neuron")
            self._labels = labels
        if last >= len(labels):
            raise IndexError(f"sample {last} has no label: there are {len(labels)}")


def check_state(state: State, schedule: Schedule) -> None:
    """See that a state is one of this plan.

    Raises:
        TypeError: If an array has another format than the profile's.
        ValueError: If one is missing, of another shape, or not finite.
    """
    for plan in schedule.layers:
        shape = (plan.source_size, plan.size)
        _check_array(state.weights, plan, "weights", schedule, shape)
        if f"{plan.name}.feedback" in schedule.buffers:
            _check_array(state.feedback, plan, "feedback", schedule, (plan.size, schedule.classes))
        for name, moments in (("m", state.m), ("v", state.v)):
            if plan.name in moments:
                _check_array(moments, plan, name, schedule, shape)


def _check_array(
    arrays: dict[str, NDArray[Any]],
    plan: LayerPlan,
    what: str,
    schedule: Schedule,
    shape: tuple[int, ...],
) -> None:
    place = f"{what} of `{plan.name}`"
    if plan.name not in arrays:
        raise ValueError(f"{place} are missing")
    array, real = arrays[plan.name], dtype(schedule.real)
    if array.dtype != real:
        raise TypeError(f"{place} are {array.dtype}, not {real}")
    if array.shape != shape:
        raise ValueError(f"{place} have the shape {array.shape}, not {shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{place} are not all finite")
