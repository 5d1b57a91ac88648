"""Error backpropagation through spike times: exact gradients, not local in space."""

from sfdfa_compiler.ir import LocalGradient
from sfdfa_compiler.learners.kind import ErrorPath, LearnerKind

LEARNER = LearnerKind(
    name="bp",
    summary="backpropagation through exact spike times",
    error_path=ErrorPath.BACKWARD,
    local_gradient=LocalGradient.EXACT,
    feedback=None,
    learns_feedback=False,
)
