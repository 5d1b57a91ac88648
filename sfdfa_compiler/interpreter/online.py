"""The online form of SFDFA and DFA, in float64, after the paper and not after its fast equivalent.

Here time is in seconds, and a neuron keeps what a neuromorphic chip would keep: its potential and
current, and for each of its synapses two traces and a sum, from which the gradient is at hand as
soon as the error is. Nothing is stored of the past. All of it decays and jumps, so this costs
pre * post operations at every event and spike; the compiled form, a reverse sweep, costs
pre + post, and a test shows that the two agree.

Source: Bacho and Chu, arXiv 2403.08804: eq. 1 (neuron), 3 (spike times), 7 to 9 (forward gradient),
17 and 18 (local gradients), 19 to 21 (their dynamical system), A1 (regulariser).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.ir import Graph, LearnerSpec, LifLayer, LocalGradient, rate_at
from sfdfa_compiler.learners import LEARNERS

Reals = NDArray[np.float64]


class GradedSpike(NamedTuple):
    """A spike and its payload; input events have grade 0."""

    time: float  # [s]
    neuron: int
    grade: float = 0.0


class Neuron:
    """One neuron and its synapses during one sample."""

    def __init__(self, weight: Reals, layer: LifLayer, gradient: LocalGradient) -> None:
        """At rest at t = 0, with weights of its synapses (pre,)."""
        self.weight = weight
        self.tau = layer.tau_mem
        self.tau_syn = layer.tau_syn
        self.theta = layer.threshold
        self.max_spikes = layer.max_spikes
        self.floor = self.theta if gradient is LocalGradient.EXACT else 0.0
        self.now = 0.0
        self.voltage = 0.0  # the slow part of eq. 1, with the resets: decays with tau
        self.current = 0.0  # the fast part: decays with tau_syn; the potential is the difference
        self.f = np.zeros_like(weight)  # per synapse, decays with tau_syn
        self.h = np.zeros_like(weight)  # per synapse, decays with tau; own spikes make it jump
        self.eligibility = np.zeros_like(weight)  # sum of dt/dw over the spikes so far
        self.grade = 0.0  # collected since the last spike
        self.fired = 0

    def advance(self, time: float) -> None:
        """Let everything decay until `time`."""
        slow = math.exp((self.now - time) / self.tau)
        fast = math.exp((self.now - time) / self.tau_syn)
        self.voltage *= slow
        self.current *= fast
        self.h *= slow
        self.f *= fast
        self.now = time

    def hear(self, event: GradedSpike) -> None:
        """Receive an event, at its time."""
        w = self.weight[event.neuron]
        self.voltage += w
        self.current += w
        self.f[event.neuron] += 1.0
        self.h[event.neuron] += 1.0
        self.grade += w * event.grade

    def next_spike(self) -> float:
        """When the potential reaches the threshold if nothing more is heard; inf for never.

        Eq. 3: with x = exp(-s / tau), the potential after s is voltage x - current x^2.
        """
        if self.fired == self.max_spikes:
            return math.inf
        if self.voltage - self.current >= self.theta:
            return self.now  # by a rounding error: it crosses here
        discriminant = self.voltage**2 - 4 * self.current * self.theta
        if self.current <= 0 or discriminant < 0:
            return math.inf
        x = (self.voltage + math.sqrt(discriminant)) / (2 * self.current)
        return self.now - self.tau * math.log(x) if 0 < x <= 1 else math.inf

    def fire(self, perturbation: float) -> float:
        """Spike now, and return the grade; `perturbation` joins that of the first spike."""
        dt_dw = self.tau / (self.current - self.floor) * (self.f - self.h)
        self.eligibility += dt_dw
        self.h -= self.theta / self.tau * dt_dw
        self.voltage -= self.theta
        grade = self.grade + (perturbation if self.fired == 0 else 0.0)
        self.grade = 0.0
        self.fired += 1
        return grade

    def run(
        self, number: int, events: Sequence[GradedSpike], window: float, perturbation: float
    ) -> list[GradedSpike]:
        """All spikes of a sample, sent as those of neuron `number`."""
        spikes = []
        ends = [*(event.time for event in events[1:]), window]
        for event, end in zip(events, ends, strict=False):
            self.advance(event.time)
            self.hear(event)
            while event.time < end and (time := self.next_spike()) <= end:
                self.advance(time)
                spikes.append(GradedSpike(time, number, self.fire(perturbation)))
        return spikes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a network did with one sample; by layer."""

    spikes: Mapping[str, list[GradedSpike]]
    counts: Mapping[str, Reals]  # (neurons,)
    eligibility: Mapping[str, Reals]  # sum of dt/dw over the spikes, (pre, post)
    derivative: Reals  # of the output: sum of the grades of its spikes, (classes,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a batch says; by layer."""

    feedback: Mapping[str, Reals]  # after its update, (neurons, classes)
    delta: Mapping[str, Reals]  # (samples, neurons)
    gradient: Mapping[str, Reals]  # mean over the batch, (pre, post)
    samples: list[Sample] = field(repr=False)


class OnlineNetwork:
    """A network that runs forward only."""

    def __init__(
        self, graph: Graph, weights: Mapping[str, Reals], feedback: Mapping[str, Reals]
    ) -> None:
        """A graph with weights (pre, post) and feedback (neurons, classes) by layer."""
        if graph.learner is None or graph.readout is None or graph.output is None:
            raise ValueError("the online form is one of learning: learner and readout are needed")
        self.graph = graph
        self.learner: LearnerSpec = graph.learner
        self.readout = graph.readout
        self.output: LifLayer = graph.output
        self.weights = weights
        self.feedback = feedback

    def sample(
        self, events: Sequence[GradedSpike], perturbation: Mapping[str, Reals] | None = None
    ) -> Sample:
        """Run one sample.

        Args:
            events: Of the input, by time.
            perturbation: Of the first spikes of hidden layers, (neurons,); None for no forward
                gradient.
        """
        heard: dict[str, Sequence[GradedSpike]] = {self.graph.inputs[0].name: events}
        spikes: dict[str, list[GradedSpike]] = {}
        counts: dict[str, Reals] = {}
        eligibility: dict[str, Reals] = {}
        for layer in self.graph.execution_order:
            p = (perturbation or {}).get(layer.name, np.zeros(layer.size))
            neurons = [
                Neuron(weight, layer, self.learner.local_gradient)
                for weight in self.weights[layer.name].T
            ]
            source = heard[self.graph.source(layer.name).name]
            trains = [
                neuron.run(number, source, self.graph.window, p[number])
                for number, neuron in enumerate(neurons)
            ]
            spikes[layer.name] = sorted(chain.from_iterable(trains), key=lambda spike: spike[:2])
            heard[layer.name] = spikes[layer.name]
            counts[layer.name] = np.array([neuron.fired for neuron in neurons], np.float64)
            eligibility[layer.name] = np.stack([neuron.eligibility for neuron in neurons], axis=1)
        derivative = np.zeros(self.output.size)
        for spike in spikes[self.output.name]:
            derivative[spike.neuron] += spike.grade
        return Sample(spikes=spikes, counts=counts, eligibility=eligibility, derivative=derivative)

    def learn(
        self,
        samples: Sequence[Sequence[GradedSpike]],
        labels: Sequence[int],
        perturbations: Mapping[str, Reals],
        epoch: int = 0,
    ) -> Learned:
        """Run a batch, then form feedback, errors and gradients; weights are left alone.

        Args:
            samples: Events of the input, by sample.
            labels: Class of each sample.
            perturbations: By hidden layer, (samples, neurons).
            epoch: For the feedback rate.
        """
        runs = [
            self.sample(events, {name: p[s] for name, p in perturbations.items()})
            for s, events in enumerate(samples)
        ]
        feedback = dict(self.feedback)
        if LEARNERS[self.learner.name].learns_feedback:
            alpha = rate_at(self.learner.feedback_rate, epoch, self.learner.epochs)
            for layer in self.graph.hidden:
                feedback[layer.name] = self._follow(layer, runs, perturbations[layer.name], alpha)
        wanted = np.full((len(runs), self.output.size), self.readout.other)
        wanted[np.arange(len(runs)), labels] = self.readout.correct
        error = wanted - np.array([run.counts[self.output.name] for run in runs])
        delta = {
            layer.name: error @ feedback[layer.name].T + self._penalty(layer, runs)
            for layer in self.graph.hidden
        }
        delta[self.output.name] = error
        gradient = {
            name: np.mean(
                [run.eligibility[name] * delta[name][s] for s, run in enumerate(runs)], axis=0
            )
            for name in delta
        }
        return Learned(feedback=feedback, delta=delta, gradient=gradient, samples=runs)

    def _follow(self, layer: LifLayer, runs: list[Sample], p: Reals, alpha: float) -> Reals:
        """Feedback weights follow the forward gradient d_o p_i, where neuron i fired."""
        B = self.feedback[layer.name].copy()
        for i in range(layer.size):
            estimates = [
                run.derivative * p[s, i] for s, run in enumerate(runs) if run.counts[layer.name][i]
            ]
            if estimates:
                B[i] -= alpha * (B[i] - np.mean(estimates, axis=0))
        return B

    def _penalty(self, layer: LifLayer, runs: list[Sample]) -> Reals:
        """The regulariser of each neuron (A1)."""
        penalty = self.learner.rate_penalties.get(layer.name)
        if penalty is None:
            return np.zeros(layer.size)
        mean = np.mean([run.counts[layer.name] for run in runs], axis=0)
        return np.asarray(penalty.strength * (penalty.target - mean))
