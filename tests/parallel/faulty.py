"""`sfdfac` with a fault in some of its processes, for tests: RANKS STEP FAULT ARGUMENTS...

RANKS are the numbers of the processes that have it, as in 0,2; STEP is the batch that it comes in.
"""

import os
import signal
import sys

from sfdfa_compiler.cli import main
from sfdfa_compiler.diagnostics import place
from sfdfa_compiler.files import CANNOT_WRITE
from sfdfa_compiler.targets.native.run import NativeSession


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def gone() -> None:
    os._exit(5)


def fault() -> None:
    raise RuntimeError("a fault for a test")


def problem() -> None:
    raise CANNOT_WRITE.error(place("a file"), why="a problem for a test")


def no_memory() -> None:
    raise MemoryError


FAULTS = {
    "killed": killed,
    "gone": gone,
    "fault": fault,
    "elsewhere": fault,
    "problem": problem,
    "no_memory": no_memory,
}


def install(ranks: list[int], step: int, happens: str) -> None:
    learn = NativeSession._learn

    def faulty(self, batch, where, trace=None):
        if where.step == step and int(os.environ["PMI_RANK"]) in ranks:
            if happens == "elsewhere":  # as where GPUs wait for each other
                self._together.exchange.elsewhere()
            FAULTS[happens]()
        return learn(self, batch, where, trace)

    NativeSession._learn = faulty


if __name__ == "__main__":
    ranks, step, happens, *arguments = sys.argv[1:]
    install([int(rank) for rank in ranks.split(",")], int(step), happens)
    sys.argv = ["sfdfac", *arguments]
    main(arguments)
