"""Trains programs with kernels that were built with a sanitizer, in a process of their own.

    python -m tests.cuda.sanitized VARIANT BATCHES ORDER PROGRAM...

The sanitizer's library must be loaded before Python (`cpu.library.preload`). Prints each program
and the digest of all its stages; of `shared/PROGRAM`, which two sessions in threads train together,
that of the weights.
"""

from __future__ import annotations

import hashlib
import os
import sys

import numpy as np

from sfdfa_compiler.codegen import State
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.targets.cuda.cpu.library import VARIANT
from sfdfa_compiler.targets.cuda.execute import ORDER
from tests.cuda.mutations import MUTATIONS, RACES
from tests.cuda.programs import Case, Result, case_of, final_state, open_text, train
from tests.parallel.threads import on_threads

SHARED = "shared/"


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


def weights_digest(state: State) -> str:
    """Of all layers."""
    return hashlib.sha256(b"".join(array.tobytes() for array in state.weights.values())).hexdigest()


def shared_digest(case: Case, text: str) -> str:
    """Of two sessions that share the batches."""
    states = on_threads(
        2, lambda exchange: final_state(case, open_text(case, text, exchange=exchange))
    )
    one, other = map(weights_digest, states)
    return one if one == other else "they differ"


def kernels(name: str, batches: int) -> tuple[Case, str]:
    """A program by its name, or one with a fault by the fault's; and its kernels."""
    if mutation := (MUTATIONS | RACES).get(name):
        case = case_of(mutation.program, batches)
        return case, mutation.apply(case.text)
    case = case_of(name.removeprefix(SHARED), batches)
    return case, case.text


def main(variant: str, batches: str, order: str, *names: str) -> None:
    """Train; one line for each program."""
    os.environ |= {VARIANT: variant, ORDER: order}
    for name in names:
        case, text = kernels(name, int(batches))
        if name.startswith(SHARED):
            print(name, shared_digest(case, text), flush=True)
        else:
            print(name, digest(train(case, open_text(case, text))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
