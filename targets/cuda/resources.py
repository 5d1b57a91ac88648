"""What a kernel needs of a multiprocessor, and how many of its blocks fit on one."""

from __future__ import annotations

import re
from dataclasses import dataclass

LANES = 32  # threads of a warp
REGISTERS = 65536  # of a multiprocessor, 32 bits each
REGISTER_UNIT = 256  # a warp's registers come in multiples of it
PARTITIONS = 4  # of a multiprocessor; each holds whole warps


@dataclass(frozen=True, slots=True)
class Resources:
    """Of one kernel on one architecture, as the assembler reports them."""

    registers: int  # of a thread
    shared_bytes: int  # of a block, static
    stack_bytes: int  # of a thread: local memory
    spill_bytes: int  # stores and loads of registers that did not fit


@dataclass(frozen=True, slots=True)
class Multiprocessor:
    """Limits of one multiprocessor.

    Source: NVIDIA, CUDA C++ Programming Guide, technical specifications per compute capability.
    """

    warps: int
    blocks: int
    shared_bytes: int
    most_shared_bytes: int  # of one block, when it asks for more than 48 KiB
    reserved_bytes: int  # of every block, by the system
    shared_unit: int


KIB = 1024
MULTIPROCESSORS = {
    75: Multiprocessor(32, 16, 64 * KIB, 64 * KIB, 0, 256),
    80: Multiprocessor(64, 32, 164 * KIB, 163 * KIB, KIB, 128),
    90: Multiprocessor(64, 32, 228 * KIB, 227 * KIB, KIB, 128),
    100: Multiprocessor(64, 32, 228 * KIB, 227 * KIB, KIB, 128),
    120: Multiprocessor(48, 24, 100 * KIB, 99 * KIB, KIB, 128),
}


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How full a multiprocessor can get, by arithmetic: nothing was run."""

    blocks: int  # at once; 0: such a block does not fit at all
    warps: int
    share: float  # of the warps that it could hold
    limit: str  # what there is not more of: "warps", "blocks", "registers" or "shared memory"


def occupancy(
    resources: Resources, threads: int, architecture: int, dynamic_bytes: int = 0
) -> Occupancy:
    """Theoretical occupancy of a launch.

    Args:
        resources: Of the kernel, on that architecture.
        threads: Of a block.
        architecture: One of `MULTIPROCESSORS`.
        dynamic_bytes: Dynamic shared memory of a block.
    """
    device = MULTIPROCESSORS[architecture]
    warps = -(-threads // LANES)
    per_warp = _multiple(resources.registers * LANES, REGISTER_UNIT)
    fitting = REGISTERS // PARTITIONS // max(1, per_warp) * PARTITIONS
    asked = resources.shared_bytes + dynamic_bytes
    shared = _multiple(asked + device.reserved_bytes, device.shared_unit)
    blocks = {
        "warps": device.warps // warps,
        "blocks": device.blocks,
        "registers": fitting // warps,
        "shared memory": device.shared_bytes // shared if shared else device.blocks,
    }
    if asked > device.most_shared_bytes:
        blocks["shared memory"] = 0
    limit = min(blocks, key=lambda name: blocks[name])
    most = blocks[limit]
    return Occupancy(most, most * warps, most * warps / device.warps, limit)


def _multiple(number: int, unit: int) -> int:
    return -(-number // unit) * unit


_ENTRY = re.compile(r"Compiling entry function '(\w+)'")
_MEMORY = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_USED = re.compile(r"Used (\d+) registers(.*)")
_SHARED = re.compile(r"(\d+) bytes smem")


def parse_report(words: str) -> dict[str, Resources]:
    """What `ptxas -v` says of every kernel, in the order of their names."""
    found = {}
    kernel, stack, spills = "", 0, 0
    for line in words.splitlines():
        if entry := _ENTRY.search(line):
            kernel, stack, spills = entry[1], 0, 0
        elif memory := _MEMORY.search(line):
            stack, spills = int(memory[1]), int(memory[2]) + int(memory[3])
        elif (used := _USED.search(line)) and kernel:
            shared = _SHARED.search(used[2])
            shared_bytes = int(shared[1]) if shared else 0
            found[kernel] = Resources(int(used[1]), shared_bytes, stack, spills)
    return dict(sorted(found.items()))
