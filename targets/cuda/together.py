"""Training over several processes: each has its shards of a batch, all know everything.

A batch is three launches. Between them the processes complete each other's arrays: through the
host, by whatever connects the processes, or from GPU to GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sfdfa_compiler.parallel import Exchange, Share, cut
from sfdfa_compiler.parallel.shares import Cuts
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.schedule.sharing import asked_of_all
from sfdfa_compiler.targets.cuda.buffers import LayerBuffers
from sfdfa_compiler.targets.cuda.devices import Device, Memory
from sfdfa_compiler.targets.cuda.gpu import Gpu
from sfdfa_compiler.targets.cuda.network import Network

NAME_BYTES = 32  # what tells one GPU from all others


@dataclass(frozen=True, slots=True)
class Rows:
    """An array on a device, of which every process has its rows: see `Exchange.gather`."""

    memory: Memory
    elements: int  # of a row
    cuts: Cuts


class Link(Protocol):
    """A way between the devices of the processes."""

    def gather(self, arrays: Sequence[Rows]) -> None:
        """Complete arrays: bytes are moved, nothing is added; raises as `Exchange.gather`."""
        ...

    def finish(self) -> None:
        """Come back from a batch whose results are known."""
        ...


class Together:
    """How processes train on a batch."""

    def __init__(
        self,
        schedule: Schedule,
        layers: Sequence[LayerBuffers],
        device: Device,
        exchange: Exchange,
    ) -> None:
        """Find what is to be exchanged; nobody is asked for anything yet."""
        self.exchange = exchange
        self._shards = schedule.shards
        self._device = device
        self._link: Link | None = None
        known = {layer.name: layer for layer in layers}
        seen = (name.split(".") for name in asked_of_all(schedule))
        self._seen = [known[layer].rows(what) for layer, what in seen]
        self._sums = [layer.rows("accumulators") for layer in layers if layer.has("accumulators")]

    def learn(self, network: Network, samples: int) -> None:
        """Train on the batch of so many samples at which the network stands.

        Raises:
            FollowedError, UserError: As `Exchange.gather`.
        """
        self._link = self._link or connect(self._device, self.exchange)
        share = Share.of(samples, self._shards, self.exchange.ranks)
        network.launch("sense")
        self._link.gather([Rows(*rows, share.samples) for rows in self._seen])
        network.launch("judge")
        self._link.gather([Rows(*rows, share.shards) for rows in self._sums])
        network.launch("adapt")

    def finish(self) -> None:
        """Come back from a batch whose results are known."""
        if self._link:
            self._link.finish()

    @property
    def shards(self) -> tuple[int, int]:
        """The first shard of this process, and the first that is not its own any more."""
        rank = self.exchange.rank
        first, end = cut(self._shards, self.exchange.ranks)[rank : rank + 2].tolist()
        return first, end


def connect(device: Device, exchange: Exchange) -> Link:
    """From GPU to GPU if each process has one of its own and NCCL; else through the host.

    All processes meet for that, and come to the same answer.
    """
    gpu = device if isinstance(device, Gpu) else None
    name = gpu.unique_name if gpu else None
    names = np.zeros((exchange.ranks, NAME_BYTES), np.uint8)
    names[exchange.rank] = np.frombuffer(name or bytes(NAME_BYTES), np.uint8)
    exchange.gather([(names, np.arange(exchange.ranks + 1))])
    if gpu and names.any(axis=1).all() and len(np.unique(names, axis=0)) == exchange.ranks:
        from sfdfa_compiler.targets.cuda.nccl import ByNccl

        return ByNccl(gpu, exchange)
    return ThroughHost(exchange)


class ThroughHost:
    """Rows are read from the device, exchanged by the processes, and written back."""

    def __init__(self, exchange: Exchange) -> None:
        """Between those processes."""
        self._exchange = exchange

    def gather(self, arrays: Sequence[Rows]) -> None:
        """Complete arrays: see `Link.gather`."""
        brought = []
        for rows in arrays:
            count = int(rows.cuts[-1])
            content = rows.memory.read(count * rows.elements)
            brought.append((content.reshape(count, rows.elements), rows.cuts))
        self._exchange.gather(brought)
        for rows, (content, _) in zip(arrays, brought, strict=True):
            rows.memory.write(content)

    def finish(self) -> None:
        """All have what they waited for."""
