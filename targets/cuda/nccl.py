"""From GPU to GPU by NCCL, through CuPy: for processes that each have a GPU of their own.

NCCL gathers equal parts only, and shards are not equal. So every process broadcasts its rows, all
broadcasts in one group, as bytes: nothing is added on the way. Not executed on GPUs so far.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sfdfa_compiler.parallel import Exchange
from sfdfa_compiler.targets.cuda.gpu import Gpu
from sfdfa_compiler.targets.cuda.together import Rows

ID_BYTES = 128  # of what the processes find each other by


class ByNccl:
    """The GPUs of all processes."""

    def __init__(self, gpu: Gpu, exchange: Exchange) -> None:
        """Connect them: process 0 makes a name for the connection and tells it to the others.

        Raises:
            UserError: SNN596 if NCCL refuses.
            FollowedError: As `Exchange.gather`.
        """
        self._gpu = gpu
        self._exchange = exchange
        self._nccl = gpu.nccl
        names = np.zeros((exchange.ranks, ID_BYTES), np.uint8)
        with gpu.asked("be connected with other GPUs", self._nccl.NcclError):
            if exchange.rank == 0:
                names[0] = np.frombuffer(self._nccl.get_unique_id(), np.uint8)
            exchange.gather([(names, np.arange(exchange.ranks + 1))])
            self._all = self._nccl.NcclCommunicator(
                exchange.ranks, names[0].tobytes(), exchange.rank
            )

    def gather(self, arrays: Sequence[Rows]) -> None:
        """Complete arrays, behind the launches so far: see `Link.gather`."""
        self._exchange.gather([])  # hear how the others are, or one would wait for ever
        self._exchange.elsewhere()
        with self._gpu.asked("exchange data with other GPUs", self._nccl.NcclError):
            self._nccl.groupStart()
            for rows in arrays:
                start = rows.memory.address
                row = rows.elements * rows.memory.item_bytes
                for owner in range(self._exchange.ranks):
                    first, end = (rows.cuts[owner : owner + 2] * row).tolist()
                    if end > first:
                        self._broadcast(start + first, end - first, owner)
            self._nccl.groupEnd()

    def finish(self) -> None:
        """Meet the others: nobody waits for a GPU any more."""
        self._exchange.gather([])

    def _broadcast(self, address: int, count: int, owner: int) -> None:
        """Bytes of the owner to the same place on all others."""
        kind, stream = self._nccl.NCCL_UINT8, self._gpu.stream
        self._all.broadcast(address, address, count, kind, owner, stream)
