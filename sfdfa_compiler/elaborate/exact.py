"""What an expression is before it enters the program: exact, with units, not yet rounded.

`Settings` is the border: its methods round, once, to the floats and integers of the IR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Span
from sfdfa_compiler.dsl.entries import CallForm, Kind
from sfdfa_compiler.dsl.tree import Argument, Word
from sfdfa_compiler.units import Quantity, dimension_name


class Wrong(Exception):  # noqa: N818 - no error of ours
    """Something is wrong and was reported: what depends on it is left out, the rest goes on."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A distribution with its values: `uniform(-1, 1)`."""

    word: str
    values: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule over the epochs: `step(1e-4, 2.7e-3, at = 10)`."""

    word: str
    values: tuple[Quantity, ...]
    settings: Mapping[str, tuple[Quantity, ...]]


@dataclass(frozen=True, slots=True)
class Listed:
    """`[1, 2]`: a list, each item with its place."""

    items: tuple[Exact, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A text, `"..."`."""

    text: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A word that is no constant, perhaps with values in brackets: `modified`, `lif(...)`."""

    word: Word
    args: tuple[Argument, ...] | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A neuron model with what is set of it so far: `lif(tau_syn = 130 ms)`."""

    form: CallForm
    settings: Settings


Exact = Quantity | Drawn | Scheduled | Listed | Written | Unresolved | Model | ir.FromFile | ir.Fix


def describe(value: Exact) -> str:
    """What a value is, in the words of the messages."""
    match value:
        case Quantity(_, dimension):
            return f"{dimension_name(dimension)}, {value}"
        case Drawn():
            return "a distribution"
        case Scheduled():
            return "a schedule"
        case Listed():
            return "a list"
        case Written():
            return "a text"
        case Unresolved(word):
            return f"the word `{word}`"
        case Model():
            return "a neuron model"
        case ir.FromFile():
            return "a file"
        case ir.Fix():
            return "a format"


@dataclass(slots=True)
class Settings:
    """The settings of a call or block by name: exact and valid, or None where one is wrong."""

    values: dict[str, Exact | None] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)  # of those that the file writes

    def over(self, base: Settings) -> Settings:
        """These settings, and those of `base` that are not among them."""
        return Settings({**base.values, **self.values}, {**base.spans, **self.spans})

    def exact(self, name: str) -> Exact:
        """A setting as it stands.

        Raises:
            Wrong: If it is wrong; so do all other methods.
        """
        value = self.values[name]
        if value is None:
            raise Wrong
        return value

    def quantity(self, name: str) -> Quantity:
        """A number, a time or a frequency, exact."""
        value = self.exact(name)
        if not isinstance(value, Quantity):
            raise TypeError(name)
        return value

    def number(self, name: str) -> float:
        """A number, a time or a frequency: the nearest float64."""
        return self.quantity(name).nearest()

    def whole(self, name: str) -> int:
        """A whole number."""
        return int(self.quantity(name).value)

    def word(self, name: str) -> str:
        """A word."""
        value = self.exact(name)
        if not isinstance(value, Unresolved):
            raise TypeError(name)
        return value.word.text

    def option(self, name: str, kind: Kind) -> ir.TargetValue:
        """A setting of a target block."""
        if kind is Kind.WHOLE:
            return self.whole(name)
        if kind is Kind.FORMAT:
            value = self.exact(name)
            if not isinstance(value, ir.Fix):
                raise TypeError(name)
            return value
        return self.number(name)

    def weights(self, name: str, default_key: str) -> ir.Values:
        """Weights or feedback weights; a file without a key has `default_key`."""
        match value := self.exact(name):
            case Quantity():
                return ir.Constant(value.nearest())
            case Drawn("uniform", (low, high)):
                return ir.Uniform(low.nearest(), high.nearest())
            case Drawn("normal", (mean, sd)):
                return ir.Normal(mean.nearest(), sd.nearest())
            case Drawn("constant", (constant,)):
                return ir.Constant(constant.nearest())
            case Listed(rows):
                return ir.Listed(tuple(_floats(row) for row in rows))
            case ir.FromFile(path, key):
                return ir.FromFile(path, key or default_key)
            case _:
                raise TypeError(name)

    def rate(self, name: str) -> ir.Rate:
        """A number, or a schedule over the epochs."""
        match value := self.exact(name):
            case Quantity():
                return ir.Fixed(value.nearest())
            case Scheduled("step", values, settings):
                at = tuple(int(epoch.value) for epoch in settings["at"])
                return ir.Step(tuple(item.nearest() for item in values), at)
            case Scheduled("decay", (start,), settings):
                (factor,), (every,) = settings["factor"], settings["every"]
                return ir.Decay(start.nearest(), factor.nearest(), int(every.value))
            case Scheduled("cosine", (start,)):
                return ir.Cosine(start.nearest())
            case _:
                raise TypeError(name)


def _floats(row: Exact) -> tuple[float, ...]:
    """The numbers of a list (checked to be numbers when it was read)."""
    items = row.items if isinstance(row, Listed) else ()
    return tuple(item.nearest() for item in items if isinstance(item, Quantity))
