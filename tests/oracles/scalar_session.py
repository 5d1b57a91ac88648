"""A batch of training, one number after the other: the scalar form of semantics.md, section 4."""

from __future__ import annotations

import numpy as np

from sfdfa_compiler.arith.draw import perturbations
from sfdfa_compiler.codegen import Batch, State, Trace
from sfdfa_compiler.data.events import Events, of_kind
from sfdfa_compiler.ir import Adam, Graph, LearnerSpec, LifLayer, LocalGradient, rate_at
from sfdfa_compiler.learners import LEARNERS, ErrorPath
from sfdfa_compiler.schedule import BatchPlace, Window
from tests.oracles.scalar import (
    Array,
    Event,
    Neuron,
    Number,
    Spike,
    fma,
    sort,
    sweep,
    tree_sum,
)


class ScalarSession:
    """A state and the batches that change it, as a target's session."""

    def __init__(self, graph: Graph, window: Window, state: State, seed: int) -> None:
        """Start from a state, whose arrays decide between float32 and float64."""
        self.graph = graph
        self.layers = graph.execution_order
        self.state = state.copy()
        self.seed = seed
        self.tau = window.tau
        self.real = next(iter(state.weights.values())).dtype.type
        self.end = Event(window.epoch, self.real(window.E), -1)

    def forward(self, batch: Batch) -> dict[str, list[list[Spike]]]:
        """Spikes by layer and sample, sorted."""
        return _Pass(self, batch).spikes

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> None:
        """Train on one batch; fill `trace` with its stages, as a target does."""
        learning = _Learning(self, batch, place)
        learning.run()
        self.state = learning.state
        if trace is not None:
            learning.tell(trace)


class _Pass:
    """One batch, forward: what every layer hears and fires, by sample."""

    def __init__(self, session: ScalarSession, batch: Batch) -> None:
        self.graph = session.graph
        self.layers = session.layers
        self.real = session.real
        self.weights = session.state.weights
        self.samples = range(len(batch))
        self.end = session.end
        self.events = {
            name: _unpack(of_kind(Events, events), batch) for name, events in batch.events.items()
        }
        self.spikes: dict[str, list[list[Spike]]] = {}
        with np.errstate(all="ignore"):
            for layer in self.layers:
                self.spikes[layer.name] = [self.fire(layer, heard) for heard in self.heard(layer)]
                self.events[layer.name] = [
                    [Event(spike.epoch, spike.E, spike.neuron) for spike in spikes]
                    for spikes in self.spikes[layer.name]
                ]

    def fire(self, layer: LifLayer, heard: list[Event]) -> list[Spike]:
        """All spikes of a layer in one sample."""
        learner = self.graph.learner
        gradient = learner.local_gradient if learner else LocalGradient.MODIFIED
        spikes = []
        for i, weight in enumerate(self.weights[layer.name].T):
            spikes += Neuron(i, layer, gradient, self.real).run(heard, weight, self.end)
        return sort(spikes)

    def heard(self, layer: LifLayer) -> list[list[Event]]:
        """What the layer hears, by sample."""
        return self.events[self.graph.source(layer.name).name]

    def count(self, layer: LifLayer) -> Array:
        """Spike counts, (samples, neurons)."""
        counts = np.zeros((len(self.samples), layer.size), np.uint32)
        for s in self.samples:
            for spike in self.spikes[layer.name][s]:
                counts[s, spike.neuron] += 1
        return counts


def _unpack(events: Events, batch: Batch) -> list[list[Event]]:
    samples = []
    for row in batch.rows:
        span = range(events.offsets[row], events.offsets[row + 1])
        epochs = [0] * len(events.E) if events.epoch is None else events.epoch
        samples.append([Event(int(epochs[e]), events.E[e], int(events.neuron[e])) for e in span])
    return samples


class _Learning:
    """One batch of training, stage by stage; its results by layer."""

    def __init__(self, session: ScalarSession, batch: Batch, place: BatchPlace) -> None:
        if session.graph.learner is None or session.graph.output is None or batch.labels is None:
            raise ValueError("learning needs a learner, a readout and labels")
        self.learner: LearnerSpec = session.graph.learner
        self.output: LifLayer = session.graph.output
        self.readout = session.graph.readout
        self.session = session
        self.real = session.real
        self.rows = batch.rows
        self.labels = batch.labels[batch.rows]
        self.place = place
        self.forward = _Pass(session, batch)
        self.state = session.state.copy()
        self.counts = {layer.name: self.forward.count(layer) for layer in session.layers}
        self.perturbation: dict[str, Array] = {}
        self.derivative: Array | None = None
        self.delta: dict[str, Array] = {}
        self.per_spike: dict[str, list[list[Number]]] = {}  # error of every spike, by sample
        self.gradient: dict[str, Array] = {}

    def run(self) -> None:
        """All of it, in the order of the page: new feedback, then errors, then all weights."""
        kind = LEARNERS[self.learner.name]
        with np.errstate(all="ignore"):
            if kind.learns_feedback:
                self.follow_forward_gradient()
            self.project_output_error()
            for layer in reversed(self.session.layers):
                if layer is not self.output and kind.error_path is ErrorPath.FEEDBACK:
                    self.project_error(layer)
                self.descend(layer, hand_down=kind.error_path is ErrorPath.BACKWARD)
            for layer in self.session.layers:
                if layer.name in self.gradient:
                    self.update(layer)

    # ------------------------------------------------------------ forward gradient, feedback

    def follow_forward_gradient(self) -> None:
        """Grades of all spikes, then the feedback weights."""
        zero = self.real(0)
        grades = {
            source.name: [[zero] * len(events) for events in self.forward.events[source.name]]
            for source in self.session.graph.inputs
        }
        for layer in self.session.layers:
            if layer is not self.output:
                self.perturbation[layer.name] = self.perturb(layer)
            grades[layer.name] = [
                self.grade(layer, s, grades[self.session.graph.source(layer.name).name][s])
                for s in self.forward.samples
            ]
        self.derivative = np.zeros(self.counts[self.output.name].shape, self.real)
        for s in self.forward.samples:
            spikes = self.forward.spikes[self.output.name][s]
            for spike, grade in zip(spikes, grades[self.output.name][s], strict=True):
                self.derivative[s, spike.neuron] = self.derivative[s, spike.neuron] + grade
        for layer in self.session.graph.hidden:
            self.follow(layer, self.derivative)

    def perturb(self, layer: LifLayer) -> Array:
        """P of every neuron that fires, (samples, neurons)."""
        p = np.zeros((len(self.rows), layer.size), self.real)
        for s, sample in enumerate(self.rows):
            for i in np.flatnonzero(self.counts[layer.name][s]):
                at = np.array([i]), np.array([sample])
                p[s, i] = perturbations(self.session.seed, layer.index, *at, self.place.step)[0]
        return p

    def grade(self, layer: LifLayer, s: int, heard: list[Number]) -> list[Number]:
        """Grades of a layer's spikes in sample s; of an output's spike, what it has collected."""
        events = self.forward.heard(layer)[s]
        spikes = self.forward.spikes[layer.name][s]
        weight = self.forward.weights[layer.name]
        grades: list[Number] = [None] * len(spikes)
        for i in range(layer.size):
            own = [at for at, spike in enumerate(spikes) if spike.neuron == i]
            collected = self.real(0)
            done = 0
            for nth, at in enumerate(own):
                for k in range(done, spikes[at].k + 1):
                    collected = fma(weight[events[k].neuron, i], heard[k], collected)
                done = spikes[at].k + 1
                first = nth == 0 and layer is not self.output
                grades[at] = collected + self.perturbation[layer.name][s, i] if first else collected
                collected = self.real(0)
        return grades

    def follow(self, layer: LifLayer, derivative: Array) -> None:
        """Feedback weights follow the mean of d_o p_i over the samples in which i fired."""
        alpha = self.real(
            rate_at(self.learner.feedback_rate, self.place.epoch, self.learner.epochs)
        )
        B = self.state.feedback[layer.name]
        for i in range(layer.size):
            fired = [s for s in self.forward.samples if self.counts[layer.name][s, i]]
            for o in range(self.output.size):
                c = self.real(0)
                for s in fired:
                    c = fma(derivative[s, o], self.perturbation[layer.name][s, i], c)
                if fired:
                    m = c / self.real(len(fired))
                    B[i, o] = fma(-alpha, B[i, o] - m, B[i, o])

    # ------------------------------------------------------------ errors

    def project_output_error(self) -> None:
        """Output error: the count wanted less the count."""
        if self.readout is None:
            raise ValueError("learning needs a readout")
        error = np.zeros(self.counts[self.output.name].shape, self.real)
        for s, label in enumerate(self.labels):
            for o in range(self.output.size):
                wanted = self.readout.correct if o == label else self.readout.other
                error[s, o] = self.real(wanted) - self.real(self.counts[self.output.name][s, o])
        self.use(self.output, error)

    def project_error(self, layer: LifLayer) -> None:
        """Error of a hidden neuron through direct feedback."""
        B, error = self.state.feedback[layer.name], self.delta[self.output.name]
        delta = np.zeros((len(self.rows), layer.size), self.real)
        for s in self.forward.samples:
            for i in range(layer.size):
                x = self.real(0)
                for o in range(self.output.size):
                    x = fma(B[i, o], error[s, o], x)
                delta[s, i] = self.regularise(layer, i, x)
        self.use(layer, delta)

    def use(self, layer: LifLayer, delta: Array) -> None:
        """Every spike of a neuron receives the neuron's error."""
        self.delta[layer.name] = delta
        self.per_spike[layer.name] = [
            [delta[s, spike.neuron] for spike in self.forward.spikes[layer.name][s]]
            for s in self.forward.samples
        ]

    def regularise(self, layer: LifLayer, i: int, delta: Number) -> Number:
        """The regulariser joins the error of neuron i, if the layer has one."""
        penalty = self.learner.rate_penalties.get(layer.name)
        if penalty is None or layer is self.output:
            return delta
        total = self.real(self.counts[layer.name][:, i].sum())
        mean = total / self.real(len(self.rows))
        return delta + self.real(penalty.strength) * (self.real(penalty.target) - mean)

    # ------------------------------------------------------------ gradients

    def descend(self, layer: LifLayer, *, hand_down: bool) -> None:
        """The gradient of a layer's weights; in BP, the errors of the spikes that it heard."""
        (projection,) = self.session.graph.into(layer.name)
        swept = [self.sweep_layer(layer, s) for s in self.forward.samples]
        if projection.learn:
            self.gradient[layer.name] = self.add_up(layer, swept)
        source = self.session.graph.source(layer.name)
        if hand_down and isinstance(source, LifLayer):
            self.per_spike[source.name] = [
                self.hand_down(layer, source, s, swept[s]) for s in self.forward.samples
            ]
            self.delta[source.name] = np.array(
                [delta for deltas in self.per_spike[source.name] for delta in deltas], self.real
            )

    def sweep_layer(self, layer: LifLayer, s: int) -> list[list[tuple[Number, Number]]]:
        """(P, Q) by neuron and event of sample s."""
        by_neuron: list[tuple[list[Spike], list[Number]]] = [([], []) for _ in range(layer.size)]
        spikes, deltas = self.forward.spikes[layer.name][s], self.per_spike[layer.name][s]
        for spike, delta in zip(spikes, deltas, strict=True):
            by_neuron[spike.neuron][0].append(spike)
            by_neuron[spike.neuron][1].append(delta)
        events = self.forward.heard(layer)[s]
        theta = self.real(layer.threshold)
        return [sweep(events, *own, theta) for own in by_neuron]

    def add_up(self, layer: LifLayer, swept: list[list[list[tuple[Number, Number]]]]) -> Array:
        """The batch's gradient: samples in order, events backwards, one accumulator a shard."""
        shape = self.forward.weights[layer.name].shape
        shards = self.learner.shards
        size, more = divmod(len(self.rows), shards)
        accumulators = []
        start = 0
        for shard in range(shards):
            stop = start + size + (shard < more)
            g = np.zeros(shape, self.real)
            for s in range(start, stop):
                for k, (_, E, j) in reversed([*enumerate(self.forward.heard(layer)[s])]):
                    F = E * E
                    for i in range(layer.size):
                        P, Q = swept[s][i][k]
                        if P or Q:
                            g[j, i] = g[j, i] + fma(F, P, E * Q)
            accumulators.append(g)
            start = stop
        g = accumulators[0]
        for accumulator in accumulators[1:]:
            g = g + accumulator
        return np.asarray(g * self.real(self.session.tau / len(self.rows)))

    def hand_down(
        self,
        layer: LifLayer,
        source: LifLayer,
        s: int,
        swept: list[list[tuple[Number, Number]]],
    ) -> list[Number]:
        """Error of every spike of `source` that `layer` heard in sample s."""
        weight = self.forward.weights[layer.name]
        errors = []
        for k, (_, E, j) in enumerate(self.forward.heard(layer)[s]):
            F = E * E
            terms = []
            for i in range(layer.size):
                P, Q = swept[i][k]
                terms.append(weight[j, i] * fma(F + F, P, E * Q))
            errors.append(self.regularise(source, j, tree_sum(terms)))
        return errors

    # ------------------------------------------------------------ update

    def update(self, layer: LifLayer) -> None:
        """Adam, synapse by synapse."""
        optimiser = self.learner.optimisers[layer.name]
        if not isinstance(optimiser, Adam):
            raise TypeError("the event profile has no optimiser but Adam")
        b1, b2, t = optimiser.beta1, optimiser.beta2, self.place.step + 1
        lr = rate_at(optimiser.rate, self.place.epoch, self.learner.epochs)
        constants = [lr, b1, b2, 1 - b1, 1 - b2, 1 / (1 - b1**t), 1 / (1 - b2**t)]
        rounded = [self.real(value) for value in [*constants, optimiser.epsilon]]
        w, m, v = (part[layer.name] for part in (self.state.weights, self.state.m, self.state.v))
        for at, g in np.ndenumerate(self.gradient[layer.name]):
            w[at], m[at], v[at] = adam(w[at], m[at], v[at], g, *rounded)

    def tell(self, trace: Trace) -> None:
        """All stages, in the order in which targets tell them."""
        layers = [layer.name for layer in self.session.layers]
        for name in layers:
            trace.add("spikes", name, self.packed(name))
        trace.add("counts", self.output.name, self.counts[self.output.name])
        for stage, found in (
            ("perturbation", self.perturbation),
            ("derivative", {} if self.derivative is None else {self.output.name: self.derivative}),
            ("feedback", self.state.feedback),
            ("delta", self.delta),
            ("gradient", self.gradient),
            ("weights", self.state.weights),
        ):
            for name in layers:
                if name in found:
                    trace.add(stage, name, found[name])

    def packed(self, layer: str) -> Events:
        """A layer's spikes as events."""
        samples = self.forward.spikes[layer]
        flat = [spike for spikes in samples for spike in spikes]
        epochs = np.array([spike.epoch for spike in flat], np.uint32)
        return Events(
            offsets=np.cumsum([0, *map(len, samples)]),
            E=np.array([spike.E for spike in flat], self.real),
            neuron=np.array([spike.neuron for spike in flat], np.uint32),
            epoch=epochs if self.session.end.epoch else None,
        )


def adam(
    w: Number,
    m: Number,
    v: Number,
    g: Number,
    lr: Number,
    b1: Number,
    b2: Number,
    nb1: Number,
    nb2: Number,
    c1: Number,
    c2: Number,
    eps: Number,
) -> tuple[Number, Number, Number]:
    """One weight and its two moments after one step."""
    m = fma(b1, m, nb1 * g)
    v = fma(b2, v, nb2 * (g * g))
    if abs(m) < 2.0**-60:
        m = type(w)(0)
    if v < 2.0**-120:
        v = type(w)(0)
    w = w - (lr * (m * c1)) / (np.sqrt(v * c2) + eps)
    return w, m, v
