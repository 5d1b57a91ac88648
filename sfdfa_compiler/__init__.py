"""sfdfac: a compiler for spiking neural networks that learn on the chip.

The names below are imported when they are first used: `import sfdfa_compiler` alone is cheap.

    import sfdfa_compiler as sfdfac

    result = sfdfac.train("mnist.snn", data="mnist", overrides=["learner.epochs=3"], seed=1)
    print(result.record["test_accuracy"], result.folder)

What is wrong with a program, with data or with files is a `UserError`, whose `diagnostics` say
where and what to do.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from sfdfa_compiler.version import __version__

if TYPE_CHECKING:
    from sfdfa_compiler.codegen import Batch, Session, State, Trace
    from sfdfa_compiler.data import Events, load
    from sfdfa_compiler.diagnostics import Diagnostic, UserError
    from sfdfa_compiler.diff import compare
    from sfdfa_compiler.driver import check
    from sfdfa_compiler.report import draw
    from sfdfa_compiler.runs import Result, build, open_session, run, test, train
    from sfdfa_compiler.schedule import BatchPlace
    from sfdfa_compiler.training import Interrupted, Samples

_HOMES = {
    "codegen": ("Batch", "Session", "State", "Trace"),
    "data": ("Events", "load"),
    "diagnostics": ("Diagnostic", "UserError"),
    "diff": ("compare",),
    "driver": ("check",),
    "report": ("draw",),
    "runs": ("Result", "build", "open_session", "run", "test", "train"),
    "schedule": ("BatchPlace",),
    "training": ("Interrupted", "Samples"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Batch",
    "BatchPlace",
    "Diagnostic",
    "Events",
    "Interrupted",
    "Result",
    "Samples",
    "Session",
    "State",
    "Trace",
    "UserError",
    "__version__",
    "build",
    "check",
    "compare",
    "draw",
    "load",
    "open_session",
    "run",
    "test",
    "train",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
