"""Random clock programs on the native target, in a process of their own, with compiler flags.

`python -m tests.clock.sanitized -fsanitize=address -g` prints the digest of all spikes; a sanitizer
that finds something ends the process.
"""

from __future__ import annotations

import hashlib
import sys

import numpy as np

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch, Build, Device, initial_state
from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.native import TARGET
from sfdfa_compiler.targets.native.build import build
from tests.clock.nets import FORMATS, graph, plan, random_arrivals
from tests.helpers.courses import ORIGIN


def programs() -> list[tuple[ir.Graph, Schedule]]:
    """The programs and their plans, one for each preset of formats."""
    net = graph([9, 40, 17, 5], thresholds=0.1, dt=1e-3, latency=2)
    return [(net, plan(net, profile)) for profile in FORMATS]


def compiled(schedule: Schedule, flags: tuple[str, ...]) -> Build:
    """A program in the cache, so that a process with a sanitizer need not run a compiler."""
    return build(TARGET.emit(schedule, ORIGIN), None, flags)


def spikes(flags: tuple[str, ...], threads: int) -> str:
    """The digest of all spikes of some programs, hex; on spinnaker the crowded one overflows."""
    digest = hashlib.sha256()
    for net, schedule in programs():
        built = compiled(schedule, flags)
        for crowded, samples in ((False, 60), (True, 3)):
            state = initial_state(net, schedule, 1)
            session = TARGET.open(built, schedule, state, Device(threads=threads), 1)
            events = random_arrivals(1, 9, schedule.clock.steps, samples=samples)
            if crowded:
                events.count[:] = 40_000
            try:
                batch = Batch(events={"input": events}, rows=np.arange(samples))
                sent = session.forward(batch, record=True).spikes.values()
            except UserError as error:
                digest.update(str(error).encode())
            else:
                for layer in sent:
                    for column in (layer.offsets, layer.step, layer.neuron):
                        digest.update(column.tobytes())
            session.close()
    return digest.hexdigest()


if __name__ == "__main__":
    print(spikes(tuple(sys.argv[1:]), threads=3))
