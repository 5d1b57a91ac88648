"""How much memory a plan can take: known before anything runs."""

from __future__ import annotations

from sfdfa_compiler.schedule.nodes import Life, Schedule


def memory_bound(schedule: Schedule, life: Life | None = None) -> int:
    """The most bytes that the plan's buffers take together, or those of one lifetime."""
    buffers = schedule.buffers.values()
    return sum(buffer.bytes for buffer in buffers if life in (None, buffer.life))


def sharing_bound(schedule: Schedule) -> int:
    """What sharing batches with other processes takes besides: an accumulator for each shard."""
    weights = [
        schedule.buffers[f"{layer.name}.weight"] for layer in schedule.layers if layer.learns
    ]
    return schedule.shards * sum(buffer.bytes for buffer in weights)
