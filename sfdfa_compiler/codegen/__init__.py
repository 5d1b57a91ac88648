"""What targets share: their protocol, sessions and states, the registry, printers of arithmetic."""

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
