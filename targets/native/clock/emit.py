"""The plan of a clock profile -> C files."""

from __future__ import annotations

from dataclasses import dataclass

from sfdfa_compiler.codegen.c_printer import c_type, print_micro
from sfdfa_compiler.codegen.environment import render
from sfdfa_compiler.schedule import Axis, Schedule
from sfdfa_compiler.targets.native.clock import layout

SHARED = ("arith.h", "pool.c", "pool.h")  # with the event profiles
OWN = ("main.c", "net.h")


@dataclass(frozen=True, slots=True)
class Call:
    """One kernel call on a sample."""

    kernel: str
    layer: str
    number: int


def emit(schedule: Schedule, banner: str) -> dict[str, str]:
    """All C files of a program, by name; `banner` is their first comment.

    Raises:
        ValueError: If samples depend on each other: the code gives each to a thread.
    """
    if any(Axis.SAMPLE not in phase.free for phase in schedule.forward):
        raise ValueError("a phase needs samples in order")
    micros = {role: micro for phase in schedule.forward for role, micro in phase.micros.items()}
    numbers = {layer.name: index for index, layer in enumerate(schedule.layers)}
    context = {
        "banner": banner,
        "name": schedule.name,
        "radix": "",  # the event profiles' alone
        "types": [
            (c_type(kind), name) for name, kind in layout.types(schedule.clock.formats).items()
        ],
        "fields": layout.members(),
        "m": {role: micro.name for role, micro in micros.items()},
        "functions": [print_micro(micros[role]) for role in sorted(micros)],
        "lanes": layout.LANES,
        "sums": {sum.name.lower(): number for number, sum in enumerate(layout.SUMS, 1)},
        "watched": "fits" in micros["charge"].outputs,
        "phases": [Call(p.kernel, p.layer, numbers[p.layer]) for p in schedule.forward],
    }
    kernels = sorted({f"{phase.kernel}.c" for phase in schedule.forward})
    files = {name: render(f"native/{name}.j2", **context) for name in SHARED}
    files |= {name: render(f"native/clock/{name}.j2", **context) for name in (*OWN, *kernels)}
    return dict(sorted(files.items()))
