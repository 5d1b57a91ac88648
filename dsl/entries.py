"""What entries of the language's tables look like; the tables are `forms` and `statements`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """What a setting takes, in the words of the messages."""

    TIME = "a time"
    FREQUENCY = "a frequency"
    NUMBER = "a number"
    WHOLE = "a whole number"
    EXTENT = "a whole number, or one for rows and one for columns"
    WORD = "a word"
    WEIGHTS = "a number, a distribution, a list or a file"
    FEEDBACK = "a number or a distribution"
    DELAYS = "a time or a distribution of times"
    RATE = "a number or a schedule"
    GRADIENT = "`modified`, `exact` or the name of a rule"
    FORMAT = "a format such as `fix(8)`"


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range: `Bound("0", open=True)` is left out itself."""

    text: str
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingForm:
    """A setting. Without `default` it must be written."""

    kind: Kind
    summary: str
    default: str | None = None
    low: Bound | None = None
    high: Bound | None = None
    words: tuple[str, ...] = ()  # of WORD: the words it takes
    promise: bool = False  # written with `<=`: a bound that analyses use and runs check
    feature: str = ""  # writing anything but the default asks for this feature


class Takes(Enum):
    """What stands in the brackets of a call besides settings."""

    NOTHING = auto()
    LISTS = auto()  # one list of times per neuron
    A_LAYER = auto()  # exactly one
    MAYBE_A_LAYER = auto()  # one, or none for all


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForm:
    """A word with settings in brackets: `lif(...)`, `dense(...)`, `adam(...)`."""

    word: str
    summary: str
    settings: Mapping[str, SettingForm] = field(default_factory=dict)
    takes: Takes = Takes.NOTHING
    feature: str = ""  # a target must have this feature


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueForm:
    """A value with brackets: a distribution, a schedule, a file, a format."""

    word: str
    written: str  # an example for messages
    least: int = 1  # values in brackets
    most: int | None = None  # None: any number from `least` on
    settings: Mapping[str, SettingForm] = field(default_factory=dict)  # all must be given


class Place(Enum):
    """Where a statement stands, in the words of the messages."""

    FILE = "the file"
    NETWORK = "a network"
    INPUT = "an input"
    LAYER = "a layer"
    LEARNER = "a learner"
    TARGET = "a target"
    RULE = "a rule"


class Need(Enum):
    """Whether a part of a statement is written."""

    NO = auto()
    MAY = auto()
    MUST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementForm:
    """A statement that begins with `word`."""

    word: str
    places: tuple[Place, ...]
    written: str  # how it is written, for messages
    words: int  # how many words stand in front, `word` included
    shape: Need = Need.NO
    args: Need = Need.NO
    text: Need = Need.NO
    block: Need = Need.NO
    defines: bool = False  # its second word is a name that other statements use
