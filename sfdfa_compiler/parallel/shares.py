"""Who works on what: consecutive shards, and with them consecutive samples, for every process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cuts = NDArray[np.int64]  # (parts + 1,): part k has the items cuts[k] .. cuts[k + 1] - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How the shards of a batch and their samples are cut into as many parts as processes."""

    shards: Cuts
    samples: Cuts

    @classmethod
    def of(cls, samples: int, shards: int, ranks: int) -> Share:
        """The shares of a batch; shards and samples may be fewer than processes."""
        own = cut(shards, ranks)
        return cls(shards=own, samples=cut(samples, shards)[own])


def cut(items: int, parts: int) -> Cuts:
    """Cut into consecutive parts; the first `items` mod `parts` have one more (semantics, 3)."""
    size, more = divmod(items, parts)
    part = np.arange(parts + 1, dtype=np.int64)
    return part * size + np.minimum(part, more)


def bytes_of(array: NDArray[Any], cuts: Cuts) -> tuple[NDArray[np.uint8], list[int], list[int]]:
    """A view of an array's rows as bytes, and where the rows of each part lie: counts, starts."""
    row = array.nbytes // max(1, len(array))
    flat = array.reshape(-1).view(np.uint8)
    return flat, (np.diff(cuts) * row).tolist(), (cuts[:-1] * row).tolist()
