"""A comparison in words: `identical: ...`, or the first divergence with both values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sfdfa_compiler.diff.difference import pattern, ulps
from sfdfa_compiler.diff.sessions import Agreement, Divergence
from sfdfa_compiler.schedule import Clock, Window
from sfdfa_compiler.training.folder import seconds


def in_words(names: tuple[str, str], found: Agreement, time: Window | Clock) -> str:
    """The lines of a report.

    Args:
        names: The two targets.
        found: What came out.
        time: How the profile counts time.
    """
    if found.divergence is None:
        return f"identical: {_counted(found)}\n"
    return "".join(f"{line}\n" for line in _lines(names, found, found.divergence, time))


def as_record(names: tuple[str, str], found: Agreement) -> dict[str, Any]:
    """The same for programs: plain values, as JSON has them."""
    record: dict[str, Any] = {
        "targets": list(names),
        "identical": found.divergence is None,
        "samples": found.samples,
        "training_batches": found.batches,
        "spikes": found.spikes,
        "weights": found.weights,
    }
    if found.divergence:
        divergence = found.divergence
        record["divergence"] = {
            "phase": divergence.phase,
            "batch": divergence.batch,
            "stage": divergence.stage,
            "layer": divergence.layer,
            "what": divergence.difference.what,
            "where": {
                axis: divergence.sample if axis == "sample" else index
                for axis, index in divergence.difference.where.items()
            },
            "values": [
                None if value is None else number(value) for value in divergence.difference.values
            ],
        }
    return record


def _counted(found: Agreement) -> str:
    parts = [_number(found.samples, "sample")]
    if found.batches:
        parts.append(_number(found.batches, "training batch", "es"))
    parts.append(_number(found.spikes, "spike"))
    if found.weights:
        parts.append(_number(found.weights, "weight"))
    return ", ".join(parts)


def _number(count: int, what: str, plural: str = "s") -> str:
    return f"{count:,} {what}{plural if count != 1 else ''}"


def _lines(
    names: tuple[str, str], found: Agreement, divergence: Divergence, time: Window | Clock
) -> Iterator[str]:
    layer = f" of `{divergence.layer}`" if divergence.layer else ""
    yield f"first divergence: {divergence.stage}{layer}"
    yield f"  {', '.join(_place(divergence))}"
    width = max(map(len, names))
    shown = [_shown(divergence, side, time) for side in range(2)]
    for name, text in zip(names, shown, strict=True):
        yield f"  {name:<{width}}  {text}"
    if distance := _distance(divergence):
        yield f"  {distance}"
    yield f"  before it, identical: {_counted(found)}"


def _place(divergence: Divergence) -> Iterator[str]:
    yield divergence.phase
    yield f"batch {divergence.batch}"
    for axis, index in divergence.difference.where.items():
        yield f"{axis} {divergence.sample if axis == 'sample' else index}"


def _shown(divergence: Divergence, side: int, time: Window | Clock) -> str:
    """One of the two values, for people and in hexadecimal digits."""
    difference = divergence.difference
    value, spike = difference.values[side], difference.spikes[side]
    if value is None:
        return "no such spike" if divergence.stage == "spikes" else "nothing"
    if spike is not None:
        text = ", ".join(f"{name} = {number(spike[name])}" for name in spike.dtype.names)
        return f"{text}, t = {_milliseconds(spike, time)} ms"
    return number(value)


def number(value: Any) -> str:  # noqa: ANN401 - whatever a stage holds
    """A number so that it can be read back, floating point also by its bits."""
    if isinstance(value, np.floating):
        digits = 2 * value.dtype.itemsize
        return f"{value!s} (0x{pattern(value):0{digits}x})"
    return str(value)


def _milliseconds(spike: Any, time: Window | Clock) -> str:  # noqa: ANN401 - a NumPy record
    names = spike.dtype.names
    if isinstance(time, Clock):
        at = float(spike["step"]) * time.dt
    else:
        at = float(seconds(spike["E"], int(spike["epoch"]) if "epoch" in names else 0, time))
    return f"{1e3 * at:.6g}"


def _distance(divergence: Divergence) -> str:
    """How far apart the values are, where that can be said."""
    one, other = divergence.difference.values
    if isinstance(one, np.floating) and isinstance(other, np.floating):
        return f"{ulps(one, other):,} ULP apart"
    if isinstance(one, np.integer) and isinstance(other, np.integer):
        return f"{abs(int(one) - int(other)):,} apart"
    return ""
