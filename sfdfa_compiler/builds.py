"""Build directories: everything that a program needs to run, in plain files.

manifest.json   what it is: profile, formats, constants, buffers, limits
program.snn     the program; its overrides are in the manifest
weights.npz     the state that it starts from
README.md       how to use it
...             what the target generated and compiled
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import Artifact, Build, State, Target
from sfdfa_compiler.data import table_digests
from sfdfa_compiler.data.archive import npz
from sfdfa_compiler.diagnostics import Diagnostic, Rule, Source, UserError, place
from sfdfa_compiler.files import CANNOT_WRITE, fill, reason
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.machine import FIXED_BY_BUILD, Machine
from sfdfa_compiler.program import Built, Program
from sfdfa_compiler.schedule import Clock, Schedule
from sfdfa_compiler.schedule.bound import memory_bound
from sfdfa_compiler.schedule.certificate import certify
from sfdfa_compiler.training.weights import digest, from_files, weight_arrays
from sfdfa_compiler.version import __version__

MANIFEST = "manifest.json"
PROGRAM = "program.snn"
WEIGHTS = "weights.npz"
README = "README.md"
SCHEMA = 1
SEAL = "manifest_sha256"  # the last key: nobody has changed what stands before it

README_TEXT = """\
# {network}

A spiking neural network for target `{target}`, profile `{profile}`, built by sfdfac {version}.

Layers: {layers}.

- `manifest.json` has formats, constants, the most memory of every buffer, and the SHA-256 of all
  files.
- `program.snn` is the program, `weights.npz` the weights that it starts from: `LAYER/weight`
  [source neuron][neuron] and `LAYER/feedback` [neuron][class].

This directory can be copied to another machine. With sfdfac installed there:

    sfdfac test . --data DATA
    sfdfac train . --data DATA
"""

NO_BUILD = Rule(
    code="SNN530",
    message="this folder is not a build directory: {why}",
    help="give a .snn file, or a folder that `sfdfac build` made",
)
CHANGED = Rule(
    code="SNN531",
    message="`{file}` {why}",
    notes=("its manifest has the SHA-256 of every file that was built, and of itself",),
    help="build again: `sfdfac build FILE.snn -o {folder}`",
)
FOLDER_EXISTS = Rule(
    code="SNN536",
    message="there is something in this folder that is no build directory",
    notes=("only what `sfdfac build` made is replaced",),
    help="choose another folder with `-o`",
)


def write_build(
    folder: Path,
    program: Program,
    machine: Machine,
    schedule: Schedule,
    artifact: Artifact,
    state: State,
    seed: int,
) -> tuple[Diagnostic, ...]:
    """Make a build directory in one step; one that is there already is replaced.

    Returns:
        What the target warns of.

    Raises:
        UserError: SNN536 if something else is in the way, SNN521 if it cannot be written, and
            what the target says if it cannot compile.
    """
    if _in_the_way(folder):
        raise FOLDER_EXISTS.error(place(folder))
    target = machine.target
    weights = weight_arrays(schedule, state)
    files: dict[str, str | bytes] = {
        README: _readme(program, machine),
        **artifact.files,
        PROGRAM: (program.source.text or "").encode("utf-8", "surrogateescape"),
        WEIGHTS: npz(weights),
    }
    try:
        home = folder.resolve()  # what a symbolic link leads to
        if Path.cwd().is_relative_to(home):
            raise CANNOT_WRITE.error(place(folder), why="you are in it, and it would be replaced")
        new = home.with_name(f".{home.name}.{os.getpid()}")
        new.mkdir(parents=True)
        try:
            for name, content in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                fill(new / name, content.encode() if isinstance(content, str) else content)
            built = _compiled(target, artifact, new, folder)
            manifest = {
                "schema": SCHEMA,
                "sfdfac": __version__,
                "network": program.graph.name,
                "program": {
                    "source": Path(program.source.name).name,
                    "overrides": program.overrides,
                    "sha256": program.digest,
                    "values": _values(program),
                },
                "target": target.name,
                "profile": machine.profile,
                "seed": seed,
                "weights_sha256": digest(weights),
                "tables": _tables(program, schedule),
                **_describe(program.graph, schedule),
                "build": built.facts,
                "files": {name: _sha256(new / name) for name in _names(new)},
            }
            manifest[SEAL] = _seal(manifest)
            fill(new / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
            if home.exists():
                shutil.rmtree(home)
            new.rename(home)
            return built.warnings
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise CANNOT_WRITE.error(place(folder), why=reason(error)) from error


def _compiled(target: Target, artifact: Artifact, new: Path, folder: Path) -> Build:
    """Let the target build in `new`; what it says of that folder is said of the user's."""
    try:
        return target.build(artifact, new)
    except UserError as error:
        raise UserError(
            [
                dataclasses.replace(found, primary=place(folder))
                if found.primary.source.name.startswith(str(new))
                else found
                for found in error.diagnostics
            ]
        ) from error


def read_build(folder: Path, overrides: Sequence[str] = ()) -> Built:
    """Read a build directory and see that none of its files has changed.

    Raises:
        UserError: SNN530 if it is none, SNN531 for every file that is missing or has changed, the
            manifest among them, SNN532 if there are overrides: its code is written already.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["schema"] != SCHEMA:
            raise NO_BUILD.error(place(folder), why="another version of sfdfac made it")
        if manifest.pop(SEAL, None) != _seal(manifest):
            why = "has changed since it was built"
            raise CHANGED.error(place(folder), file=MANIFEST, why=why, folder=folder)
        changed = [
            CHANGED.at(place(folder), file=name, why=why, folder=folder)
            for name, sha256 in manifest["files"].items()
            if (why := _changed(folder / name, sha256))
        ]
        if changed:
            raise UserError(changed)
        if overrides:
            raise FIXED_BY_BUILD.error(place("--set"), option="--set")
        program = manifest["program"]
        text = (folder / PROGRAM).read_bytes().decode("utf-8-sig", "surrogateescape")
        return Built(
            folder=folder,
            source=Source(program["source"], text),
            overrides=tuple(program["overrides"]),
            target=manifest["target"],
            profile=manifest["profile"],
            seed=manifest["seed"],
            weights=folder / WEIGHTS,
            facts=manifest["build"],
        )
    except FileNotFoundError as error:
        raise NO_BUILD.error(place(folder), why=f"it has no {MANIFEST}") from error
    except OSError as error:
        raise NO_BUILD.error(place(folder), why=reason(error)) from error
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise NO_BUILD.error(place(folder), why=f"its {MANIFEST} is damaged") from error


def _describe(graph: Graph, schedule: Schedule) -> dict[str, Any]:
    """What the manifest says of a plan: formats, what is proved of them, constants, buffers."""
    time = dataclasses.asdict(schedule.time)
    proved = certify(graph, schedule) if isinstance(schedule.time, Clock) else ()
    return {
        "formats": {"weights": str(schedule.real), **time.pop("formats", {})},
        "certificate": [dataclasses.asdict(certificate) for certificate in proved],
        "time": time,
        "limits": {
            "batch": schedule.batch,
            "max_spikes": {layer.name: layer.max_spikes for layer in schedule.layers},
        },
        "constants": {
            f"{phase.layer}.{phase.kernel}": dict(phase.constants)
            for phase in schedule.phases
            if phase.constants
        },
        "buffers": {
            buffer.name: {
                "fields": [str(field) for field in buffer.fields],
                "elements": buffer.bound,
                "bytes": buffer.bytes,
                "life": buffer.life.name.lower(),
            }
            for buffer in schedule.buffers.values()
        },
        "memory_bound_bytes": memory_bound(schedule),
    }


def _readme(program: Program, machine: Machine) -> str:
    """For targets that do not bring a page of their own."""
    graph = program.graph
    layers = ", ".join(f"{layer.name} ({layer.size:,})" for layer in graph.layers)
    return README_TEXT.format(
        network=graph.name,
        version=__version__,
        layers=layers,
        target=machine.target.name,
        profile=machine.profile,
    )


def _values(program: Program) -> dict[str, str]:
    """SHA-256 of the files that the program takes weights from, by the path it has for them."""
    paths = [value.path for _, value, _ in from_files(program.graph)]
    return {path: _sha256(program.folder / path) for path in sorted(set(paths))}


def _tables(program: Program, schedule: Schedule) -> dict[str, str]:
    """SHA-256 of the encoders' tables, by input: equal bits begin with equal tables."""
    if isinstance(schedule.time, Clock):
        return {}
    real = dtype(schedule.real).type
    return table_digests(program.graph.inputs, tau=schedule.time.tau, dtype=real)


def _in_the_way(folder: Path) -> bool:
    """Whether something lies there that `sfdfac build` did not make."""
    if not folder.exists() or (folder / MANIFEST).is_file():
        return False
    return not folder.is_dir() or any(folder.iterdir())


def _names(folder: Path) -> list[str]:
    """All files in a folder, with `/` in their names, sorted."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def _changed(path: Path, sha256: str) -> str:
    if not path.is_file():
        return "is missing"
    return "" if _sha256(path) == sha256 else "has changed since it was built"


def _seal(manifest: dict[str, Any]) -> str:
    """SHA-256 of the manifest's content, in whatever layout it is written."""
    return hashlib.sha256(json.dumps(manifest).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
