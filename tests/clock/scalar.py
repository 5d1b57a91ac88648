"""A step of the clock profile as its page has it, one neuron after the other, in Python's integers.

A second reading of docs/clock.md, section 4: it shares formats and constants with the compiler, but
neither micro-functions nor plan. Slow.
"""

# ruff: noqa: E741, SIM300 - V and I are the symbols of the page

from __future__ import annotations

from sfdfa_compiler.arith.clock import ClockFormats
from sfdfa_compiler.schedule import Clock, Schedule


def rnd(x: int, s: int, rounding: str) -> int:
    if s <= 0:
        return x * 2**-s
    if rounding == "zero":
        return -((-x) >> s) if x < 0 else x >> s
    return (x + 2 ** (s - 1)) >> s


def wide(x: int, formats: ClockFormats) -> int:
    bits = formats.potential.format.width
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    if formats.potential.overflow == "saturate":
        return min(max(x, low), high)
    if not low <= x <= high:
        raise OverflowError(x)
    return x


def run(schedule: Schedule, weights: dict, heard: dict) -> dict:
    """All spikes of one sample.

    Args:
        schedule: The plan, for constants and sizes.
        weights: By layer, [pre][post], lists of numbers of the profile.
        heard: By input, a list of (step, neuron), one element an arrival.

    Returns:
        By layer, the list of (step, neuron), sorted.
    """
    clock, sent = schedule.clock, dict(heard)
    for phase in schedule.forward:
        plan = schedule.layer(phase.layer)
        delay = 0 if plan.source_is_input else clock.latency
        arrivals: list[list[int]] = [[] for _ in range(clock.steps)]
        for step, neuron in sorted(sent[plan.source]):
            if step + delay < clock.steps:
                arrivals[step + delay].append(neuron)
        neurons = [
            spikes_of(i, arrivals, weights[plan.name], phase.constants, plan, clock)
            for i in range(plan.size)
        ]
        sent[plan.name] = sorted(spike for spikes in neurons for spike in spikes)
    return {phase.layer: sent[phase.layer] for phase in schedule.forward}


def spikes_of(i, arrivals, weight, constants, plan, clock: Clock) -> list[tuple[int, int]]:
    """Spikes of neuron i."""
    formats = clock.formats
    if formats.weight.format.kind == "float":
        return real_neuron(i, arrivals, weight, constants, plan)
    FV, FW = formats.potential.format.fraction, formats.weight.format.fraction
    FD, theta, most = formats.decay.format.fraction, constants["theta"], plan.max_spikes
    V = I = n = 0
    spikes = []
    for step, heard in enumerate(arrivals):
        V = rnd(V * constants["left_mem"], FD, formats.rounding)
        I = rnd(I * constants["left_syn"], FD, formats.rounding)
        A = sum(weight[j][i] for j in heard)
        V = wide(V + A * 2 ** (FV - FW), formats)
        I = wide(I + A * 2 ** (FV - FW), formats)
        if V - I >= theta and n < most:
            V = V - theta
            n = n + 1
            spikes.append((step, i))
    return spikes


def real_neuron(i, arrivals, weight, constants, plan) -> list[tuple[int, int]]:
    """The same in float64."""
    theta, most = constants["theta"], plan.max_spikes
    V = I = 0.0
    spikes = []
    for step, heard in enumerate(arrivals):
        V = V * constants["left_mem"]
        I = I * constants["left_syn"]
        A = 0.0
        for j in heard:
            A = A + weight[j][i]
        V = V + A
        I = I + A
        if V - I >= theta and len(spikes) < most:
            V = V - theta
            spikes.append((step, i))
    return spikes
