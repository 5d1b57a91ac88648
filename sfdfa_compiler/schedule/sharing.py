"""A training batch that several processes share: what each does, and what all must know."""

from __future__ import annotations

from sfdfa_compiler.schedule.nodes import Axis, Phase, Schedule


def parts(schedule: Schedule) -> dict[str, tuple[Phase, ...]]:
    """A training batch in three walks; between them processes exchange what each has found."""
    sense = tuple(p for p in schedule.phases if p in schedule.forward or p.kernel == "grade")
    adapt = tuple(p for p in schedule.learn if p.kernel == "update")
    judge = tuple(p for p in schedule.phases if p not in sense and p not in adapt)
    return {"sense": sense, "judge": judge, "adapt": adapt}


def asked_of_all(schedule: Schedule) -> list[str]:
    """Buffers of which a phase reads every sample of the batch, and the counts that are results."""
    names = {f"{layer.name}.counts" for layer in schedule.layers}
    for phase in schedule.learn:
        if Axis.SAMPLE not in phase.free and phase.kernel != "reverse":  # that one has its shards
            names |= {name for name in phase.reads if Axis.SAMPLE in schedule.buffers[name].shape}
    return sorted(names)
