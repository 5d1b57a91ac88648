"""The plan between the graph and the targets: phases, buffers, free axes."""

from sfdfa_compiler.schedule.clock import clock_of, lower_clock
from sfdfa_compiler.schedule.event import lower_event
from sfdfa_compiler.schedule.nodes import (
    AT_ONCE,
    BLOCK,
    Axis,
    Buffer,
    Clock,
    Kernel,
    LayerPlan,
    Life,
    Phase,
    Schedule,
    Window,
)
from sfdfa_compiler.schedule.scalars import BatchPlace, step_scalars

__all__ = [
    "AT_ONCE",
    "BLOCK",
    "Axis",
    "BatchPlace",
    "Buffer",
    "Clock",
    "Kernel",
    "LayerPlan",
    "Life",
    "Phase",
    "Schedule",
    "Window",
    "clock_of",
    "lower_clock",
    "lower_event",
    "step_scalars",
]
