"""Trains programs with kernels that were built with a sanitizer, in a process of their own.

    python -m tests.cuda.sanitized VARIANT BATCHES ORDER PROGRAM...

The sanitizer's library must be loaded before Python (`cpu.library.preload`). Prints each program
and the digest of all its stages.
"""

from __future__ import annotations

import hashlib
import os
import sys

import numpy as np

from sfdfa_compiler.data.events import Events
from sfdfa_compiler.targets.cuda.cpu.library import VARIANT
from sfdfa_compiler.targets.cuda.execute import ORDER
from tests.cuda.mutations import MUTATIONS, RACES
from tests.cuda.programs import Case, Result, case_of, open_text, train


def digest(result: Result) -> str:
    """Of all stages of all batches."""
    sha = hashlib.sha256()
    for trace in result.traces:
        for stage in trace:
            parts = (
                [stage.value.offsets, stage.value.E, stage.value.neuron]
                if isinstance(stage.value, Events)
                else [stage.value]
            )
            for part in parts:
                sha.update(np.ascontiguousarray(part).tobytes())
    return sha.hexdigest()


def kernels(name: str, batches: int) -> tuple[Case, str]:
    """A program by its name, or one with a fault by the fault's; and its kernels."""
    if mutation := (MUTATIONS | RACES).get(name):
        case = case_of(mutation.program, batches)
        return case, mutation.apply(case.text)
    case = case_of(name, batches)
    return case, case.text


def main(variant: str, batches: str, order: str, *names: str) -> None:
    """Train; one line for each program."""
    os.environ |= {VARIANT: variant, ORDER: order}
    for name in names:
        case, text = kernels(name, int(batches))
        print(name, digest(train(case, open_text(case, text))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
