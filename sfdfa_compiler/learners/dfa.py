"""Direct feedback alignment: fixed random feedback (Nokland 2016)."""

from sfdfa_compiler.ir import LocalGradient, Uniform
from sfdfa_compiler.learners.kind import ErrorPath, LearnerKind

LEARNER = LearnerKind(
    name="dfa",
    summary="fixed random direct feedback",
    error_path=ErrorPath.FEEDBACK,
    local_gradient=LocalGradient.MODIFIED,
    feedback=Uniform(-1.0, 1.0),
    learns_feedback=False,
)
