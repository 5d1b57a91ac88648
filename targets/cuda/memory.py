"""How much of a device's memory a run takes: arithmetic, before anything is allocated."""

from __future__ import annotations

from dataclasses import replace

from sfdfa_compiler.diagnostics import Diagnostic, Level, Rule, place
from sfdfa_compiler.schedule import AT_ONCE, Schedule
from sfdfa_compiler.targets.cuda import layout
from sfdfa_compiler.targets.cuda.buffers import Sizes
from sfdfa_compiler.targets.cuda.devices import Device

TABLES = 1 << 20  # structures, quantiles of the normal distribution, rounding of allocations
MIB = 1 << 20

NO_MEMORY = Rule(
    code="SNN586",
    message="this network needs {needed} MiB on the GPU, and {free} MiB are free there",
    notes=("{detail}",),
    help="{advice}",
)
STREAMED = Rule(
    code="SNN589",
    level=Level.WARNING,
    message="the data set needs {needed} MiB on `{device}`, and {free} MiB are free there",
    notes=("it is brought there in pieces of {samples} samples: slower, with the same results",),
    help="fewer samples (`--samples`) or a smaller network would let it stay there as a whole",
)


def network_bytes(schedule: Schedule, *, shared: bool = False) -> int:
    """What the buffers of all layers take, and the tables beside them."""
    return TABLES + sum(Sizes(schedule, plan, shared=shared).bytes for plan in schedule.layers)


def sample_bytes(schedule: Schedule) -> float:
    """What a sample takes besides its events: place, number, label, answer, share of a batch."""
    step = layout.STEP_RECORD.itemsize * len(schedule.layers) / schedule.batch
    return 8 + 8 + 8 + 8 + 4 * schedule.classes + step


def check_memory(schedule: Schedule, device: Device, *, shared: bool = False) -> None:
    """SNN586 if a network does not fit: before it is allocated, with the batch that would."""
    free = device.free
    needed = network_bytes(schedule, shared=shared)
    if free is None or needed <= free:
        return
    lasting = network_bytes(replace(schedule, room=0), shared=shared)
    each = max(1, (needed - lasting) // schedule.room)
    fitting = (free - lasting) // each
    advice = "make its layers smaller, or lower their `max_spikes`"
    if AT_ONCE <= fitting < schedule.batch:
        advice = f"`--set learner.batch={fitting}` fits"
    raise NO_MEMORY.error(
        place(device.name),
        needed=-(-needed // MIB),
        free=free // MIB,
        detail=f"of these, {(needed - lasting) // MIB} MiB are for {schedule.room} samples at once",
        advice=advice,
    )


def no_room_for_data(device: Device, needed: int, free: int, samples: int) -> Exception:
    """SNN586: beside the network there is no room for the events of a single batch."""
    return NO_MEMORY.error(
        place(device.name),
        needed=-(-needed // MIB),
        free=free // MIB,
        detail=f"that is for the events of {samples} samples, one batch; the network is there",
        advice="take a smaller batch or network, or free memory that others use (`nvidia-smi`)",
    )


def streamed(device: Device, needed: int, free: int, samples: int) -> Diagnostic:
    """SNN589: a data set that is brought to the device in pieces."""
    return STREAMED.at(
        place(device.name),
        device=device.name,
        needed=-(-needed // MIB),
        free=free // MIB,
        samples=samples,
    )
