"""The graph IR's parts: frozen data, SI units, no behaviour beyond small derived values.

`elaborate` builds these from the syntax tree, the checks read them, the schedule lowers them.
Every node keeps `spans`, where the user wrote each of its fields; a field that has its default is
not in there. Spans never take part in comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sfdfa_compiler.diagnostics import Span

Spans = Mapping[str, Span]


def _spans() -> Spans:
    return {}


# ---------------------------------------------------------------- values of connections


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every synapse draws from the uniform distribution on [low, high)."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Normal:
    """Every synapse draws from the normal distribution."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Constant:
    """Every synapse has this value."""

    value: float


@dataclass(frozen=True, slots=True)
class Listed:
    """Values written in the file, as [source neuron][neuron]."""

    rows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class FromFile:
    """Values of an array in an `.npz` file: `path` as written, relative to the `.snn` file."""

    path: str
    key: str


Values = Uniform | Normal | Constant | Listed | FromFile


# ---------------------------------------------------------------- values that change with the epoch


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same in every epoch."""

    value: float


@dataclass(frozen=True, slots=True)
class Step:
    """`values[k]` from epoch `at[k - 1]` on; `values[0]` before the first."""

    values: tuple[float, ...]
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decay:
    """value * factor ^ floor(epoch / every)."""

    value: float
    factor: float
    every: int


@dataclass(frozen=True, slots=True)
class Cosine:
    """value * (1 + cos(pi epoch / epochs)) / 2."""

    value: float


Rate = Fixed | Step | Decay | Cosine


def rate_at(rate: Rate, epoch: int, epochs: int) -> float:
    """The value of `rate` in `epoch` (from 0) of `epochs`, in float64, not yet rounded."""
    match rate:
        case Fixed(value):
            return value
        case Step(values, at):
            return values[sum(epoch >= boundary for boundary in at)]
        case Decay(value, factor, every):
            return value * factor ** (epoch // every)
        case Cosine(value):
            return value * (1 + math.cos(math.pi * epoch / epochs)) / 2


# ---------------------------------------------------------------- populations


@dataclass(frozen=True, slots=True)
class Ttfs:
    """Time to first spike: x in [0, 1] spikes at window * (1 - x); x = 0 stays silent."""

    window: float  # [s]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The data are events; they are used as recorded."""


@dataclass(frozen=True, slots=True)
class Times:
    """Spike times written in the file, one list per neuron [s]."""

    times: tuple[tuple[float, ...], ...]


Encoder = Ttfs | Recorded | Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A source of events: `shape` neurons, last index fastest."""

    name: str
    shape: tuple[int, ...]
    encoder: Encoder
    spans: Spans = field(default_factory=_spans, compare=False, repr=False)

    @property
    def size(self) -> int:
        """Number of neurons."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class LifLayer:
    """Leaky integrate-and-fire neurons; all constants are shared by the layer (eq. 1)."""

    name: str
    shape: tuple[int, ...]
    tau_mem: float  # membrane time constant [s]
    tau_syn: float  # synaptic time constant [s]
    threshold: float  # in units of the membrane potential
    max_spikes: int  # a neuron is mute for the rest of a sample once it has fired so often
    index: int  # position among the `layer` blocks of the file, from 0: the Philox layer
    spans: Spans = field(default_factory=_spans, compare=False, repr=False)

    @property
    def size(self) -> int:
        """Number of neurons."""
        return math.prod(self.shape)


Population = Input | LifLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Dense connections from `source` to `target`."""

    source: str
    target: str
    weight: Values
    learn: bool = True
    spans: Spans = field(default_factory=_spans, compare=False, repr=False)


# ---------------------------------------------------------------- readout and learning


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """Spike counts of `layer` name the class; `correct` and `other` are the counts wanted."""

    layer: str
    correct: float = 15.0
    other: float = 3.0
    spans: Spans = field(default_factory=_spans, compare=False, repr=False)


class LocalGradient(StrEnum):
    """How dt/dw divides: by I (eq. 18) or by I - theta (eq. 17)."""

    MODIFIED = "modified"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam:
    """Adam (Kingma and Ba 2015)."""

    rate: Rate
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sgd:
    """Plain stochastic gradient descent."""

    rate: Rate


Optimiser = Adam | Sgd


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePenalty:
    """Firing-rate regulariser (A1): strength * (target - mean spike count of the batch)."""

    strength: float  # beta
    target: float  # n_hat, spikes per sample


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerSpec:
    """How the network learns. `name` is a learner of `sfdfa_compiler.learners`."""

    name: str
    local_gradient: LocalGradient
    batch: int = 50
    epochs: int = 30
    shards: int = 1
    feedback_rate: Rate = Fixed(1e-4)
    feedback: Values = Constant(0.0)  # initial feedback weights, [neuron][class]
    optimisers: Mapping[str, Optimiser] = field(default_factory=dict)  # by layer, complete
    rate_penalties: Mapping[str, RatePenalty] = field(default_factory=dict)  # by layer
    halvings: int = 4  # clock profile: halvings of the learning rate
    reset_trace: bool = False  # clock profile: trace r of eq. 20
    spans: Spans = field(default_factory=_spans, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fix:
    """A fixed-point format asked for in a target block: `fix(8)` or `fix(8, 6)`."""

    width: int
    fraction: int | None = None


TargetValue = float | int | bool | str | Fix


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """The settings of a `target NAME { }` block. Times in seconds, `activity` a share."""

    name: str
    settings: Mapping[str, TargetValue]
    spans: Spans = field(default_factory=_spans, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Feature:
    """Something the file asks for that not every target has: `conv`, `delay`, `a cycle` ...

    Elaboration records it where it stands; capabilities decide (SNN401, SNN402).
    """

    name: str
    span: Span = field(compare=False)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Allow:
    """`allow SNN230 "why"`: silences that warning between `start` and `end` of its block."""

    code: str
    reason: str
    block: Span = field(compare=False)
    span: Span = field(compare=False)
