"""The plan: in which order, on which data, with which arithmetic. No loops, no target.

A schedule is a list of phases. Each names a kernel of a closed set, a layer, the micro-functions
that the kernel calls, the buffers that it reads and writes, and the axes along which iterations
may run in any order, on any thread, without a bit changing: `free`. Loops, memory and
communication are written once per kernel and target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from sfdfa_compiler.arith import Format, Micro
from sfdfa_compiler.arith.clock import ClockFormats
from sfdfa_compiler.diagnostics import Span
from sfdfa_compiler.ir import Rate

AT_ONCE = 50  # samples of a forward pass side by side, at least: fewer would cost speed


class Axis(Enum):
    """What a kernel iterates over."""

    SAMPLE = auto()  # samples of a batch
    EVENT = auto()  # events of one sample, by time
    PRE = auto()  # neurons of the source
    POST = auto()  # neurons of the layer
    CLASS = auto()  # output neurons, seen from a hidden layer
    STEP = auto()  # time steps of the clock profile


class Life(Enum):
    """How long a buffer keeps its content."""

    RUN = auto()  # state: weights, feedback, moments
    BATCH = auto()  # made and used within one batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """An array, or a list of records, that phases read and write.

    `bound` is the most elements it can ever hold, so memory is known before a run starts.
    """

    name: str  # "hidden.weight"
    fields: tuple[Format, ...]  # one for an array, several for a list of records
    shape: tuple[Axis, ...]
    life: Life
    bound: int

    @property
    def bytes(self) -> int:
        """The most bytes it can take."""
        return self.bound * sum((format.width + 7) // 8 for format in self.fields)


Kernel = Literal[
    "hear",  # events of a sample -> instants, with the interval that begins at each
    "forward",  # events in, spikes out: integrate, fire
    "sort",  # spikes of all neurons of a sample into one list, by time
    "grade",  # forward gradient: perturbed first spikes, grades of the others
    "feedback",  # feedback weights follow the forward gradient
    "penalty",  # firing-rate regulariser of every neuron
    "project",  # output error -> error of every neuron, or of every spike (BP)
    "hand_down",  # BP: error of the layer's spikes -> error of the events it heard
    "reverse",  # reverse sweep: error -> gradient
    "update",  # gradient -> weights
    "on_step",  # clock profile: the steps of a sample, arrivals in, spikes out
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One kernel on one layer."""

    kernel: Kernel
    layer: str
    micros: Mapping[str, Micro]  # by the role that the kernel gives them
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    free: frozenset[Axis]  # any order, any thread: the bits do not change
    ordered: tuple[Axis, ...]  # outer to inner; always ascending, EVENT backwards in sweeps
    constants: Mapping[str, float] = field(default_factory=dict)  # formed in float64
    rates: Mapping[str, Rate] = field(default_factory=dict)  # change with the epoch
    scalars: tuple[str, ...] = ()  # change with the batch: see `step_scalars`

    def passes_to(self, later: Phase) -> set[str]:
        """Buffers through which a later phase depends on this one: it must run behind."""
        written, read = set(self.writes), set(self.reads)
        return written & {*later.reads, *later.writes} | read & set(later.writes)


BLOCK = 32  # neurons whose shares of an event's error are summed as a tree (semantics, section 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlan:
    """What the kernels need to know of one layer besides constants."""

    name: str
    size: int
    source: str  # the population it reads
    source_size: int
    source_is_input: bool
    index: int  # Philox layer
    max_spikes: int
    is_output: bool
    learns: bool  # its weights change
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The sample's end in the exponential time domain: (epoch, E), and the radix of an epoch."""

    tau: float  # the membrane time constant that E is relative to [s]
    epoch: int
    E: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Steps and numbers of a clock profile."""

    dt: float  # length of a step [s]
    steps: int  # of a sample
    latency: int  # steps from a spike to its arrival
    formats: ClockFormats


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A program's plan: `forward` runs for every batch, `learn` behind it when training."""

    name: str
    profile: str
    real: Format  # of the weights in a state
    time: Window | Clock
    layers: tuple[LayerPlan, ...]  # in execution order
    forward: tuple[Phase, ...]
    learn: tuple[Phase, ...]
    buffers: Mapping[str, Buffer]
    classes: int  # output neurons; 0 without a readout
    batch: int  # samples of a full batch
    room: int  # samples that the buffers hold: a batch, and never under AT_ONCE
    epochs: int
    shards: int  # accumulators of the gradient

    @property
    def window(self) -> Window:
        """The time of an event profile."""
        if not isinstance(self.time, Window):
            raise TypeError(f"{self.profile} has no exponential time")
        return self.time

    @property
    def clock(self) -> Clock:
        """The time of a clock profile."""
        if not isinstance(self.time, Clock):
            raise TypeError(f"{self.profile} has no steps")
        return self.time

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases of a training batch, in order."""
        return (*self.forward, *self.learn)

    def layer(self, name: str) -> LayerPlan:
        """The plan of the layer of that name."""
        return next(layer for layer in self.layers if layer.name == name)
