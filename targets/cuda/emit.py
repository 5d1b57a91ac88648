"""The context -> the files of a build: CUDA text, a header, a launcher, a page."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from sfdfa_compiler.codegen import Artifact, Origin
from sfdfa_compiler.codegen.banner import banner
from sfdfa_compiler.codegen.environment import render
from sfdfa_compiler.ir import rate_at
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.schedule.sharing import asked_of_all
from sfdfa_compiler.targets.cuda import layout, traffic
from sfdfa_compiler.targets.cuda.buffers import Sizes
from sfdfa_compiler.targets.cuda.cpu.library import dialect
from sfdfa_compiler.targets.cuda.lower import (
    LAUNCHES,
    RESIDENT,
    THREADS,
    constant_names,
    dynamic_bytes,
    lower,
)
from sfdfa_compiler.targets.cuda.memory import network_bytes

KERNELS, HEADER, LAUNCHER, PLAN, README = "net.cu", "net.h", "launch.py", "net.json", "README.md"
FOR_HOSTS = {"real": "float", "float4": "sfd_spike"}  # words of CUDA text


def emit(schedule: Schedule, origin: Origin) -> Artifact:
    """All files of a program, by name."""
    context = lower(schedule)
    values = {**asdict(context), "walks": context.walks, "banner": banner(origin)}
    host = {
        **values,
        "fields": {name: _for_hosts(fields) for name, fields in context.fields.items()},
        "shared": asked_of_all(schedule) if schedule.learn and schedule.shards > 1 else (),
        "dynamic_bytes": dynamic_bytes(schedule),
    }
    does = {"classes": schedule.classes, "learns": bool(schedule.learn)}
    about = {**asdict(origin), "name": schedule.name, "profile": schedule.profile, **does}
    launcher = {**values, **does, "banner": banner(origin, "# ")}
    return Artifact(
        {
            KERNELS: render("cuda/net.cu.j2", **values, dialect=dialect()),
            HEADER: render("cuda/net.h.j2", **host),
            LAUNCHER: render("cuda/launch.py.j2", **launcher),
            PLAN: json.dumps(plan(schedule), indent=1) + "\n",
            README: render("cuda/README.md.j2", **about, inputs=inputs(schedule)),
        }
    )


def inputs(schedule: Schedule) -> tuple[str, ...]:
    """The inputs that layers hear, in the order of the kernels' sources."""
    heard = (plan.source for plan in schedule.layers if plan.source_is_input)
    return tuple(dict.fromkeys(heard))


def plan(schedule: Schedule) -> dict[str, Any]:
    """What a launcher fills the structures with, as JSON has it."""
    sources = inputs(schedule)
    outputs = [index for index, each in enumerate(schedule.layers) if each.is_output]
    return {
        "inputs": sources,
        "structures": {
            "source": layout.SOURCE,
            "step": layout.STEP,
            "layer": [*layout.LAYER, *((name, "real") for name in constant_names(schedule))],
            "net": layout.NET,
        },
        "threads": THREADS,
        "blocks": RESIDENT,
        "dynamic_bytes": dynamic_bytes(schedule),
        "launches_per_batch": LAUNCHES,
        "batch": schedule.batch,
        "epochs": schedule.epochs if schedule.learn else 0,
        "room": schedule.room,
        "tau": schedule.window.tau,
        "net": {
            "layer_count": len(schedule.layers),
            "output": outputs[0] if outputs else layout.NONE,
            "classes": schedule.classes,
            "shards": schedule.shards,
            "first_shard": 0,
            "end_shard": schedule.shards,
            "stop_epoch": schedule.window.epoch,
            "stop": schedule.window.E,
        },
        "layers": [_layer(schedule, index, sources) for index in range(len(schedule.layers))],
        "device_bytes": network_bytes(schedule),
        "traffic": traffic.describe(schedule),
        "steps": [_rule(schedule, each.name) for each in schedule.layers],
    }


def _layer(schedule: Schedule, index: int, sources: tuple[str, ...]) -> dict[str, Any]:
    each = schedule.layers[index]
    number = {other.name: place for place, other in enumerate(schedule.layers)}
    source = sources.index(each.source) if each.source_is_input else layout.NONE
    sizes = Sizes(schedule, each)
    buffers = {name: (shape, np.dtype(kind).name) for name, (shape, kind) in sizes.shapes.items()}
    values = sizes.values(index, source, number.get(each.source, layout.NONE))
    for phase in schedule.phases:
        if phase.layer == each.name:
            values |= phase.constants
    return {
        "name": each.name,
        "values": values,
        "buffers": buffers,
    }


def _rule(schedule: Schedule, layer: str) -> dict[str, Any]:
    """What the records of a layer are computed from: rates by epoch, Adam's betas."""
    rule: dict[str, Any] = {"rates": {}}
    for phase in schedule.learn:
        if phase.layer != layer:
            continue
        for name, rate in phase.rates.items():
            every = [rate_at(rate, epoch, schedule.epochs) for epoch in range(schedule.epochs)]
            rule["rates"][name] = every
        betas = (name for name in ("beta1", "beta2") if name in phase.constants)
        rule |= {name: phase.constants[name] for name in betas}
    return rule


def _for_hosts(fields: list[str]) -> list[str]:
    """Members of structures without the words of CUDA."""
    return [" ".join(FOR_HOSTS.get(word, word) for word in field.split(" ")) for field in fields]
