"""What a learner is made of; each module beside this one combines the parts once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from sfdfa_compiler.ir import LocalGradient, Values


class ErrorPath(Enum):
    """How a hidden neuron hears of the output error."""

    FEEDBACK = auto()  # one error per neuron and sample, through direct feedback connections
    BACKWARD = auto()  # one error per spike, handed down through the forward weights


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerKind:
    """A learner as a combination of parts (semantics, section 4)."""

    name: str
    summary: str
    error_path: ErrorPath
    local_gradient: LocalGradient  # unless the file says otherwise
    feedback: Values | None  # initial feedback weights; None without feedback
    learns_feedback: bool  # first spikes are perturbed, grades estimate the forward gradient
    feedback_rate: bool = False  # takes the setting `feedback_rate`
