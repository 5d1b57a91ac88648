"""Wall and processor time of some stretches of a run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Stopwatch:
    """Adds up the stretches that it is held over.

    `cpu` is user and system time of all threads of the process.
    """

    wall: float = 0.0  # [s]
    cpu: float = 0.0  # [s]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time until the block ends."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += time.process_time() - cpu


def peak_memory() -> int | None:
    """The most memory that this process has had [bytes]; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB
