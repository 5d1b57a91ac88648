"""Lowering to the event profile: the phases of a batch, and what each may reorder.

The order is the one of semantics.md, section 4: all spikes first, then grades, then feedback
(so that errors see the new feedback), then errors and gradients of all layers, then all weights.
"""

from __future__ import annotations

from sfdfa_compiler.arith import FLOAT32, FLOAT64, UINT32, Format, Recipe
from sfdfa_compiler.arith import event as formulas
from sfdfa_compiler.arith.philox import philox
from sfdfa_compiler.ir import Adam, Graph, Input, LearnerSpec, LifLayer, LocalGradient, Readout
from sfdfa_compiler.learners import LEARNERS, ErrorPath
from sfdfa_compiler.schedule.layers import layer_plan
from sfdfa_compiler.schedule.nodes import (
    AT_ONCE,
    Axis,
    Buffer,
    Kernel,
    Life,
    Phase,
    Schedule,
    Window,
)

REALS = {"event32": FLOAT32, "event64": FLOAT64}
FIRE = {
    LocalGradient.MODIFIED: formulas.fire_modified,
    LocalGradient.EXACT: formulas.fire_exact,
}

Micros = dict[str, Recipe]


def lower_event(
    graph: Graph, profile: str, window: Window, *, most_events: int | None = None
) -> Schedule:
    """The plan of `graph` in an event profile.

    Args:
        graph: A checked graph: every layer has one source, tau_mem = 2 tau_syn and equal for all.
        profile: "event32" or "event64".
        window: The sample's end in the exponential time domain.
        most_events: The most input events of a sample, for the memory bound; unless known, every
            input neuron once.
    """
    lowering = _Lowering(graph, REALS[profile], window)
    for source in graph.inputs:
        most = source.size if most_events is None else most_events
        lowering.events(source.name, most + window.epoch)
    forward = [
        phase
        for layer in graph.execution_order
        for phase in (lowering.hear(layer), lowering.forward(layer), lowering.sort(layer))
    ]
    learn = lowering.learn() if lowering.learner else []
    return Schedule(
        name=graph.name,
        profile=profile,
        real=REALS[profile],
        time=window,
        layers=tuple(layer_plan(graph, layer) for layer in graph.execution_order),
        forward=tuple(forward),
        learn=tuple(learn),
        buffers=lowering.buffers,
        classes=graph.output.size if graph.output else 0,
        batch=lowering.batch,
        room=lowering.room,
        epochs=graph.learner.epochs if graph.learner else 1,
        shards=graph.learner.shards if graph.learner else 1,
    )


class _Lowering:
    """Builds phases and collects the buffers that they name: one method per kernel."""

    def __init__(self, graph: Graph, real: Format, window: Window) -> None:
        self.graph = graph
        self.real = real
        self.window = window
        self.buffers: dict[str, Buffer] = {}
        self.learner = graph.learner if graph.readout else None
        self.batch = self.learner.batch if self.learner else 1
        self.room = max(self.batch, AT_ONCE)

    def learn(self) -> list[Phase]:
        """The phases behind the forward ones, when training."""
        learner = self._learner
        order = self.graph.execution_order
        learning = [layer for layer in reversed(order) if self._learns(layer)]
        phases: list[Phase] = []
        if LEARNERS[learner.name].learns_feedback:
            phases += [self.grade(layer) for layer in order]
            phases += [self.feedback(layer) for layer in order if not self._is_output(layer)]
        for layer in reversed(order):
            if layer.name in learner.rate_penalties and not self._is_output(layer):
                phases.append(self.penalty(layer))
            if self._is_output(layer):
                phases.append(self.output_error(layer, self._readout))
            else:
                phases.append(self.project(layer))
            if self._backward and not isinstance(self.graph.source(layer.name), Input):
                phases.append(self.hand_down(layer))
        phases += [self.reverse(layer) for layer in learning]
        phases += [self.update(layer) for layer in learning]
        return phases

    # ------------------------------------------------------------ facts

    @property
    def _learner(self) -> LearnerSpec:
        if self.learner is None:
            raise ValueError("a network without readout or learner has no learning phases")
        return self.learner

    @property
    def _backward(self) -> bool:
        return LEARNERS[self._learner.name].error_path is ErrorPath.BACKWARD

    def _is_output(self, layer: LifLayer) -> bool:
        return self.graph.readout is not None and layer.name == self.graph.readout.layer

    def _learns(self, layer: LifLayer) -> bool:
        (projection,) = self.graph.into(layer.name)
        return self.learner is not None and projection.learn

    # ------------------------------------------------------------ buffers

    def _buffer(
        self, name: str, fields: tuple[Format, ...], shape: tuple[Axis, ...], life: Life, bound: int
    ) -> str:
        buffer = Buffer(name=name, fields=fields, shape=shape, life=life, bound=bound)
        self.buffers.setdefault(name, buffer)
        return name

    def _most_spikes(self, layer: LifLayer) -> int:
        return layer.size * layer.max_spikes

    def events(self, population: str, most: int) -> str:
        """The sorted list of a population's events, per sample: E and neuron."""
        fields = (self.real, UINT32)
        shape = (Axis.SAMPLE, Axis.EVENT)
        return self._buffer(f"{population}.events", fields, shape, Life.BATCH, self.room * most)

    def _read(self, layer: LifLayer) -> str:
        """The events that a layer reads."""
        return f"{self.graph.source(layer.name).name}.events"

    def _heard(self, layer: LifLayer) -> str:
        """The same by instants: E, where the interval ends, alert level, first and last event."""
        fields = (self.real, self.real, self.real, UINT32, UINT32)
        shape = (Axis.SAMPLE, Axis.EVENT)
        bound = self.buffers[self._read(layer)].bound
        return self._buffer(f"{layer.name}.heard", fields, shape, Life.BATCH, bound)

    def _order(self, layer: LifLayer) -> str:
        """Where each spike of the log stands in the sorted list."""
        shape = (Axis.SAMPLE, Axis.EVENT)
        bound = self.room * self._most_spikes(layer)
        return self._buffer(f"{layer.name}.order", (UINT32,), shape, Life.BATCH, bound)

    def _spikes(self, layer: LifLayer) -> str:
        """The log of a layer's spikes: E, z, A, and which instant and neuron."""
        fields = (self.real, self.real, self.real, UINT32)
        bound = self.room * self._most_spikes(layer)
        shape = (Axis.SAMPLE, Axis.EVENT)
        return self._buffer(f"{layer.name}.spikes", fields, shape, Life.BATCH, bound)

    def _per_neuron(self, layer: LifLayer, what: str, format: Format) -> str:
        shape = (Axis.SAMPLE, Axis.POST)
        bound = self.room * layer.size
        return self._buffer(f"{layer.name}.{what}", (format,), shape, Life.BATCH, bound)

    def _per_layer(self, layer: LifLayer, what: str) -> str:
        shape = (Axis.POST,)
        return self._buffer(f"{layer.name}.{what}", (self.real,), shape, Life.BATCH, layer.size)

    def _per_spike(self, layer: LifLayer, what: str) -> str:
        shape = (Axis.SAMPLE, Axis.EVENT)
        bound = self.room * self._most_spikes(layer)
        return self._buffer(f"{layer.name}.{what}", (self.real,), shape, Life.BATCH, bound)

    def _per_synapse(self, layer: LifLayer, what: str, life: Life = Life.RUN) -> str:
        bound = layer.size * self.graph.source(layer.name).size
        shape = (Axis.PRE, Axis.POST)
        return self._buffer(f"{layer.name}.{what}", (self.real,), shape, life, bound)

    def _feedback(self, layer: LifLayer) -> str:
        output = self.graph.output
        bound = layer.size * (output.size if output else 0)
        shape = (Axis.POST, Axis.CLASS)
        return self._buffer(f"{layer.name}.feedback", (self.real,), shape, Life.RUN, bound)

    def _counts(self, layer: LifLayer) -> str:
        return self._per_neuron(layer, "counts", UINT32)

    def _error(self, layer: LifLayer) -> str:
        """One error per neuron and sample; in BP, one per spike of a hidden layer."""
        if self._backward and not self._is_output(layer):
            return self._per_spike(layer, "delta")
        return self._per_neuron(layer, "delta", self.real)

    # ------------------------------------------------------------ kernels

    def _phase(
        self,
        kernel: Kernel,
        layer: LifLayer,
        micros: Micros,
        *,
        reads: tuple[str, ...],
        writes: tuple[str, ...],
        free: set[Axis],
        ordered: tuple[Axis, ...] = (),
        constants: dict[str, float] | None = None,
        **more: object,
    ) -> Phase:
        return Phase(
            kernel=kernel,
            layer=layer.name,
            micros={role: recipe.at(self.real) for role, recipe in micros.items()},
            reads=reads,
            writes=writes,
            free=frozenset(free),
            ordered=ordered,
            constants=constants or {},
            **more,  # type: ignore[arg-type] # rates and scalars, by name
        )

    def _if_long(self, **micros: Recipe) -> Micros:
        """Micro-functions that only a window of several epochs needs."""
        return micros if self.window.epoch else {}

    def hear(self, layer: LifLayer) -> Phase:
        """Events that a layer reads, grouped by instants."""
        return self._phase(
            "hear",
            layer,
            {"alert_level": formulas.alert_level},
            reads=(self._read(layer),),
            writes=(self._heard(layer),),
            free={Axis.SAMPLE},
            ordered=(Axis.EVENT,),
            constants=self._threshold(layer),
        )

    def _threshold(self, layer: LifLayer) -> dict[str, float]:
        return {"theta": layer.threshold, "theta4": 4 * layer.threshold}

    def forward(self, layer: LifLayer) -> Phase:
        """Events in, spikes out."""
        gradient = self.learner.local_gradient if self.learner else LocalGradient.MODIFIED
        return self._phase(
            "forward",
            layer,
            {
                "integrate": formulas.integrate,
                "alert": formulas.alert,
                "crossing": formulas.crossing,
                "fire": FIRE[gradient],
                **self._if_long(next_epoch=formulas.next_epoch),
            },
            reads=(self._read(layer), self._heard(layer), self._per_synapse(layer, "weight")),
            writes=(self._spikes(layer), self._counts(layer)),
            free={Axis.SAMPLE, Axis.POST},
            ordered=(Axis.EVENT,),
            constants={**self._threshold(layer), "theta_floor": layer.threshold / 2**20},
        )

    def sort(self, layer: LifLayer) -> Phase:
        """Spikes of all neurons of a sample into one list."""
        most = self._most_spikes(layer) + self.window.epoch
        return self._phase(
            "sort",
            layer,
            {},
            reads=(self._spikes(layer),),
            writes=(self.events(layer.name, most), self._order(layer)),
            free={Axis.SAMPLE},
        )

    def grade(self, layer: LifLayer) -> Phase:
        """Grades of a hidden layer's spikes; of the output, the directional derivatives."""
        source = self.graph.source(layer.name)
        heard = isinstance(source, LifLayer)  # events of an input have grade 0
        reads = [self._read(layer), self._heard(layer), self._spikes(layer)]
        micros: Micros = {}
        if heard:
            micros["receive"] = formulas.receive_grade
            reads += [f"{source.name}.grades", f"{layer.name}.weight"]
        if self._is_output(layer):
            micros["collect"] = formulas.collect_grade
            writes: tuple[str, ...] = (self._per_neuron(layer, "derivative", self.real),)
        else:
            micros |= {"perturb": formulas.perturb, "philox": philox}
            perturbation = self._per_neuron(layer, "perturbation", self.real)
            writes = (self._per_spike(layer, "grades"), perturbation)
            reads.append(self._order(layer))
        return self._phase(
            "grade",
            layer,
            micros,
            reads=tuple(reads),
            writes=writes,
            free={Axis.SAMPLE, Axis.POST},
            ordered=(Axis.EVENT,),
        )

    def feedback(self, layer: LifLayer) -> Phase:
        """Feedback weights of a hidden layer follow the forward gradient."""
        derivative = f"{self._output.name}.derivative"
        feedback = self._feedback(layer)
        return self._phase(
            "feedback",
            layer,
            {
                "correlate": formulas.correlate,
                "join": formulas.join,  # counts the samples in which the neuron fired
                "follow": formulas.follow,
            },
            reads=(derivative, f"{layer.name}.perturbation", f"{layer.name}.counts", feedback),
            writes=(feedback,),
            free={Axis.POST, Axis.CLASS},
            ordered=(Axis.SAMPLE,),
            rates={"alpha": self._learner.feedback_rate},
            scalars=("alpha",),
        )

    @property
    def _readout(self) -> Readout:
        if self.graph.readout is None:
            raise ValueError("learning needs a readout")
        return self.graph.readout

    @property
    def _output(self) -> LifLayer:
        return self.graph.layer(self._readout.layer)

    def penalty(self, layer: LifLayer) -> Phase:
        """The firing-rate regulariser of every neuron: its mean count against the target."""
        penalty = self._learner.rate_penalties[layer.name]
        return self._phase(
            "penalty",
            layer,
            {"rate_error": formulas.rate_error},
            reads=(self._counts(layer),),
            writes=(self._per_layer(layer, "penalty"),),
            free={Axis.POST},
            ordered=(Axis.SAMPLE,),
            constants={"beta": penalty.strength, "n_hat": penalty.target},
            scalars=("N",),
        )

    def output_error(self, layer: LifLayer, readout: Readout) -> Phase:
        """The error of the output: counts wanted less counts."""
        return self._phase(
            "project",
            layer,
            {"output_error": formulas.output_error},
            reads=(self._counts(layer),),
            writes=(self._error(layer),),
            free={Axis.SAMPLE, Axis.POST},
            constants={"correct": readout.correct, "other": readout.other},
        )

    def project(self, layer: LifLayer) -> Phase:
        """The error of every hidden neuron and sample, or (BP) of every spike."""
        micros: Micros = {}
        reads: tuple[str, ...]
        if self._backward:
            reads = (f"{layer.name}.handed", f"{layer.name}.events")
        else:
            micros["project"] = formulas.project_error
            reads = (self._feedback(layer), f"{self._output.name}.delta")
        if layer.name in self._learner.rate_penalties:
            micros["regularise"] = formulas.regularise
            reads += (f"{layer.name}.penalty",)
        return self._phase(
            "project",
            layer,
            micros,
            reads=reads,
            writes=(self._error(layer),),
            free={Axis.SAMPLE, Axis.EVENT} if self._backward else {Axis.SAMPLE, Axis.POST},
            ordered=() if self._backward else (Axis.CLASS,),
        )

    def hand_down(self, layer: LifLayer) -> Phase:
        """BP: what this layer's errors say of each event that it heard."""
        source = self.graph.layer(self.graph.source(layer.name).name)
        return self._phase(
            "hand_down",
            layer,
            {
                "reverse_spike": formulas.reverse_spike,
                "hand_down": formulas.hand_down,
                "join": formulas.join,
                **self._if_long(previous_epoch=formulas.previous_epoch),
            },
            reads=(
                self._read(layer),
                self._heard(layer),
                self._spikes(layer),
                self._order(layer),
                self._error(layer),
                f"{layer.name}.weight",
            ),
            writes=(self._per_spike(source, "handed"),),
            free={Axis.SAMPLE},
            ordered=(Axis.EVENT, Axis.POST),
            constants={"theta": layer.threshold},
        )

    def reverse(self, layer: LifLayer) -> Phase:
        """Reverse sweep: one owner per synapse walks the samples in order."""
        return self._phase(
            "reverse",
            layer,
            {
                "reverse_spike": formulas.reverse_spike,
                "reverse_event": formulas.reverse_event,
                "join": formulas.join,
                **self._if_long(previous_epoch=formulas.previous_epoch),
            },
            reads=(
                self._read(layer),
                self._heard(layer),
                self._spikes(layer),
                self._order(layer),
                self._error(layer),
            ),
            writes=(self._per_synapse(layer, "gradient", Life.BATCH),),
            free={Axis.POST},
            ordered=(Axis.SAMPLE, Axis.EVENT),
            constants={"theta": layer.threshold},
        )

    def update(self, layer: LifLayer) -> Phase:
        """The batch's mean gradient changes the weights."""
        optimiser = self._learner.optimisers[layer.name]
        if not isinstance(optimiser, Adam):
            raise TypeError("the event profile has no optimiser but Adam")
        state = tuple(self._per_synapse(layer, what) for what in ("weight", "m", "v"))
        return self._phase(
            "update",
            layer,
            {"mean": formulas.mean_gradient, "adam": formulas.adam},
            reads=(f"{layer.name}.gradient", *state),
            writes=state,
            free={Axis.PRE, Axis.POST},
            constants={
                "beta1": optimiser.beta1,
                "beta2": optimiser.beta2,
                "nbeta1": 1 - optimiser.beta1,
                "nbeta2": 1 - optimiser.beta2,
                "epsilon": optimiser.epsilon,
            },
            rates={"rate": optimiser.rate},
            scalars=("factor", "rate", "c1", "c2"),
        )
