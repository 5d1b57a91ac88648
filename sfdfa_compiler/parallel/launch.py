"""Whether `mpiexec` started this process, and as which of how many: by its environment alone."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

# rank, ranks, ranks on this machine, as the launchers of MPICH and of Open MPI tell them
VARIABLES = (
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A process among those that were started together."""

    rank: int
    ranks: int
    neighbours: int  # on this machine, with itself


def place_of(environment: Mapping[str, str] = os.environ) -> Place | None:
    """What a launcher said to this process; None if none started it, or started it alone."""
    for names in VARIABLES:
        rank, ranks, neighbours = (environment.get(name, "") for name in names)
        if rank.isdecimal() and ranks.isdecimal() and int(ranks) > 1:
            near = int(neighbours) if neighbours.isdecimal() else int(ranks)
            return Place(int(rank), int(ranks), max(1, near))
    return None


def end_if_awaited() -> None:
    """End this process by Ctrl-C's signal if others wait for it to join them.

    They would wait for ever for one that just exits: MPI starts when all have come. A launcher ends
    them if one ends by a signal.
    """
    if place_of() and "mpi4py.MPI" not in sys.modules:
        sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
