"""Processes that train together, as sessions and commands see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from sfdfa_compiler.parallel.shares import Cuts


class Exchange(Protocol):
    """How a session learns what the others have computed."""

    rank: int  # of this process, from 0
    ranks: int

    def gather(self, arrays: Sequence[tuple[NDArray[Any], Cuts]]) -> None:
        """Complete arrays of which every process has its rows: bytes are moved, nothing is added.

        Args:
            arrays: Arrays in C order, and their rows cut into as many parts as there are
                processes: process r brings the rows cuts[r] .. cuts[r + 1] - 1.

        Raises:
            FollowedError: If another process has failed.
            UserError: SNN596 if another process is gone.
        """
        ...
