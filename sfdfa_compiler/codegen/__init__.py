"""What targets share: their protocol, sessions and states, the registry, printers of arithmetic.

Names are imported when they are first used (PEP 562): who only asks targets for their capabilities
needs no NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfdfa_compiler.codegen.initial import initial_state
    from sfdfa_compiler.codegen.registry import find_target, target_entries
    from sfdfa_compiler.codegen.session import (
        Batch,
        Forward,
        Session,
        Stage,
        State,
        Trace,
    )
    from sfdfa_compiler.codegen.target import Artifact, Build, Device, Origin, Target

_HOMES = {
    "initial": ("initial_state",),
    "registry": ("find_target", "target_entries"),
    "session": ("Batch", "Forward", "Session", "Stage", "State", "Trace"),
    "target": ("Artifact", "Build", "Device", "Origin", "Target"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Artifact",
    "Batch",
    "Build",
    "Device",
    "Forward",
    "Origin",
    "Session",
    "Stage",
    "State",
    "Target",
    "Trace",
    "find_target",
    "initial_state",
    "target_entries",
]


def __getattr__(name: str) -> object:
    """Import a name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
