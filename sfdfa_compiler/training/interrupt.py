"""Ctrl-C asks; the training answers when its batch is done."""

from __future__ import annotations

import shlex
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Self


class Interrupted(KeyboardInterrupt):
    """A training was stopped and can be resumed: its run folder has a checkpoint."""

    def __init__(self, program: Path | str, folder: Path, device: str | None = None) -> None:
        """Say what was trained, where the run lies, and on which device if one was named."""
        super().__init__(str(folder))
        self.program = program
        self.folder = folder
        self.command = resume_command(program, folder, device)


def resume_command(program: Path | str, folder: Path, device: str | None = None) -> str:
    """What to type to go on with a run, as a shell reads it.

    A run remembers all options but those that belong to a machine.
    """
    words = ["sfdfac", "train", str(program), "--resume", str(folder)]
    return shlex.join([*words, "--device", device] if device else words)


class Interrupt:
    """Within its block the first Ctrl-C only sets `requested`; the second ends the program.

    In a thread other than the main one nothing is changed: signals do not arrive there.
    """

    def __init__(self) -> None:
        """Nothing is requested yet."""
        self.requested = False
        self._before: Any = None

    def __enter__(self) -> Self:
        """Take Ctrl-C over."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._request)
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._give_back()

    def _request(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
        self._give_back()

    def _give_back(self) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
