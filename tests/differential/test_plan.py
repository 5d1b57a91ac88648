"""The plan is what runs: nothing without its phases, and nothing in parallel that is not free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from jinja2 import UndefinedError

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Device, Trace, find_target, target_entries
from sfdfa_compiler.data.events import Events
from sfdfa_compiler.schedule import Axis, Buffer, Life, Phase, Schedule
from sfdfa_compiler.targets.native import TARGET as NATIVE
from sfdfa_compiler.targets.native.build import build
from sfdfa_compiler.targets.native.regions import Region, regions
from tests.helpers import courses, nets

TARGETS = [
    name for name in target_entries() if "event32" in find_target(name).capabilities.profiles
]
PENALTY = ir.RatePenalty(strength=0.3, target=1.5)
SEED = 1
PROGRAMS = {
    learner: nets.random_program(SEED, hidden=1, learner=learner, penalty=PENALTY)
    for learner in ("sfdfa", "bp")
}
CASES = [
    pytest.param(learner, index, id=f"{learner}-{phase.kernel}-{phase.layer}")
    for learner, net in PROGRAMS.items()
    for index, phase in enumerate(net.schedule.phases)
]
DEEP = [
    nets.random_program(SEED, hidden=hidden, learner=learner, **options)
    for learner in ("sfdfa", "dfa", "bp")
    for hidden, options in [
        (1, {"penalty": None}),
        (3, {"penalty": PENALTY, "window": 7.0}),
        (2, {"penalty": PENALTY, "frozen": (1,)}),
    ]
]

# ---------------------------------------------------------------- a phase less


def without(schedule: Schedule, index: int) -> Schedule:
    """The plan without one of its phases."""
    kept = [phase for number, phase in enumerate(schedule.phases) if number != index]
    forward = tuple(phase for phase in kept if phase in schedule.forward)
    return replace(
        schedule, forward=forward, learn=tuple(phase for phase in kept if phase not in forward)
    )


def open_session(target: str, net: nets.Program, schedule: Schedule):
    """A session of a plan that need not be complete."""
    if target == "native":
        built = build(NATIVE.emit(schedule, courses.ORIGIN), None, ("-O0",))  # to compile quickly
        return NATIVE.open(built, schedule, net.state(), Device(threads=2), net.seed)
    return courses.target(target)(net.graph, schedule, net.state(), net.seed)


def results(target: str, net: nets.Program, schedule: Schedule) -> list | str:
    """Every stage of two batches and the state behind them as bytes; or why there is none."""
    found: list[object] = []
    try:
        session = open_session(target, net, schedule)
        for batch, place in nets.batches(SEED, net, nets.random_events(SEED, net, 8)):
            trace = Trace()
            session.learn(batch, place, trace)
            found += [(stage.name, stage.layer, *arrays(stage.value)) for stage in trace]
    except (KeyError, UndefinedError) as error:  # a buffer or a formula that no phase mentions
        return f"{type(error).__name__}: {error}"
    state = session.state()
    for kept in (state.weights, state.feedback, state.m, state.v):
        found += [(name, *arrays(array)) for name, array in kept.items()]
    session.close()
    return found


def arrays(value: np.ndarray | Events) -> list[bytes]:
    if isinstance(value, Events):
        return [value.offsets.tobytes(), value.E.tobytes(), value.neuron.tobytes()]
    return [value.tobytes()]


@cache
def whole(learner: str) -> list | str:
    net = PROGRAMS[learner]
    found = results("reference", net, net.schedule)
    assert not isinstance(found, str)
    for target in TARGETS:
        assert results(target, net, net.schedule) == found
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("learner", "index"), CASES)
def test_without_a_phase_every_target_changes(learner, index):
    net = PROGRAMS[learner]
    schedule = without(net.schedule, index)
    got = [results(target, net, schedule) for target in TARGETS]
    for found in got:
        assert found != whole(learner)
    # Native code's `update` also clears the memory that the next `reverse` adds to.
    if net.schedule.phases[index].kernel != "update":
        ran = [found for found in got if not isinstance(found, str)]
        assert all(found == ran[0] for found in ran)


@pytest.mark.parametrize("learner", ["dfa", "bp"])
def test_a_network_without_a_hidden_layer(learner):
    """Its plan has nothing to split by blocks and samples."""
    net = nets.random_program(SEED, sizes=(6, 5), learner=learner, penalty=None)
    assert all(not region.split for walk in walks(net) for region in regions(net.schedule, walk))
    found = [results(target, net, net.schedule) for target in TARGETS]
    assert all(each == found[0] for each in found)
    assert not isinstance(found[0], str)


def test_the_programs_have_every_kernel():
    kernels = {phase.kernel for net in PROGRAMS.values() for phase in net.schedule.phases}
    assert kernels == {
        "hear", "forward", "sort", "grade", "feedback", "penalty", "project", "hand_down",
        "reverse", "update",
    }  # fmt: skip


@pytest.mark.parametrize("net", DEEP, ids=lambda net: net.graph.learner.name)
def test_whatever_a_phase_reads_is_there(net):
    """It was written by a phase before, lasts for the whole run, or is what an input sends."""
    there = {name for name, buffer in net.schedule.buffers.items() if buffer.life is Life.RUN}
    there |= {f"{source.name}.events" for source in net.graph.inputs}
    for phase in net.schedule.phases:
        assert set(phase.reads) <= there, (phase.kernel, phase.layer)
        there |= set(phase.writes)
        assert there <= set(net.schedule.buffers)


# ---------------------------------------------------------------- what may run in parallel


def depends(before: Phase, after: Phase) -> set[str]:
    """Buffers through which the order of two phases matters."""
    return {
        name
        for name in {*before.reads, *before.writes} & {*after.reads, *after.writes}
        if name in before.writes or name in after.writes
    }


def races(schedule: Schedule, region: Region) -> list[str]:
    """What items of a region that run at the same time would do to each other."""
    axes = {region.axis} | ({Axis.SAMPLE} if region.split else set())
    found = [
        f"{phase.kernel} {phase.layer} is not free along {axis.name}"
        for phase in region.phases
        for axis in axes - phase.free
    ]
    for place, after in enumerate(region.phases):
        for before in region.phases[:place]:
            for name in sorted(depends(before, after)):
                apart = axes - set(schedule.buffers[name].shape)
                other = region.axis is Axis.POST and before.layer != after.layer
                if apart or other:
                    found.append(f"{before.kernel}, {after.kernel}: {name}")
    return found


def walks(net: nets.Program) -> list[tuple[Phase, ...]]:
    return [net.schedule.forward, net.schedule.phases]


@pytest.mark.parametrize("net", DEEP, ids=lambda net: net.graph.learner.name)
def test_items_of_a_region_never_meet(net):
    for walk in walks(net):
        for region in regions(net.schedule, walk):
            assert races(net.schedule, region) == []


@pytest.mark.parametrize("net", DEEP, ids=lambda net: net.graph.learner.name)
def test_regions_keep_the_order_of_dependent_phases(net):
    for walk in walks(net):
        order = [phase for region in regions(net.schedule, walk) for phase in region.phases]
        assert sorted(map(id, order)) == sorted(map(id, walk))
        place = {id(phase): number for number, phase in enumerate(order)}
        for number, after in enumerate(walk):
            for before in walk[:number]:
                if depends(before, after):
                    assert place[id(before)] < place[id(after)]


def test_the_check_finds_races():
    """One region for everything would be full of them."""
    schedule = PROGRAMS["bp"].schedule
    for axis in (Axis.SAMPLE, Axis.POST):
        found = races(schedule, Region(axis, list(schedule.phases)))
        assert any("is not free along" in race for race in found)
        assert any("layer0.weight" in race or "layer0.spikes" in race for race in found)


@dataclass(frozen=True)
class Where:
    """The regions of a plan, by what is in them."""

    found: list[Region]

    def __getitem__(self, phase: tuple[str, str]) -> int:
        """The number of the region that holds (kernel, layer)."""
        (number,) = [
            number
            for number, region in enumerate(self.found)
            if phase in [(each.kernel, each.layer) for each in region.phases]
        ]
        return number


@pytest.mark.parametrize("net", DEEP, ids=lambda net: net.graph.learner.name)
def test_what_belongs_together_runs_together(net):
    where = Where(regions(net.schedule, net.schedule.phases))
    output = net.schedule.layers[-1].name
    for layer in net.schedule.layers:
        forward = where.found[where["forward", layer.name]]
        if layer.is_output:  # few neurons: by samples, with the rest of what is done with one
            assert forward.axis is Axis.SAMPLE
            assert where["project", output] == where["forward", output] == where["sort", output]
        else:
            assert forward.axis is Axis.POST
            assert forward.split
            assert len(forward.phases) == 1
        if layer.learns:
            assert where["reverse", layer.name] == where["update", layer.name]
            assert where.found[where["reverse", layer.name]].axis is Axis.POST
    assert len(where.found) <= 4 + 2 * len(net.schedule.layers)


# ---------------------------------------------------------------- the rules, one by one


def small_plan(shape: tuple[Axis, ...], second: Phase) -> Schedule:
    """A phase of layer0 that writes `x`, and a second one."""
    schedule = PROGRAMS["sfdfa"].schedule
    x = Buffer(name="x", fields=(schedule.real,), shape=shape, life=Life.BATCH, bound=1)
    return replace(schedule, buffers={"x": x}, forward=(phase("layer0", writes=("x",)), second))


def phase(layer: str, *, reads=(), writes=(), free=(Axis.POST,)) -> Phase:
    return Phase(
        kernel="penalty", layer=layer, micros={}, reads=reads, writes=writes,
        free=frozenset(free), ordered=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "second", "together"),
    [
        ((Axis.POST,), phase("layer0", reads=("x",)), True),
        ((Axis.POST,), phase("layer1", reads=("x",)), False),
        ((Axis.SAMPLE, Axis.EVENT), phase("layer0", reads=("x",)), False),
        ((Axis.POST,), phase("layer1"), True),
        ((Axis.SAMPLE, Axis.POST), phase("layer0", reads=("x",), free=(Axis.SAMPLE,)), False),
        ((Axis.POST,), phase("layer1", writes=("x",)), False),
    ],
    ids=["same block", "other layer", "not by neuron", "independent", "other axis", "both write"],
)
def test_a_phase_joins_a_region_only_if_no_item_needs_another(shape, second, together):
    schedule = small_plan(shape, second)
    assert len(regions(schedule, schedule.forward)) == (1 if together else 2)
