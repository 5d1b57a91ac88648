"""The context -> C files."""

from __future__ import annotations

from dataclasses import asdict

from sfdfa_compiler.arith import FLOAT64
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Artifact, Origin
from sfdfa_compiler.codegen.banner import banner
from sfdfa_compiler.codegen.c_printer import c_literal
from sfdfa_compiler.codegen.environment import render
from sfdfa_compiler.data.encode import LONGEST
from sfdfa_compiler.schedule import Clock, Schedule
from sfdfa_compiler.targets.native.build import ALONE, command
from sfdfa_compiler.targets.native.clock import emit as clock
from sfdfa_compiler.targets.native.lower import lower

ALWAYS = ("arith.h", "kernels.h", "main.c", "net.h", "pool.c", "pool.h", "types.h")
INSIDE = {"forward_sample"}  # kernels that stand in another kernel's file


def emit(schedule: Schedule, origin: Origin) -> Artifact:
    """All files of a program, by name."""
    if isinstance(schedule.time, Clock):
        return Artifact(clock.emit(schedule, banner(origin)))
    context = lower(schedule)
    names = {*ALWAYS, *(f"{kernel}.c" for kernel in context.kernels if kernel not in INSIDE)}
    values = {**asdict(context), "walks": context.walks, "banner": banner(origin)}
    alone = standalone(schedule)
    if alone["inputs"]:
        names.add(ALONE)
    files = {name: render(f"native/{name}.j2", **values, **alone) for name in sorted(names)}
    files["README.md"] = render(
        "native/README.md.j2",
        **{**values, **alone},
        version=origin.version,
        source=origin.source,
        profile=schedule.profile,
        command=command(sorted(name for name in files if name.endswith(".c"))),
    )
    return Artifact(files)


def standalone(schedule: Schedule) -> dict[str, object]:
    """What the program that runs without sfdfac knows; it serves networks of one input."""
    number = {layer.name: index for index, layer in enumerate(schedule.layers)}
    inputs = {layer.source: layer.source_size for layer in schedule.layers if layer.source_is_input}
    constants = {p.layer: p.constants for p in schedule.forward if p.kernel == "forward"}
    plans = [
        {
            "name": layer.name,
            "size": layer.size,
            "source_size": layer.source_size,
            "source": 0 if layer.source_is_input else -1,
            "source_layer": number.get(layer.source, -1),
            "max_spikes": layer.max_spikes,
            **{name: _literal(value, schedule) for name, value in constants[layer.name].items()},
        }
        for layer in schedule.layers
    ]
    return {
        "plans": plans,
        "names": tuple(number),
        "last": schedule.layers[-1].name,
        "inputs": next(iter(inputs.values())) if len(inputs) == 1 else 0,
        "longest": f"{LONGEST:.1f}",
        "tau": c_literal(schedule.window.tau, FLOAT64),
        "stop": c_literal(schedule.window.E, schedule.real),
        "stop_epoch": schedule.window.epoch,
    }


def _literal(value: float, schedule: Schedule) -> str:
    """A constant rounded once to the profile's format."""
    return c_literal(float(dtype(schedule.real).type(value)), schedule.real)
