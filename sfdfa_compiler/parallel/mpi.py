"""A group over MPI, by mpi4py. It is imported where `mpiexec` has started several processes.

Every exchange begins with a byte from each process: all is well, I was asked to stop, or I failed.
So all of them know the same at the same point, one of them speaks, and none waits for one that
has gone. MPI is finalised by hand, at an orderly end only: a process that ends in another way
has its launcher end the others, where mpi4py's own way would wait for them for ever.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import mpi4py
import numpy as np
from numpy.typing import NDArray

mpi4py.rc.finalize = False
mpi4py.rc.threads = False

from mpi4py import MPI  # noqa: E402 - it starts MPI, as told above

from sfdfa_compiler.diagnostics import place  # noqa: E402
from sfdfa_compiler.parallel.group import FollowedError  # noqa: E402
from sfdfa_compiler.parallel.launch import Place  # noqa: E402
from sfdfa_compiler.parallel.rules import DIFFERENT, LOST  # noqa: E402
from sfdfa_compiler.parallel.shares import Cuts, bytes_of  # noqa: E402

WELL, STOP = 0, 255  # anything between is the exit code of a process that failed
AWAKE = 2000  # looks before a waiting process sleeps: some milliseconds
NAP = 0.0005  # [s]


class MpiGroup:
    """The processes of `mpiexec`."""

    def __init__(self, where: Place) -> None:
        """Meet the others for the first time."""
        self._comm = MPI.COMM_WORLD
        self.rank: int = self._comm.Get_rank()
        self.ranks: int = self._comm.Get_size()
        self.neighbours = where.neighbours
        self.stopping = False
        self._asked = False
        self._under_way = False  # begun and not ended
        self._put_off: KeyboardInterrupt | None = None  # until it has ended
        self._lost = False

    def ask_to_stop(self) -> None:
        """Tell it to the others when they meet next."""
        self._asked = True

    def gather(self, arrays: Sequence[tuple[NDArray[Any], Cuts]]) -> None:
        """Complete arrays of which every process has its rows."""
        self._under_way = True
        self._hear()
        self._exchange(arrays)
        self._end()

    def elsewhere(self) -> None:
        """Begin to exchange data by other means, until they gather or meet next."""
        self._under_way = True

    def meet(self) -> None:
        """Wait for all, and hear how they are."""
        self._under_way = True
        self._hear()
        self._end()

    def agree(self, facts: Mapping[str, str]) -> None:
        """Meet, and find the same facts everywhere."""
        own = [hashlib.sha256(fact.encode()).digest() for fact in facts.values()]
        digests = np.zeros((self.ranks, len(own), 32), np.uint8)
        digests[self.rank] = np.frombuffer(b"".join(own), np.uint8).reshape(-1, 32)
        self.gather([(digests, np.arange(self.ranks + 1))])
        differ = (digests != digests[0]).any(axis=(0, 2))
        if differ.any():
            names = [name for name, wrong in zip(facts, differ, strict=True) if wrong]
            raise DIFFERENT.error(place("mpiexec"), what=" and ".join(names))

    def fail(self, code: int) -> bool:
        """Tell the others; whether this process shall say why: the first that failed does."""
        if self._under_way or self._lost:  # they may wait for something else: see the launcher
            self._lost = True
            return True
        try:
            return _failed(self._say(code))[0] == self.rank
        except BaseException:  # what went wrong first is what counts
            self._lost = True
            return True

    def close(self) -> None:
        """Leave, in good order if all of them do."""
        if not self._lost and not MPI.Is_finalized():
            MPI.Finalize()

    def _hear(self) -> None:
        """How all the others are."""
        said = self._say(STOP if self._asked else WELL)
        if failed := _failed(said):
            raise FollowedError(int(said[failed[0]]))
        self.stopping |= bool((said == STOP).any())

    def _end(self) -> None:
        """Nothing is under way any more: now a Ctrl-C counts that came meanwhile."""
        self._under_way = False
        if self._put_off:
            raise self._put_off

    def _say(self, word: int) -> NDArray[np.uint8]:
        """One byte to everyone, one from everyone."""
        said = np.zeros(self.ranks, np.uint8)
        said[self.rank] = word
        self._exchange([(said, np.arange(self.ranks + 1))])
        return said

    def _exchange(self, arrays: Sequence[tuple[NDArray[Any], Cuts]]) -> None:
        try:
            requests = []
            for array, cuts in arrays:
                flat, counts, starts = bytes_of(array, cuts)
                received = [flat, counts, starts, MPI.BYTE]
                requests.append(self._comm.Iallgatherv(MPI.IN_PLACE, received))
            self._wait(requests)
        except MPI.Exception as error:
            self._lost = True
            why = error.Get_error_string()
            resume = "sfdfac train FILE --resume RUN"
            raise LOST.error(place("mpiexec"), why=why, resume=resume) from error

    def _wait(self, requests: list[MPI.Request]) -> None:
        """Until all are done, leaving the processor to others; a second Ctrl-C ends it."""
        looks = 0
        while True:
            try:
                while not MPI.Request.Testall(requests):
                    looks += 1
                    time.sleep(NAP if looks > AWAKE else 0)
            except KeyboardInterrupt as error:
                if self._put_off:
                    raise
                self._put_off = error
            else:
                return


def _failed(said: NDArray[np.uint8]) -> list[int]:
    """The processes that failed."""
    return np.flatnonzero((said != WELL) & (said != STOP)).tolist()
