"""Processes that train together, played by threads: quick, and without MPI."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from sfdfa_compiler.codegen import Forward, Session, State
from sfdfa_compiler.parallel import Exchange
from tests.helpers import nets

Result = TypeVar("Result")


class _Hub:
    """Where the threads lay down what they have."""

    def __init__(self, ranks: int) -> None:
        self.barrier = threading.Barrier(ranks, timeout=60)
        self.brought: list[Any] = [None] * ranks


class ThreadExchange:
    """An exchange between threads; counts bytes that it brought to this one, and logs its use."""

    def __init__(self, hub: _Hub, rank: int) -> None:
        self.hub = hub
        self.rank = rank
        self.ranks = self.neighbours = len(hub.brought)
        self.received = 0
        self.log: list[str] = []

    def elsewhere(self) -> None:
        self.log.append("elsewhere")

    def gather(self, arrays: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        self.log.append("gather")
        self.hub.brought[self.rank] = arrays
        self.hub.barrier.wait()
        for rank, theirs in enumerate(self.hub.brought):
            if rank != self.rank:
                for (mine, cuts), (other, _) in zip(arrays, theirs, strict=True):
                    rows = slice(cuts[rank], cuts[rank + 1])
                    mine[rows] = other[rows]
                    self.received += other[rows].nbytes
        self.hub.barrier.wait()


def on_threads(ranks: int, work: Callable[[Exchange], Result]) -> list[Result]:
    """`work` as every one of the ranks, at the same time; their results."""
    hub = _Hub(ranks)

    def run(rank: int) -> Result:
        try:
            return work(ThreadExchange(hub, rank))
        except BaseException:
            hub.barrier.abort()
            raise

    with ThreadPoolExecutor(ranks) as pool:
        return list(pool.map(run, range(ranks)))


def driven(session: Session, net: nets.Program, samples: int) -> tuple[State, list[Forward]]:
    """Two epochs of two batches, with a pass forward behind each; then the session is closed."""
    events = nets.random_events(net.seed, net, samples)
    seen = []
    for batch, place in nets.batches(net.seed, net, events) * 2:
        seen.append(session.learn(batch, place))
        seen.append(session.forward(batch))
    state = session.state()
    session.close()
    return state, seen
