"""Data sets: where they lie, what is in them, and how they become events.

`load` finds and reads one, `get` downloads one, `encode` and `encode_steps` turn its samples into
what targets take. Everything that can be wrong with a file is a diagnostic, SNN500 to SNN519.
"""

from sfdfa_compiler.data.catalogue import CATALOGUE
from sfdfa_compiler.data.download import Progress, get
from sfdfa_compiler.data.encode import e_stop, encode, table_digests
from sfdfa_compiler.data.events import Events, StepEvents
from sfdfa_compiler.data.fit import check_input, labels_of
from sfdfa_compiler.data.load import SAMPLE, cache, load
from sfdfa_compiler.data.model import DataFile, Dataset, Images, Labels, Spikes, Split
from sfdfa_compiler.data.steps import encode_steps, step_count

__all__ = [
    "CATALOGUE",
    "SAMPLE",
    "DataFile",
    "Dataset",
    "Events",
    "Images",
    "Labels",
    "Progress",
    "Spikes",
    "Split",
    "StepEvents",
    "cache",
    "check_input",
    "e_stop",
    "encode",
    "encode_steps",
    "get",
    "labels_of",
    "load",
    "step_count",
    "table_digests",
]
