"""The interpreter's session in the event profiles: it walks the plan, phase by phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith import draw
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.codegen.given import Given, check_state
from sfdfa_compiler.data.events import Events, of_kind
from sfdfa_compiler.interpreter import errors, grades, sweep
from sfdfa_compiler.interpreter.forward import forward
from sfdfa_compiler.interpreter.spikes import Log
from sfdfa_compiler.interpreter.train import Train, lay_out
from sfdfa_compiler.interpreter.update import update
from sfdfa_compiler.schedule import BatchPlace, LayerPlan, Phase, Schedule, step_scalars

Array = NDArray[Any]
CHUNK = 40_000  # samples times neurons of the widest layer, at once


class EventSession:
    """A state and the kernels that change it. Slow and obvious: the golden reference."""

    def __init__(self, schedule: Schedule, state: State, seed: int) -> None:
        """Start from a state; `seed` is the run's, for the perturbations."""
        self.schedule = schedule
        self.seed = seed
        self._given = Given(schedule)
        self.load(state)

    def state(self) -> State:
        """A copy of the state."""
        return self._state.copy()

    def load(self, state: State) -> None:
        """Replace the state."""
        check_state(state, self.schedule)
        self._state = state.copy()

    def close(self) -> None:
        """Nothing to free."""

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run the forward phases, some samples at a time."""
        self._given.check(batch)
        most = max(1, CHUNK // max(layer.size for layer in self.schedule.layers))
        rows = batch.rows
        parts = [
            self._run(Batch(events=batch.events, rows=rows[start : start + most]), record=record)
            for start in range(0, len(rows), most)
        ]
        return Forward.join(parts)

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        """Train on one batch."""
        self._given.check(batch, learn=True)
        run = _Run(self.schedule, self._state, batch, self.seed, place)
        run.walk(self.schedule.phases)
        self._state = run.next_state()
        if trace is not None:
            run.tell(trace, self._state)
        return run.result(record=False)

    def _run(self, batch: Batch, *, record: bool) -> Forward:
        run = _Run(self.schedule, self._state, batch, self.seed, BatchPlace(0, 0, len(batch)))
        run.walk(self.schedule.forward)
        return run.result(record=record)


class _Run:
    """One batch on its way through the plan: the buffers, by name."""

    def __init__(
        self, schedule: Schedule, state: State, batch: Batch, seed: int, place: BatchPlace
    ) -> None:
        self.schedule = schedule
        self.batch = batch
        self.seed = seed
        self.place = place
        self.step = state.step
        self.real = dtype(schedule.real)
        self.buffers: dict[str, Any] = {}
        for name, events in batch.events.items():
            self.buffers[f"{name}.events"] = of_kind(Events, events).take(batch.rows)
        for kind in ("weights", "feedback", "m", "v"):
            buffer = {"weights": "weight"}.get(kind, kind)
            for layer, array in getattr(state, kind).items():
                self.buffers[f"{layer}.{buffer}"] = array

    def walk(self, phases: tuple[Phase, ...]) -> None:
        """Run the phases in order."""
        kernels: dict[str, Callable[[Phase, LayerPlan], None]] = {
            "hear": self._hear,
            "forward": self._forward,
            "sort": self._sort,
            "grade": self._grade,
            "feedback": self._feedback,
            "penalty": self._penalty,
            "project": self._project,
            "hand_down": self._hand_down,
            "reverse": self._reverse,
            "update": self._update,
        }
        for phase in phases:
            kernels[phase.kernel](phase, self.schedule.layer(phase.layer))

    # ------------------------------------------------------------ kernels

    def _hear(self, phase: Phase, plan: LayerPlan) -> None:
        events = self.buffers[f"{plan.source}.events"]
        self.buffers[f"{phase.layer}.heard"] = lay_out(events, self.schedule.window)

    def _forward(self, phase: Phase, plan: LayerPlan) -> None:
        train, weight = self._train(plan), self.buffers[f"{plan.name}.weight"]
        log = forward(phase, train, weight, plan.max_spikes)
        counts = np.zeros((len(self.batch), plan.size), np.uint32)
        np.add.at(counts, (log.sample, log.neuron), 1)
        self.buffers[f"{plan.name}.spikes"] = log
        self.buffers[f"{plan.name}.counts"] = counts

    def _sort(self, phase: Phase, plan: LayerPlan) -> None:
        log: Log = self.buffers[f"{phase.layer}.spikes"].sorted()
        self.buffers[f"{plan.name}.spikes"] = log
        long = self.schedule.window.epoch > 0
        self.buffers[f"{plan.name}.events"] = log.events(len(self.batch), long=long)

    def _grade(self, phase: Phase, plan: LayerPlan) -> None:
        perturbation = None
        if not plan.is_output:
            perturbation = self._perturbation(plan)
            self.buffers[f"{plan.name}.perturbation"] = perturbation
        heard = None
        if "receive" in phase.micros:
            heard = self._per_element(plan, self.buffers[f"{plan.source}.grades"])
        weight = self.buffers[f"{plan.name}.weight"]
        result = grades.grade(
            phase, self._train(plan), self._log(plan), weight, heard, perturbation
        )
        self.buffers[f"{plan.name}.{'derivative' if plan.is_output else 'grades'}"] = result

    def _feedback(self, phase: Phase, plan: LayerPlan) -> None:
        alpha = step_scalars(self.schedule, phase, self.place)["alpha"]
        self.buffers[f"{plan.name}.feedback"] = grades.feedback(
            phase,
            self.buffers[f"{plan.name}.feedback"],
            self.buffers[f"{self._output.name}.derivative"],
            self.buffers[f"{plan.name}.perturbation"],
            self.buffers[f"{plan.name}.counts"] > 0,
            alpha,
        )

    def _penalty(self, phase: Phase, plan: LayerPlan) -> None:
        counts = self.buffers[f"{plan.name}.counts"]
        self.buffers[f"{plan.name}.penalty"] = errors.penalty(phase, counts, self.real)

    def _project(self, phase: Phase, plan: LayerPlan) -> None:
        r = self.buffers[f"{plan.name}.penalty"] if "regularise" in phase.micros else None
        if "output_error" in phase.micros:
            counts = self.buffers[f"{plan.name}.counts"]
            delta = errors.output_error(phase, counts, self._labels, self.real)
        elif "project" in phase.micros:
            feedback = self.buffers[f"{plan.name}.feedback"]
            delta = errors.project(phase, feedback, self.buffers[f"{self._output.name}.delta"], r)
        else:
            of_spike = None if r is None else r[self._log(plan).neuron]
            delta = errors.regularise(phase, self.buffers[f"{plan.name}.handed"], of_spike)
        self.buffers[f"{plan.name}.delta"] = delta

    def _hand_down(self, phase: Phase, plan: LayerPlan) -> None:
        train = self._train(plan)
        weight = self.buffers[f"{plan.name}.weight"]
        handed = sweep.hand_down(phase, train, self._log(plan), self._delta(plan), weight)
        self.buffers[f"{plan.source}.handed"] = handed[train.event >= 0]

    def _reverse(self, phase: Phase, plan: LayerPlan) -> None:
        shape = (plan.source_size, plan.size)
        self.buffers[f"{plan.name}.gradient"] = sweep.reverse(
            phase,
            self._train(plan),
            self._log(plan),
            self._delta(plan),
            shape,
            self.schedule.shards,
        )

    def _update(self, phase: Phase, plan: LayerPlan) -> None:
        scalars = step_scalars(self.schedule, phase, self.place)
        names = [f"{plan.name}.{what}" for what in ("weight", "m", "v", "gradient")]
        w, m, v, gradient = (self.buffers[name] for name in names)
        arrays = update(phase, w, m, v, gradient, scalars)
        self.buffers.update(zip(names, arrays, strict=True))

    # ------------------------------------------------------------ what kernels share

    @property
    def _output(self) -> LayerPlan:
        return next(layer for layer in self.schedule.layers if layer.is_output)

    @property
    def _labels(self) -> Array:
        if self.batch.labels is None:
            raise ValueError("learning needs labels")
        return self.batch.labels[self.batch.rows]

    def _train(self, plan: LayerPlan) -> Train:
        train: Train = self.buffers[f"{plan.name}.heard"]
        return train

    def _log(self, plan: LayerPlan) -> Log:
        log: Log = self.buffers[f"{plan.name}.spikes"]
        return log

    def _delta(self, plan: LayerPlan) -> Array:
        """Error of every spike of a layer's log."""
        delta: Array = self.buffers[f"{plan.name}.delta"]
        log = self._log(plan)
        return delta[log.sample, log.neuron] if delta.ndim == 2 else delta

    def _perturbation(self, plan: LayerPlan) -> Array:
        """Perturbations p where a neuron fired, else 0; (samples, neurons)."""
        sample, neuron = np.nonzero(self.buffers[f"{plan.name}.counts"])
        p = np.zeros((len(self.batch), plan.size), self.real)
        index = self.batch.rows[sample]
        p[sample, neuron] = draw.perturbations(
            self.seed, plan.index, neuron, index, self.place.step
        )
        return p

    def _per_element(self, plan: LayerPlan, values: Array) -> Array:
        """Values of the events that a layer hears, laid out as its train; 0 at markers."""
        train = self._train(plan)
        laid_out = np.zeros(train.E.shape, values.dtype)
        laid_out[train.event >= 0] = values
        return laid_out

    # ------------------------------------------------------------ results

    def result(self, *, record: bool) -> Forward:
        """What the batch's forward pass says."""
        layers = self.schedule.layers
        counts = {layer.name: self.buffers[f"{layer.name}.counts"] for layer in layers}
        spikes = {layer.name: self.buffers[f"{layer.name}.events"] for layer in layers}
        return Forward.of(self.schedule, counts, spikes if record else {})

    def next_state(self) -> State:
        """The state after the batch."""
        found: dict[str, dict[str, Array]] = {k: {} for k in ("weight", "feedback", "m", "v")}
        for layer in self.schedule.layers:
            for kind, arrays in found.items():
                if f"{layer.name}.{kind}" in self.buffers:
                    arrays[layer.name] = self.buffers[f"{layer.name}.{kind}"]
        return State(
            weights=found["weight"],
            feedback=found["feedback"],
            m=found["m"],
            v=found["v"],
            step=self.step + 1,
        )

    def tell(self, trace: Trace, state: State) -> None:
        """Record every stage of the batch, in the order of the test vectors."""
        for stage, buffer in TRACED:
            for layer in self.schedule.layers:
                value = self.buffers.get(f"{layer.name}.{buffer}")
                if value is not None and not (stage == "counts" and not layer.is_output):
                    trace.add(stage, layer.name, value)
        for layer in self.schedule.layers:
            trace.add("weights", layer.name, state.weights[layer.name])


TRACED = (
    ("spikes", "events"),
    ("counts", "counts"),
    ("perturbation", "perturbation"),
    ("derivative", "derivative"),
    ("feedback", "feedback"),
    ("delta", "delta"),
    ("gradient", "gradient"),
)
