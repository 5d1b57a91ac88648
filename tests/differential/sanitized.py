"""Trains small networks on native code that was built with a sanitizer; run as a program.

    python -m tests.differential.sanitized FLAG...

The sanitizer's library must be loaded before Python (LD_PRELOAD). Prints the digest of the weights.
"""

from __future__ import annotations

import hashlib
import sys

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Build, Device
from sfdfa_compiler.targets.native import TARGET
from sfdfa_compiler.targets.native.build import build
from tests.helpers import courses, nets

CASES = (
    ("sfdfa", {"sizes": (6, 70, 20, 5), "penalty": ir.RatePenalty(strength=0.3, target=1.5)}),
    ("dfa", {"sizes": (5, 33, 11), "max_spikes": 2, "shards": 2}),
    ("bp", {"sizes": (6, 40, 33, 5), "penalty": ir.RatePenalty(strength=0.3, target=1.5)}),
    ("sfdfa", {"sizes": (5, 40, 7), "window": 7.0}),
    ("bp", {"sizes": (5, 40, 17, 7), "window": 7.0}),
)


def programs() -> list[nets.Program]:
    """The cases as programs."""
    return [nets.random_program(7, learner=learner, **options) for learner, options in CASES]


def compiled(net: nets.Program, flags: tuple[str, ...]) -> Build:
    """A program in the cache, so that a process with a sanitizer need not run a compiler."""
    return build(TARGET.emit(net.schedule, courses.ORIGIN), None, flags)


def train(flags: tuple[str, ...], threads: int) -> str:
    """Train all cases; the digest of all weights and feedback behind them, hex."""
    digest = hashlib.sha256()
    for net in programs():
        built = compiled(net, flags)
        session = TARGET.open(built, net.schedule, net.state(), Device(threads=threads), 7)
        for batch, place in nets.batches(7, net, nets.random_events(7, net, 9)):
            session.learn(batch, place)
            session.forward(batch, record=True)
        state = session.state()
        session.close()
        for array in (*state.weights.values(), *state.feedback.values()):
            digest.update(array.tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    print(train(tuple(sys.argv[1:]), threads=3))
