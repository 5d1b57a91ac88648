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
from sfdfa_compiler.arith.nodes import BOOL, Expr, Micro, assemble, convert, select


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFormats:
    """The numbers of a clock profile (docs/clock.md, section 2)."""

    name: str  # "loihi2": the profile is "clock:loihi2"
    rounding: Rounding
    weight: Variable
    potential: Variable  # V, I and the threshold
    total: Variable  # A, the sum of the weights that arrive in a step
    decay: Variable  # the share of a potential that is left after a step
    count: Variable  # spikes of a neuron in a sample


Outputs = Mapping[str, Expr]
Weight = Potential = Total = Decay = Count = Flag = Expr


@dataclass(frozen=True, slots=True)
class ClockRecipe:
    """A micro-function written once for all formats: `recipe.at(formats)` is the function."""

    build: Callable[..., Outputs]
    source: str

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
        "Count": formats.count.format,
        "Flag": BOOL,
    }
    return assemble(build, source, named, formats)


def clock_micro(source: str) -> Callable[[Callable[..., Outputs]], ClockRecipe]:
    """Declare a micro-function over clock formats; `source` says where its formula comes from."""
    return lambda build: ClockRecipe(build, source)


@clock_micro("docs/clock.md, line 1 of a step")
def leak(formats: ClockFormats, x: Potential, left: Decay) -> Outputs:
    """A part of the potential decays: `left` of it is left after a step."""
    kept = rounded(product(x, left), x.format.fraction, formats.rounding)
    return {"x": narrow(kept, formats.potential)}


@clock_micro("docs/clock.md, line 2 of a step")
def receive(formats: ClockFormats, A: Total, w: Weight) -> Outputs:
    """A spike arrives through a synapse of weight w."""
    return {"A": A + convert(w, formats.total.format)}


@clock_micro("docs/clock.md, line 3 of a step")
def charge(formats: ClockFormats, x: Potential, A: Total) -> Outputs:
    """What has arrived in this step joins a part of the potential; `fits`: it had room for it."""
    fraction = formats.potential.format.fraction
    ...
