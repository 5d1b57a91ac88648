"""As much of `cupy.cuda.nccl` as the target calls, between threads that have arrays of the host.

It keeps to what NCCL demands: all processes make the same calls in the same order, a group ends on
all of them or on none, identifiers have 128 bytes.
"""

from __future__ import annotations

import ctypes
import threading
from itertools import count

from tests.cuda.kernels.fake_cupy import STREAM


class NcclError(RuntimeError):
    """What NCCL says."""


class FakeNccl:
    """The module; `moved` has the bytes of each broadcast that process 0 took part in."""

    NCCL_UINT8 = 1
    NcclError = NcclError

    def __init__(self, *, available: bool = True, refuses: bool = False) -> None:
        self.available = available
        self.moved: list[int] = []
        self._refuses = refuses
        self._ids = count(1)
        self._lock = threading.Lock()
        self._companies: dict[bytes, _Company] = {}
        self._here = threading.local()

    def get_unique_id(self) -> bytes:
        return bytes([255, next(self._ids)]) + bytes(126)

    def NcclCommunicator(self, ndev: int, name: bytes, rank: int) -> _Communicator:  # noqa: N802
        assert isinstance(name, bytes)
        assert len(name) == 128
        assert any(name)
        if self._refuses:
            raise NcclError("NCCL_ERROR_INVALID_USAGE: invalid usage")
        with self._lock:
            company = self._companies.setdefault(name, _Company(ndev))
        assert company.barrier.parties == ndev
        company.barrier.wait()
        return _Communicator(self, company, rank)

    def groupStart(self) -> None:  # noqa: N802 - CuPy's name
        self._here.calls = []

    def groupEnd(self) -> None:  # noqa: N802 - CuPy's name
        calls, self._here.calls = self._here.calls, None
        for communicator in {call[0] for call in calls}:
            communicator.carry_out([call[1:] for call in calls])

    def queue(self, *call) -> None:
        self._here.calls.append(call)


class _Company:
    """Where the processes of a communicator meet."""

    def __init__(self, ranks: int) -> None:
        self.barrier = threading.Barrier(ranks, timeout=60)
        self.calls: list = [None] * ranks


class _Communicator:
    """One process of them."""

    def __init__(self, nccl: FakeNccl, company: _Company, rank: int) -> None:
        self._nccl, self._company, self._rank = nccl, company, rank

    def broadcast(self, sent: int, received: int, size: int, kind: int, root: int, stream: int):
        assert (kind, stream) == (self._nccl.NCCL_UINT8, STREAM)
        assert sent == received
        assert all(type(number) is int for number in (sent, size, root))
        self._nccl.queue(self, sent, size, root)

    def carry_out(self, calls: list[tuple[int, int, int]]) -> None:
        company = self._company
        company.calls[self._rank] = calls
        company.barrier.wait()
        for place, (address, size, root) in enumerate(calls):
            theirs = company.calls[root][place]
            assert theirs[1:] == (size, root)
            if root != self._rank:
                ctypes.memmove(address, theirs[0], size)
            if self._rank == 0:
                self._nccl.moved.append(size)
        company.barrier.wait()
