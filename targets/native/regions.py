"""Which phases run together in one parallel region: read off the plan.

A region runs over samples, or over blocks of neurons. A phase joins the earliest region of its
axis that lies behind everything it depends on; it may share a region with such a phase if what
passes between them stays within one sample, or within one block of the same layer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sfdfa_compiler.schedule import Axis, Phase, Schedule


@dataclass(slots=True)
class Region:
    """Phases that one parallel loop serves, in plan order."""

    axis: Axis  # SAMPLE or POST
    phases: list[Phase] = field(default_factory=list)

    @property
    def split(self) -> bool:
        """Whether a block's work may also be split by samples."""
        return self.axis is Axis.POST and all(Axis.SAMPLE in phase.free for phase in self.phases)

    def takes(self, phase: Phase, axis: Axis) -> bool:
        """Whether a phase along `axis` may join without taking the region's freedom to split."""
        return self.axis is axis and (Axis.SAMPLE in phase.free or not self.split)


def regions(schedule: Schedule, phases: tuple[Phase, ...]) -> list[Region]:
    """The regions of a walk over `phases`, in order."""
    found: list[Region] = []
    place: dict[int, int] = {}  # index of a phase -> its region
    for index, phase in enumerate(phases):
        axis = chosen_axis(schedule, phase)
        earliest = 0
        for before in range(index):
            shared = phases[before].passes_to(phase)
            if shared:
                apart = not _local(schedule, phases[before], phase, shared, axis)
                apart |= found[place[before]].axis is not axis
                earliest = max(earliest, place[before] + apart)
        while earliest < len(found) and not found[earliest].takes(phase, axis):
            earliest += 1
        if earliest == len(found):
            found.append(Region(axis))
        found[earliest].phases.append(phase)
        place[index] = earliest
    return found


def chosen_axis(schedule: Schedule, phase: Phase) -> Axis:
    """The free axis that this target makes parallel.

    Blocks of neurons where the plan allows it, but for what is cheap and fits a sample better:
    grades, which follow one sample's spikes, and the output layer's spikes and errors, whose few
    neurons would keep one thread busy.
    """
    of_output = schedule.layer(phase.layer).is_output and phase.kernel in ("forward", "project")
    by_sample = phase.kernel == "grade" or of_output
    return Axis.POST if Axis.POST in phase.free and not by_sample else Axis.SAMPLE


def _local(schedule: Schedule, before: Phase, after: Phase, shared: set[str], axis: Axis) -> bool:
    """Whether what passes through `shared` stays within one item of a region along `axis`."""
    if axis is Axis.SAMPLE:
        return all(Axis.SAMPLE in schedule.buffers[name].shape for name in shared)
    same = before.layer == after.layer
    return same and all(axis in schedule.buffers[name].shape for name in shared)
