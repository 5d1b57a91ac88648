"""One process that opens a session, learns two batches, and prints as JSON what memory it took.

    python -m bench.resident examples/mnist.snn --data mnist

Resident memory is read before the session is opened and after the batches. Code, libraries and data
are resident before: a small session has been opened and closed then. The batches are of the samples
with the most events, as the schedule's bound is for those.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import re
from pathlib import Path

import numpy as np

from sfdfa_compiler import driver, open_session
from sfdfa_compiler.data import load
from sfdfa_compiler.machine import choose
from sfdfa_compiler.schedule import BatchPlace
from sfdfa_compiler.schedule.bound import memory_bound
from sfdfa_compiler.schedule.lower import time_of
from sfdfa_compiler.training.samples import encoded

BATCHES = 2


def status(name: str, text: str | None = None) -> int:
    """An entry of `/proc/self/status` in bytes, such as VmRSS."""
    text = Path("/proc/self/status").read_text() if text is None else text
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    if not found:
        raise SystemExit(f"this system does not tell {name}")
    return int(found[1]) * 1024


def settle() -> int:
    """Give freed memory back, let the peak begin anew; return the resident memory [bytes]."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.resident", description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--data", required=True)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    open_session("examples/tiny.snn", threads=given.threads).close()

    machine = choose("native", threads=given.threads)
    program = driver.check(given.program)
    data = load(given.data).train.first(given.samples)
    time = time_of(program.graph, machine.profile)
    samples = encoded(program.graph, data, machine.profile, time)

    before = settle()
    session = driver.open_session(program, machine, most_events=samples.most_events)
    size = session.schedule.room
    events = sum(np.diff(each.offsets) for each in samples.events.values())
    largest = np.argsort(-events, kind="stable")[: BATCHES * size]
    for step, batch in enumerate(samples.batches(largest, size)):
        session.learn(batch, BatchPlace(step, 0, len(batch)))
    figures = {
        "bound": memory_bound(session.schedule),
        "allocated": session.buffer_bytes,
        "peak": status("VmHWM") - before,
        "resident": settle() - before,
    }
    session.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
