"""The plan -> what the templates say: which kernels, in which steps, on how many items."""

from __future__ import annotations

from dataclasses import dataclass

from sfdfa_compiler.arith import Micro
from sfdfa_compiler.arith import event as formulas
from sfdfa_compiler.codegen.c_printer import c_literal, print_micro
from sfdfa_compiler.codegen.structures import declarations
from sfdfa_compiler.schedule import Phase, Schedule
from sfdfa_compiler.schedule.sharing import parts
from sfdfa_compiler.targets.cuda import layout

THREADS = 256  # of a block
RESIDENT = 4  # blocks of a multiprocessor that must fit its registers: half of its threads
LAUNCHES = 1  # of a batch, whatever its layers are
LAUNCHES_TOGETHER = 3  # where processes share it
SLICE = 16  # inputs whose synapses to 32 neurons a warp owns at once
MOST_NEURONS, MOST_SPIKES = 2**16, 2**14  # what the key of a spike can number
MOST_LOGGED = 2**32 - 1  # spikes that a batch's log can number
KEYS = 2048  # spikes of a sample that are sorted in shared memory

# Kernels in the order in which their text must stand: who is called stands first.
TEXTS = (
    "forward",
    "tally",
    "sort",
    "grade",
    "feedback",
    "penalty",
    "output_error",
    "project",
    "sweep",
    "hand_down",
    "update",
    "reverse",
    "accumulate",
    "add_up",
)

SAMPLES = "batch.end - batch.begin"
TILES = f"({SAMPLES}) * sfd_items_of(layer.size)"
NEURONS = f"sfd_items_of(({SAMPLES}) * layer.lanes)"
SLICES = "sfd_items_of(layer.lanes * ((layer.source_size + SFD_SLICE - 1) / SFD_SLICE))"
ITEMS = {
    "forward": TILES,
    "tally": "sfd_items_of(layer.lanes)",
    "sort": SAMPLES,
    "grade": TILES,
    "feedback": "sfd_items_of(batch.net->classes * layer.lanes)",
    "penalty": "sfd_items_of(layer.lanes)",
    "output_error": NEURONS,
    "project": NEURONS,
    "hand_down": SAMPLES,
    "reverse": SLICES,
    "accumulate": SLICES,
    "add_up": SLICES,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One kernel on one layer."""

    kernel: str
    layer: int


@dataclass(frozen=True, slots=True)
class Walk:
    """What one launch does: steps of calls that may run at the same time."""

    name: str
    steps: tuple[tuple[Call, ...], ...]
    ends: bool = True  # whether the batch is done behind it

    @property
    def kernels(self) -> frozenset[str]:
        """What it calls."""
        return frozenset(call.kernel for step in self.steps for call in step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the templates see."""

    name: str
    profile: str
    radix: str
    threads: int
    resident: int
    slice: int
    keys: int
    long: bool
    backward: bool
    sharded: bool
    m: dict[str, str]  # role -> name of the micro-function
    functions: tuple[str, ...]  # their text
    fields: dict[str, list[str]]
    kernels: tuple[str, ...]  # whose text is needed
    called: tuple[str, ...]  # that the plan calls
    items: dict[str, str]
    walks: tuple[Walk, ...]
    layers: tuple[str, ...]


def lower(schedule: Schedule) -> Context:
    """The context of all templates for a schedule of the profile event32."""
    phases = schedule.phases
    micros: dict[str, Micro] = {role: m for phase in phases for role, m in phase.micros.items()}
    if "regularise" in micros or "reverse_event" in micros:
        micros["join"] = formulas.join.at(schedule.real)
    unique = {micro.name: micro for micro in micros.values()}
    backward = any(phase.kernel == "hand_down" for phase in schedule.learn)
    walks = walks_of(schedule)
    called = {kernel for walk in walks for kernel in walk.kernels}
    used = set(called)
    used |= {"sweep"} if used & {"hand_down", "reverse"} else set()
    used |= {"update"} if "adam" in micros else set()
    return Context(
        name=schedule.name,
        profile=schedule.profile,
        radix=c_literal(formulas.RADIX, schedule.real),
        threads=THREADS,
        resident=RESIDENT,
        slice=SLICE,
        keys=KEYS,
        long=schedule.window.epoch > 0,
        backward=backward,
        sharded=schedule.shards > 1,
        m={role: micro.name for role, micro in micros.items()},
        functions=tuple(
            print_micro(unique[name], qualifiers="__device__ __forceinline__", fma="sfd_fma")
            for name in sorted(unique)
        ),
        fields={
            "source": declarations(layout.SOURCE),
            "step": declarations(layout.STEP),
            "layer": [
                *declarations(layout.LAYER),
                *(f"real {name}" for name in constant_names(schedule)),
            ],
            "net": declarations(layout.NET),
        },
        kernels=tuple(kernel for kernel in TEXTS if kernel in used),
        called=tuple(kernel for kernel in TEXTS if kernel in called),
        items={**ITEMS, "project": SAMPLES} if backward else ITEMS,
        walks=walks,
        layers=tuple(layer.name for layer in schedule.layers),
    )


def dynamic_bytes(schedule: Schedule) -> int:
    """Dynamic shared memory of a block: one kernel at a time uses it."""
    warps = THREADS // 32
    slices = 4 * 32 * SLICE * warps * (2 if schedule.shards > 1 else 1) if schedule.learn else 0
    return max(slices, 8 * KEYS + 4 * warps, 16 * THREADS)


def constant_names(schedule: Schedule) -> tuple[str, ...]:
    """Constants of all phases: members of a layer's structure, sorted."""
    return tuple(sorted({name for phase in schedule.phases for name in phase.constants}))


def walks_of(schedule: Schedule) -> tuple[Walk, ...]:
    """All that a launch can do.

    Processes can share a batch of several shards. Their walks count spikes in the last one, when
    all have heard of all samples.
    """
    walks = [Walk("forward", steps(schedule, schedule.forward))]
    swept, updated = (
        {phase.layer for phase in schedule.learn if phase.kernel == kernel}
        for kernel in ("reverse", "update")
    )
    if alone := swept ^ updated:
        raise KeyError(f"`reverse` and `update` go together, not for {', '.join(sorted(alone))}")
    if schedule.learn:
        walks.append(Walk("learn", steps(schedule, schedule.phases)))
    if schedule.learn and schedule.shards > 1:
        sense, judge, adapt = (
            steps(schedule, part, tally=False) for part in parts(schedule).values()
        )
        tallies = tuple(Call("tally", index) for index in range(len(schedule.layers)))
        adapted = tuple(call for step in adapt for call in step)
        walks += [Walk("sense", sense, ends=False), Walk("judge", judge, ends=False)]
        walks.append(Walk("adapt", ((*tallies, *adapted),)))
    return tuple(walks)


def steps(
    schedule: Schedule, phases: tuple[Phase, ...], *, tally: bool = True
) -> tuple[tuple[Call, ...], ...]:
    """Phases in steps: each in the first step behind all that it depends on.

    Two kinds of phase are done by another's kernel. What `hear` finds out, `forward` does for each
    tile of events as it loads it. `update` follows `reverse` warp by warp, as a warp owns its
    synapses; so it counts as written where `reverse` stands, behind all who read the weights.
    Apart, in the walks of processes that share a batch, they are `accumulate` and `add_up`.

    Args:
        schedule: The plan.
        phases: Those of a walk.
        tally: Whether spikes are counted behind each `forward`, which is not in the plan.
    """
    heard = {phase.layer for phase in phases if phase.kernel == "hear"}
    if deaf := {phase.layer for phase in phases if phase.kernel == "forward"} - heard:
        raise KeyError(f"the plan has no phase that hears for {', '.join(sorted(deaf))}")
    number = {layer.name: index for index, layer in enumerate(schedule.layers)}
    updated = {phase.layer: phase for phase in phases if phase.kernel == "update"}
    place: list[int] = []
    found: list[list[Call]] = []
    for index, phase in enumerate(phases):
        parts = [phase]
        if phase.kernel == "reverse" and phase.layer in updated:
            parts.append(updated[phase.layer])
        behind = [
            place[before] + (phases[before].kernel != "hear")
            for before in range(index)
            if any(phases[before].passes_to(part) for part in parts)
        ]
        step = max(behind, default=0)
        place.append(step)
        kernel = _kernel(phase, phases)
        if not kernel:
            continue
        found += [[] for _ in range(step + 1 - len(found))]
        found[step].append(Call(kernel, number[phase.layer]))
        if kernel == "forward" and tally:
            found += [[] for _ in range(step + 2 - len(found))]
            found[step + 1].append(Call("tally", number[phase.layer]))
    return tuple(tuple(step) for step in found)


def _kernel(phase: Phase, phases: tuple[Phase, ...]) -> str:
    """What does a phase of a walk; empty if the kernel of another one does."""
    together = {other.kernel for other in phases if other.layer == phase.layer}
    if phase.kernel == "hear" or (phase.kernel == "update" and "reverse" in together):
        return ""
    if phase.kernel == "reverse" and "update" not in together:
        return "accumulate"
    if "output_error" in phase.micros:
        return "output_error"
    return "add_up" if phase.kernel == "update" else phase.kernel
