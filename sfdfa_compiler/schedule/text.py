"""The stable text form of a plan (`--emit schedule`): where every number comes from.

Phases in their order, each with what it reads, calls and writes and what may run in any order; the
formulas that they call, each with its source; the buffers, with the most memory that they take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sfdfa_compiler.arith import Micro
from sfdfa_compiler.ir import Cosine, Decay, Fixed, Rate, Step
from sfdfa_compiler.schedule.bound import memory_bound
from sfdfa_compiler.schedule.formulas import formula
from sfdfa_compiler.schedule.nodes import Axis, Buffer, Clock, Life, Phase, Schedule

WIDTH = 100

SCALARS = {  # what `step_scalars` forms, in words
    "N": "N",
    "factor": "factor = tau / N",
    "c1": "c1 = 1 / (1 - beta1 ^ t)",
    "c2": "c2 = 1 / (1 - beta2 ^ t)",
}


def to_text(schedule: Schedule) -> str:
    """The lines of a whole plan."""
    return "".join(f"{line}".rstrip() + "\n" for line in _lines(schedule))


def _lines(schedule: Schedule) -> Iterator[str]:
    yield f"plan {schedule.name}, profile {schedule.profile}"
    yield f"  time: {_time(schedule)}"
    yield f"  batches of {schedule.batch}, {schedule.epochs} epochs, {_shards(schedule.shards)}"
    yield ""
    yield "forward: for every batch"
    yield from _phases(schedule.forward)
    if schedule.learn:
        yield ""
        yield "learn: behind it, when training; batch t has N samples"
        yield from _phases(schedule.learn, first=len(schedule.forward) + 1)
    yield ""
    yield "formulas: every operation is rounded once, fma(x, y, z) is x * y + z"
    for micro in _micros(schedule):
        yield from _formula(micro)
    yield ""
    room = f"with room for {schedule.room} samples"
    yield f"buffers: the most elements and bytes that they can ever hold, {room}"
    yield from _buffers(schedule.buffers)
    total, lasting = memory_bound(schedule), memory_bound(schedule, Life.RUN)
    yield f"  in all {total:,} bytes, {lasting:,} of them for the whole run"


def _time(schedule: Schedule) -> str:
    time = schedule.time
    if isinstance(time, Clock):
        return f"{time.steps} steps of {time.dt!r} s, latency {time.latency}"
    return (
        f"E = exp(t / tau), tau = {time.tau!r} s; the window ends at E = {time.E!r} "
        f"of epoch {time.epoch}"
    )


def _shards(count: int) -> str:
    return "1 accumulator of the gradient" if count == 1 else f"{count} accumulators"


def _phases(phases: Iterable[Phase], first: int = 1) -> Iterator[str]:
    for number, phase in enumerate(phases, first):
        yield f"  {number:2} {phase.kernel} {phase.layer}"
        for title, words in _facts(phase):
            yield from _wrapped(f"       {title:<9}", words)


def _facts(phase: Phase) -> Iterator[tuple[str, list[str]]]:
    """What there is to say of a phase, in a fixed order."""
    yield "reads", list(phase.reads)
    yield (
        "calls",
        [
            role if role == micro.name else f"{role}: {micro.name}"
            for role, micro in phase.micros.items()
        ],
    )
    yield "writes", list(phase.writes)
    yield "free", [axis.name.lower() for axis in Axis if axis in phase.free]
    yield "in order", [axis.name.lower() for axis in phase.ordered]
    yield "constants", [f"{name} = {value!r}" for name, value in phase.constants.items()]
    yield "by epoch", [f"{name} = {_rate(rate)}" for name, rate in phase.rates.items()]
    yield "by batch", [SCALARS[name] for name in phase.scalars if name not in phase.rates]


def _rate(rate: Rate) -> str:
    match rate:
        case Fixed(value):
            return repr(value)
        case Step(values, at):
            later = [f"{v!r} from epoch {e}" for v, e in zip(values[1:], at, strict=True)]
            return ", ".join([repr(values[0]), *later])
        case Decay(value, factor, every):
            return f"{value!r} * {factor!r} ^ (epoch // {every})"
        case Cosine(value):
            return f"{value!r} * (1 + cos(pi * epoch / epochs)) / 2"


def _micros(schedule: Schedule) -> Iterable[Micro]:
    """Every micro-function once, where it is called first."""
    called = [micro for phase in schedule.phases for micro in phase.micros.values()]
    return {micro.name: micro for micro in called}.values()


def _formula(micro: Micro) -> Iterator[str]:
    inputs = ", ".join(node.name for node in micro.inputs)
    yield f"  {micro.name}({inputs})  from {micro.source}"
    yield f"       # {micro.doc.splitlines()[0]}"
    for line in formula(micro):
        yield f"       {line}"


def _buffers(buffers: Mapping[str, Buffer]) -> Iterator[str]:
    width = max(len(name) for name in buffers)
    for buffer in buffers.values():
        axes = " ".join(axis.name.lower() for axis in buffer.shape)
        fields = " ".join(map(str, buffer.fields))
        yield (
            f"  {buffer.name:<{width}} {buffer.bound:>13,} {buffer.bytes:>14,}  "
            f"{buffer.life.name.lower():<5}  [{axes}] of {fields}"
        )


def _wrapped(head: str, words: list[str]) -> Iterator[str]:
    """`words` behind `head`, separated by commas, on as many lines as they need."""
    line = head
    for index, word in enumerate(words):
        part = word + ("," if index + 1 < len(words) else "")
        if len(line) + 1 + len(part) > WIDTH:
            yield line
            line = " " * len(head)
        line += f" {part}"
    if words:
        yield line
