"""Spiking forward direct feedback alignment: the feedback learns (Bacho and Chu 2024)."""

from sfdfa_compiler.ir import Constant, LocalGradient
from sfdfa_compiler.learners.kind import ErrorPath, LearnerKind

LEARNER = LearnerKind(
    name="sfdfa",
    summary="direct feedback that follows forward gradients of perturbed first spikes",
    error_path=ErrorPath.FEEDBACK,
    local_gradient=LocalGradient.MODIFIED,
    feedback=Constant(0.0),
    learns_feedback=True,
    feedback_rate=True,
)
