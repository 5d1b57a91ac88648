"""Processes that train together, as sessions and commands see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from sfdfa_compiler.parallel.shares import Cuts


class Exchange(Protocol):
    """How a session learns what the others have computed."""

    @property
    def rank(self) -> int:
        """The number of this process, from 0."""
        ...

    @property
    def ranks(self) -> int:
        """How many processes there are."""
        ...

    @property
    def neighbours(self) -> int:
        """How many of them, with this one, are on this machine."""
        ...

    def gather(self, arrays: Sequence[tuple[NDArray[Any], Cuts]]) -> None:
        """Complete arrays of which every process has its rows: bytes are moved, nothing is added.

        Args:
            arrays: Arrays in C order, and their rows cut into as many parts as there are
                processes: process r brings the rows cuts[r] .. cuts[r + 1] - 1.

        Raises:
            FollowedError: If another process has failed.
            UserError: SNN564 if the others cannot be reached any more.
        """
        ...

    def elsewhere(self) -> None:
        """Begin to exchange data by other means, until they gather or meet next.

        Others may then wait for this process where no message reaches them. So if it fails, it
        ends without telling them, and their launcher ends them.
        """
        ...


class Group(Exchange, Protocol):
    """How a command keeps its processes together, from the first to the last message."""

    @property
    def stopping(self) -> bool:
        """Whether one of them had been asked to stop when they last met: the same on all."""
        ...

    def ask_to_stop(self) -> None:
        """Tell it to the others when they meet next."""
        ...

    def meet(self) -> None:
        """Wait for all.

        Raises:
            FollowedError, UserError: As `gather`.
        """
        ...

    def agree(self, facts: Mapping[str, str]) -> None:
        """Meet, and find the same facts everywhere.

        Raises:
            UserError: SNN565 with the names of those that differ.
            FollowedError: As `gather`.
        """
        ...

    def fail(self, code: int) -> bool:
        """Tell the others that this process ends with an exit code; whether it shall say why."""
        ...

    def close(self) -> None:
        """Leave, in good order if all of them do."""
        ...


class FollowedError(Exception):
    """The command ends because another process does, which also says why."""

    def __init__(self, code: int) -> None:
        """Keep the exit code of that process."""
        super().__init__(f"another process ended with exit code {code}")
        self.code = code


class Alone:
    """The group of a process that has no others."""

    rank = 0
    ranks = 1
    neighbours = 1

    def __init__(self) -> None:
        """Nobody has asked to stop."""
        self.stopping = False

    def ask_to_stop(self) -> None:
        """Know it at once."""
        self.stopping = True

    def gather(self, arrays: Sequence[tuple[NDArray[Any], Cuts]]) -> None:
        """All rows are here."""

    def elsewhere(self) -> None:
        """Nobody waits."""

    def meet(self) -> None:
        """Nobody is missing."""

    def agree(self, facts: Mapping[str, str]) -> None:
        """Nobody differs."""

    def fail(self, code: int) -> bool:
        """Nobody else can say why."""
        del code
        return True

    def close(self) -> None:
        """Nothing was opened."""
