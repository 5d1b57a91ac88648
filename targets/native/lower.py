"""The plan -> what the templates say: which kernels, which regions, which micro-functions."""

from __future__ import annotations

from dataclasses import dataclass

from sfdfa_compiler.arith import Micro
from sfdfa_compiler.arith import event as formulas
from sfdfa_compiler.codegen.c_printer import c_literal, c_type, print_micro
from sfdfa_compiler.codegen.structures import declarations
from sfdfa_compiler.schedule import BLOCK, Axis, Phase, Schedule
from sfdfa_compiler.schedule.sharing import parts
from sfdfa_compiler.targets.native import layout
from sfdfa_compiler.targets.native.regions import Region, regions

WIDTHS = (64, 32, 16)  # lanes of a block of neurons; each multiple of 16, so rows stay aligned


@dataclass(frozen=True, slots=True)
class Call:
    """One kernel call in a region."""

    kernel: str
    layer: int
    whole: bool  # whether it needs all samples of the batch, also those of other processes


@dataclass(frozen=True, slots=True)
class RegionContext:
    """One parallel region, as the template prints it."""

    by_sample: bool
    split: bool
    calls: tuple[Call, ...]

    @property
    def by_layer(self) -> tuple[tuple[int, tuple[Call, ...]], ...]:
        """Calls by layer, layers in order of their first call."""
        layers = dict.fromkeys(call.layer for call in self.calls)
        return tuple(
            (layer, tuple(call for call in self.calls if call.layer == layer)) for layer in layers
        )


@dataclass(frozen=True, slots=True)
class Walk:
    """A list of regions behind one entry point."""

    name: str
    regions: tuple[RegionContext, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the templates see."""

    name: str
    real: str
    radix: str
    widths: tuple[int, ...]
    block: int
    long: bool
    backward: bool
    m: dict[str, str]  # role -> name of the micro-function
    functions: tuple[str, ...]  # their C text
    fields: dict[str, list[str]]
    kernels: tuple[str, ...]
    by_sample: frozenset[str]
    by_block: bool  # whether any region runs over blocks of some samples
    split: bool  # whether any of them also splits the samples
    walks: tuple[Walk, ...]
    layers: tuple[str, ...]


def lower(schedule: Schedule) -> Context:
    """The context of all templates for a schedule of an event profile."""
    number = {layer.name: index for index, layer in enumerate(schedule.layers)}
    micros: dict[str, Micro] = {
        role: micro for phase in schedule.phases for role, micro in phase.micros.items()
    }
    unique = {micro.name: micro for micro in micros.values()}
    walks = [_walk("forward", schedule, schedule.forward, number)]
    if schedule.learn:
        walks.append(_walk("learn", schedule, schedule.phases, number))
        walks += [_walk(name, schedule, part, number) for name, part in parts(schedule).items()]
    all_regions = [region for walk in walks for region in walk.regions]
    calls = {call for region in all_regions for call in region.calls}
    by_sample = {
        call.kernel for region in all_regions if region.by_sample for call in region.calls
    } - {"forward"}
    return Context(
        name=schedule.name,
        real=c_type(schedule.real),
        radix=c_literal(formulas.RADIX, schedule.real),
        widths=WIDTHS,
        block=BLOCK,
        long=schedule.window.epoch > 0,
        backward=any(phase.kernel == "hand_down" for phase in schedule.learn),
        m={role: micro.name for role, micro in micros.items()},
        functions=tuple(print_micro(unique[name]) for name in sorted(unique)),
        fields={
            "source": declarations(layout.SOURCE),
            "worker": declarations(layout.WORKER),
            "layer": declarations(layout.LAYER)
            + [f"real {name}" for name in constant_names(schedule)],
            "net": declarations(layout.NET),
        },
        kernels=tuple(sorted({call.kernel for call in calls} | {"forward", "tally"})),
        by_sample=frozenset(by_sample),
        by_block=any(
            not region.by_sample and not call.whole
            for region in all_regions
            for call in region.calls
        ),
        split=any(region.split for region in all_regions),
        walks=tuple(walks),
        layers=tuple(layer.name for layer in schedule.layers),
    )


def constant_names(schedule: Schedule) -> tuple[str, ...]:
    """Constants and scalars of all phases: members of a layer's structure, sorted."""
    return tuple(
        sorted({name for phase in schedule.phases for name in (*phase.constants, *phase.scalars)})
    )


def _walk(name: str, schedule: Schedule, phases: tuple[Phase, ...], number: dict[str, int]) -> Walk:
    return Walk(name, tuple(_region(region, number) for region in regions(schedule, phases)))


def _region(region: Region, number: dict[str, int]) -> RegionContext:
    calls = []
    by_sample = region.axis is Axis.SAMPLE
    for phase in region.phases:
        kernel: str = "output_error" if "output_error" in phase.micros else phase.kernel
        if kernel == "forward" and by_sample:
            kernel = "forward_sample"
        calls.append(Call(kernel, number[phase.layer], Axis.SAMPLE not in phase.free))
    return RegionContext(by_sample, region.split, tuple(calls))
