"""What a process wants said should it be killed.

`kill -9`, a lack of memory or a launcher that cleans up end a process without a chance to say a
word. So a small program of its own keeps the words, on the other end of a pipe: the pipe breaks
when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def last_words(text: str) -> Iterator[None]:
    """Within its block: should this process be killed, `text` appears on standard error."""
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", KEEPER, text],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            keeper.communicate(b"not needed")


KEEPER = """\
import signal, sys
for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(ignored, signal.SIG_IGN)
if not sys.stdin.buffer.read():
    print(sys.argv[1], file=sys.stderr)
"""
