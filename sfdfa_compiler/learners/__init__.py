"""The learners: every module beside this one that has a `LEARNER` is one."""

from importlib import import_module
from pkgutil import iter_modules

from sfdfa_compiler.learners.kind import ErrorPath, LearnerKind

LEARNERS: dict[str, LearnerKind] = {
    module.LEARNER.name: module.LEARNER
    for info in sorted(iter_modules(__path__), key=lambda info: info.name)
    if hasattr(module := import_module(f"{__name__}.{info.name}"), "LEARNER")
}

__all__ = ["LEARNERS", "ErrorPath", "LearnerKind"]
