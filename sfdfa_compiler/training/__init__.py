"""Epochs, checkpoints and figures: once, over the `Session` of any target."""

from sfdfa_compiler.training.checkpoint import Checkpoint
from sfdfa_compiler.training.course import Course, EpochRecord
from sfdfa_compiler.training.evaluate import evaluate
from sfdfa_compiler.training.interrupt import Interrupt, Interrupted
from sfdfa_compiler.training.loop import NoWatch, Sets, Training, Watch, split
from sfdfa_compiler.training.samples import Samples, SpikeDigest
from sfdfa_compiler.training.settings import Settings
from sfdfa_compiler.training.tally import Summary, Tally

__all__ = [
    "Checkpoint",
    "Course",
    "EpochRecord",
    "Interrupt",
    "Interrupted",
    "NoWatch",
    "Samples",
    "Sets",
    "Settings",
    "SpikeDigest",
    "Summary",
    "Tally",
    "Training",
    "Watch",
    "evaluate",
    "split",
]
