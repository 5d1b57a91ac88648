"""Training over several processes: each works on its shards of a batch, all know everything.

Between three walks over the plan the processes complete each other's arrays. Then each adds up
all shards in their order and changes its weights, which are the same everywhere.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from sfdfa_compiler.parallel import Exchange, Share
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.schedule.sharing import asked_of_all
from sfdfa_compiler.targets.native.buffers import LayerBuffers
from sfdfa_compiler.targets.native.memory import address, aligned


class Together:
    """The accumulators of all shards, and the way in which a batch fills them."""

    def __init__(
        self,
        schedule: Schedule,
        layers: Sequence[LayerBuffers],
        mirrors: Any,  # noqa: ANN401 - generated structures
        exchange: Exchange,
    ) -> None:
        """Allocate, and tell C by the layers' structures."""
        self.exchange = exchange
        known = {layer.name: layer for layer in layers}
        names = [name.split(".") for name in asked_of_all(schedule)]
        self.seen = [known[layer][what] for layer, what in names]
        self.active = [layer["active"] for layer in layers]
        self.accumulators = []
        for layer, mirror in zip(layers, mirrors, strict=True):
            if layer.plan.learns:
                shape = schedule.shards, layer.plan.source_size * layer.lanes
                self.accumulators.append(aligned(shape, layer.real))
                mirror.accumulators = address(self.accumulators[-1])

    @property
    def bytes(self) -> int:
        """Bytes of all accumulators."""
        return sum(array.nbytes for array in self.accumulators)

    def learn(self, library: ctypes.CDLL, net: Any) -> None:  # noqa: ANN401 - a generated structure
        """Train on the batch that `net` holds.

        Raises:
            FollowedError, UserError: As `Exchange.gather`.
        """
        share = Share.of(net.samples, net.shards, self.exchange.ranks)
        mine = slice(self.exchange.rank, self.exchange.rank + 2)
        net.begin, net.end = share.samples[mine].tolist()
        net.first_shard, net.end_shard = share.shards[mine].tolist()
        for rows in self.active:
            rows.fill(1)  # an input that this process never hears may have spikes elsewhere
        library.sfd_net_sense(ctypes.byref(net))
        self.exchange.gather([(array, share.samples) for array in self.seen])
        library.sfd_net_judge(ctypes.byref(net))
        self.exchange.gather([(array, share.shards) for array in self.accumulators])
        library.sfd_net_adapt(ctypes.byref(net))
