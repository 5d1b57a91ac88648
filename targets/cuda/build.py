"""CUDA text -> a build directory: PTX, cubins, and what they say of registers and memory."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Artifact, Build
from sfdfa_compiler.codegen.host import clear, clear_way, fill
from sfdfa_compiler.diagnostics import Diagnostic, Level, Rule, UserError, place
from sfdfa_compiler.files import reason
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.cuda.buffers import Sizes
from sfdfa_compiler.targets.cuda.compile import Compiled, compile_kernels
from sfdfa_compiler.targets.cuda.cpu.library import UNWRITABLE, cache_folder
from sfdfa_compiler.targets.cuda.emit import KERNELS, PLAN
from sfdfa_compiler.targets.cuda.lower import (
    MOST_LOGGED,
    MOST_NEURONS,
    MOST_SPIKES,
    RESIDENT,
    THREADS,
)
from sfdfa_compiler.targets.cuda.ptx import audit
from sfdfa_compiler.targets.cuda.resources import Resources, occupancy

FACTS = ("launches_per_batch", "device_bytes", "traffic")  # of the plan, for the manifest
LEFT_OUT = "the build has the kernels as text, without PTX and machine code"
TOO_LARGE = Rule(
    code="SNN587",
    message="the target `cuda` cannot number the {what} of `{layer}`: {found}",
    notes=(
        "a spike is sorted as a number of 64 bits, with 16 for its neuron and 14 for its turn; its"
        " place in the batch's log has 32 bits",
    ),
    help="at most {most} are possible",
)


def build(artifact: Artifact, out: Path | None) -> Build:
    """Write the text, and compile it if a build directory is made.

    Args:
        artifact: The files, by name.
        out: The build directory; None: a run needs the text alone, and gets it from the cache.

    Raises:
        UserError: SNN581 the kernels do not compile, SNN592 the directory is not writable.
    """
    text = artifact.files[KERNELS]
    folder = out or cache_folder() / "text" / hashlib.sha256(text.encode()).hexdigest()[:32]
    files: dict[str, bytes] = {name: body.encode() for name, body in artifact.files.items()}
    facts: dict[str, object] = {}
    missing: tuple[Diagnostic, ...] = ()
    if out is not None:
        files["normal.npy"] = _file(draw.normal_table())
        compiled, missing = _compiled(text)
        planned = json.loads(artifact.files[PLAN])
        facts = {name: planned[name] for name in FACTS}
        if compiled:
            files |= _machine_code(compiled)
            facts |= describe(compiled, planned["dynamic_bytes"])
        else:
            facts |= {"compiled": False, "why": [found.message for found in missing]}
    if out is not None or not _is(folder / KERNELS, files[KERNELS]):
        _write(folder, files)
    return Build(path=folder, facts=facts, warnings=missing)


def kernels_text(folder: Path) -> str:
    """The kernels of a build."""
    return (folder / KERNELS).read_text(encoding="utf-8")


def describe(compiled: Compiled, dynamic: int) -> dict[str, object]:
    """What the manifest says of the machine code: by arithmetic and audit, nothing was run.

    Args:
        compiled: The machine code.
        dynamic: Bytes of dynamic shared memory that a block asks for.
    """
    return {
        "compiled": True,
        "compiler": compiled.toolchain,
        "threads": THREADS,
        "audit": [str(finding) for finding in audit(compiled.ptx)],
        "kernels": {
            f"sm_{architecture}": {
                kernel: _needs(each, architecture, dynamic) for kernel, each in kernels.items()
            }
            for architecture, kernels in compiled.resources.items()
        },
    }


def _needs(resources: Resources, architecture: int, dynamic: int) -> dict[str, object]:
    """Of one kernel; a grid has `blocks` times the multiprocessors of the device."""
    held = occupancy(resources, THREADS, architecture, dynamic)
    blocks = min(RESIDENT, held.blocks)
    return {
        "registers": resources.registers,
        "spill_bytes": resources.spill_bytes,
        "stack_bytes": resources.stack_bytes,
        "shared_bytes": resources.shared_bytes + dynamic,
        "occupancy": held.share,  # of as many blocks as fit
        "blocks": blocks,  # of the grid, on each multiprocessor: all are there at once
    }


def check_sizes(schedule: Schedule) -> None:
    """SNN587 if a layer has more neurons or spikes than kernels can number."""
    wrong: list[Diagnostic] = []
    for layer in schedule.layers:
        sizes = Sizes(schedule, layer)
        log = schedule.room * (layer.max_spikes * sizes.lanes + sizes.epochs)
        limits = (
            ("neurons", layer.size, MOST_NEURONS),
            ("spikes", layer.max_spikes, MOST_SPIKES),
            ("spikes of a batch", log, MOST_LOGGED),
        )
        wrong += [
            TOO_LARGE.at(layer.span or place("cuda"), what=what, layer=layer.name, found=n, most=m)
            for what, n, m in limits
            if n > m
        ]
    if wrong:
        raise UserError(wrong)


def clear_cache() -> int:
    """Delete all that was compiled for the CPU, and texts; return how many there were."""
    return clear(cache_folder())


def _compiled(text: str) -> tuple[Compiled | None, tuple[Diagnostic, ...]]:
    """Machine code, or warnings why there is none: a missing or old compiler is no error here."""
    try:
        return compile_kernels(text), ()
    except UserError as error:
        if {found.code for found in error.diagnostics} <= {"SNN580", "SNN583"}:
            return None, tuple(
                replace(found, level=Level.WARNING, notes=(*found.notes, LEFT_OUT))
                for found in error.diagnostics
            )
        raise


def _is(path: Path, content: bytes) -> bool:
    """Whether a file is there and has just this content; a cache may have been damaged."""
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _machine_code(compiled: Compiled) -> Mapping[str, bytes]:
    cubins = {f"net.sm_{number}.cubin": code for number, code in compiled.cubins.items()}
    return {"net.ptx": compiled.ptx.encode(), **cubins}


def _file(array: NDArray[Any]) -> bytes:
    """An array as a .npy file."""
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    def make(work: Path) -> list[str]:
        for name, content in files.items():
            (work / name).write_bytes(content)
        return list(files)

    try:
        clear_way(folder, tuple(files))
        fill(folder, make)
    except OSError as error:
        raise UNWRITABLE.error(place(folder), reason=reason(error)) from error
