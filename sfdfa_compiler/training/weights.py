"""Weights in files: `weights.npz`, arrays that a program takes from files, and their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen import State
from sfdfa_compiler.data.archive import read_npz
from sfdfa_compiler.diagnostics import Diagnostic, Label, Span, UserError, place
from sfdfa_compiler.files import reason
from sfdfa_compiler.ir import FromFile, Graph, Projection
from sfdfa_compiler.schedule import Clock, LayerPlan, Schedule
from sfdfa_compiler.training.rules import (
    MISSING_WEIGHTS,
    UNREADABLE_WEIGHTS,
    WRONG_NUMBERS,
    WRONG_SHAPE,
)

Array = NDArray[Any]
Shape = tuple[int, ...]


def in_file_order(schedule: Schedule) -> tuple[LayerPlan, ...]:
    """The layers as the file has them; the plan has them in the order of execution."""
    return tuple(sorted(schedule.layers, key=lambda layer: layer.index))


def weight_arrays(schedule: Schedule, state: State) -> dict[str, Array]:
    """What `weights.npz` holds: `LAYER/weight` of all layers, then `LAYER/feedback`."""
    layers = in_file_order(schedule)
    arrays = {f"{layer.name}/weight": state.weights[layer.name] for layer in layers}
    for layer in layers:
        if layer.name in state.feedback:
            arrays[f"{layer.name}/feedback"] = state.feedback[layer.name]
    return arrays


def digest(arrays: Mapping[str, Array]) -> str:
    """SHA-256 of the little-endian bytes of the arrays, one after the other."""
    sha256 = hashlib.sha256()
    for array in arrays.values():
        sha256.update(little_endian(array))
    return sha256.hexdigest()


def little_endian(array: Array) -> bytes:
    """The bytes of an array in C order, on every machine the same."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def load_weights(path: Path, schedule: Schedule, state: State) -> State:
    """`state` with the weights, and the feedback if it is there, of an `.npz` file.

    In a clock profile they stay as they are: the session rounds real numbers to its own. A plan
    that does not learn has no use for feedback, and leaves it aside.

    Raises:
        UserError: SNN526 to SNN529, with everything that is wrong with the file.
    """
    arrays = _read(path, place(path))
    needed = weight_arrays(schedule, state)
    wanted = None if isinstance(schedule.time, Clock) else dtype(schedule.real)
    found: list[Diagnostic] = []
    for key, array in needed.items():
        if key in arrays:
            found += _wrong(arrays[key], array.shape, wanted, place(path), key=key)
        elif key.endswith("/weight"):
            found.append(MISSING_WEIGHTS.at(place(path), key=key, present=_listed(arrays)))
    unused = set() if schedule.learn else {f"{layer.name}/feedback" for layer in schedule.layers}
    for key in arrays.keys() - needed.keys() - unused:
        why, help_ = "belongs to nothing in the program", f"it has {_listed(needed)}"
        found.append(WRONG_NUMBERS.at(place(path), key=key, why=why, help=help_))
    if found:
        raise UserError(found)
    state = state.copy()
    for key in needed.keys() & arrays.keys():
        layer, kind = key.split("/")
        array = arrays[key] if wanted is None else arrays[key].astype(wanted)
        (state.weights if kind == "weight" else state.feedback)[layer] = array
    return state


def read_values(graph: Graph, schedule: Schedule, folder: Path) -> dict[FromFile, Array]:
    """The arrays that a program names: `weight = file("weights.npz", "hidden/weight")`.

    Args:
        graph: The program.
        schedule: Its plan, for the format of the numbers.
        folder: Where the program lies: paths are relative to it.

    Raises:
        UserError: SNN526 to SNN529, at the place where the program names the file.
    """
    wanted = None if isinstance(schedule.time, Clock) else dtype(schedule.real)
    values: dict[FromFile, Array] = {}
    found: list[Diagnostic] = []
    for projection, value, shape in from_files(graph):
        where = projection.spans.get("weight") or place(graph.name)
        path = folder / value.path
        try:
            arrays = _read(path, where, label=str(path))
        except UserError as error:
            found += error.diagnostics
            continue
        if value.key not in arrays:
            found.append(
                MISSING_WEIGHTS.at(
                    where,
                    key=value.key,
                    present=_listed(arrays),
                    related=[Label(place(path), "the file")],
                )
            )
            continue
        array = arrays[value.key]
        wrong = _wrong(array, shape, wanted, where, key=value.key, file=path)
        found += wrong
        if not wrong:
            values[value] = array
    if found:
        raise UserError(found)
    return values


def blank_values(graph: Graph) -> dict[FromFile, Array]:
    """Zeros in place of those arrays, for a state that is loaded from elsewhere."""
    return {value: np.zeros(shape, np.float32) for _, value, shape in from_files(graph)}


def from_files(graph: Graph) -> Iterator[tuple[Projection, FromFile, Shape]]:
    """Projections whose weights are in a file, with that file and the shape needed."""
    for projection in graph.projections:
        if isinstance(projection.weight, FromFile):
            shape = graph.population(projection.source).size, graph.layer(projection.target).size
            yield projection, projection.weight, shape


def _read(path: Path, where: Span, label: str = "") -> dict[str, Array]:
    """The arrays of a file; `where` is the place to complain about."""
    related = [Label(place(label), "the file")] if label else []
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UNREADABLE_WEIGHTS.error(where, why=reason(error), related=related) from error
    try:
        return read_npz(content)
    except ValueError as error:
        raise UNREADABLE_WEIGHTS.error(where, why=error, related=related) from error


def _wrong(
    array: Array,
    shape: Shape,
    wanted: np.dtype[Any] | None,
    where: Span,
    *,
    key: str,
    file: object = None,
) -> list[Diagnostic]:
    """What is wrong with an array of weights; nothing if it can be used without a loss."""
    related = [Label(place(file), "the file")] if file else []
    if array.shape != shape:
        found, needed = _written(array.shape), _written(shape)
        return [WRONG_SHAPE.at(where, key=key, found=found, needed=needed, related=related)]
    fits = wanted is None or np.can_cast(array.dtype, wanted)
    if array.dtype.kind not in "fiu" or not fits:
        kept = f"{wanted or 'a clock profile'} cannot keep them"
        why = f"holds {array.dtype} numbers, and {kept}"
        help_ = f"store them as {wanted or 'float32'}"
        return [WRONG_NUMBERS.at(where, key=key, why=why, help=help_, related=related)]
    if not np.isfinite(array).all():
        index = np.argwhere(~np.isfinite(array))[0].tolist()
        why = f"is {array[tuple(index)]} at [{', '.join(map(str, index))}]: weights are finite"
        return [WRONG_NUMBERS.at(where, key=key, why=why, related=related)]
    return []


def _written(shape: Shape) -> str:
    return "[" + ", ".join(f"{length:,}" for length in shape) + "]"


def _listed(arrays: Mapping[str, object]) -> str:
    names = [f"`{key}`" for key in sorted(arrays)]
    if len(names) > 8:
        names = [*names[:8], f"and {len(names) - 8} more"]
    return ", ".join(names) or "no arrays at all"
