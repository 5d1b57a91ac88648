"""The clock profile's arithmetic: one step of one layer, over the integer formats of a target.

V and I are the two parts of a neuron's potential u = V - I; they decay with the membrane's and the
synapse's time constant, and every arriving spike adds its weight to both. Formats, rounding and
overflow are data (`ClockFormats`), so a formula here is written once for every chip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from sfdfa_compiler.arith.fixed import (
    Rounding,
    Variable,
    align,
    limits,
    narrow,
    product,
    rounded,
    widen,
)
from sfdfa_compiler.arith.nodes import Expr, Micro, assemble, convert


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFormats:
    """The numbers of a clock profile (docs/clock.md, section 2)."""

    name: str  # "loihi2": the profile is "clock:loihi2"
    rounding: Rounding
    weight: Variable
    potential: Variable  # V, I and the threshold
    total: Variable  # A, the sum of the weights that arrive in a step
    decay: Variable  # the share of a potential that is left after a step
    count: Variable  # spikes of a neuron in a sample: bounds max_spikes


Outputs = Mapping[str, Expr]

Weight = Expr
Potential = Expr
Total = Expr
Decay = Expr


@dataclass(frozen=True, slots=True)
class ClockRecipe:
    """A micro-function written once for all formats: `recipe.at(formats)` is the function."""

    build: Callable[..., Outputs]
    source: str

    @property
    def name(self) -> str:
        """The micro-function's name."""
        return self.build.__name__

    def at(self, formats: ClockFormats) -> Micro:
        """The micro-function over these formats."""
        return _instantiate(self.build, self.source, formats)


@cache
def _instantiate(build: Callable[..., Outputs], source: str, formats: ClockFormats) -> Micro:
    named = {
        "Weight": formats.weight.format,
        "Potential": formats.potential.format,
        "Total": formats.total.format,
        "Decay": formats.decay.format,
    }
    return assemble(build, source, named, formats)


def clock_micro(source: str) -> Callable[[Callable[..., Outputs]], ClockRecipe]:
    """Declare a micro-function over clock formats; `source` says where its formula comes from."""
    return lambda build: ClockRecipe(build, source)


@clock_micro("docs/clock.md, line 1 of a step")
def leak(formats: ClockFormats, x: Potential, left: Decay) -> Outputs:
    """A part of the potential decays: `left` of it is left after a step. It only gets smaller."""
    kept = rounded(product(x, left), x.format.fraction, formats.rounding)
    return {"x": convert(kept, x.format)}


@clock_micro("docs/clock.md, line 2 of a step")
def receive(formats: ClockFormats, A: Total, w: Weight) -> Outputs:
    """A spike arrives through a synapse of weight w."""
    return {"A": A + widen(w, formats.total.format.width)}


@clock_micro("docs/clock.md, line 3 of a step")
def charge(formats: ClockFormats, x: Potential, A: Total) -> Outputs:
    """What has arrived in this step joins a part of the potential.

    Where overflow is an error there is a second output: whether the sum `fits`.
    """
    format = x.format
    added = A.format.width + format.fraction - A.format.fraction  # bits of A once aligned
    bits = max(added, format.width) + 1
    total = widen(x, bits) + align(widen(A, bits), format.fraction)
    outputs = {"x": narrow(total, formats.potential)}
    if format.kind != "float" and formats.potential.overflow == "error":
        low, high = limits(format)
        outputs["fits"] = (total >= low) & (total <= high)
    return outputs


@clock_micro("docs/clock.md, line 4 of a step")
def crosses(formats: ClockFormats, V: Potential, I: Potential, theta: Potential) -> Outputs:  # noqa: E741
    """Whether a neuron's potential V - I is at or above its threshold."""
    bits = formats.potential.format.width + 1
    return {"fires": widen(V, bits) - widen(I, bits) >= widen(theta, bits)}


@clock_micro("docs/clock.md, line 5 of a step")
def reset(formats: ClockFormats, V: Potential, theta: Potential) -> Outputs:
    """A spike: the reset subtracts the threshold. V was at least I + theta, so it fits."""
    del formats
    return {"V": V - theta}
