"""What no kernel may do ends the launch with a name, a place and the reason, under any order."""

from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler.targets.cuda.cpu.library import Variant, build, dialect
from sfdfa_compiler.targets.cuda.execute import Fault, KernelError, Kernels
from tests.cuda.runtime.cases import ORDERS

SOURCE = dialect() + Path(__file__).with_name("faults.cu").read_text(encoding="utf-8")
i32, u32 = np.int32, np.uint32
OUT = object()  # stands for an array of 64 numbers, one for each thread of a block
COUNTER = object()
PORTABLE = ("-DSFD_UCONTEXT",)

BY_SCHEDULE = {  # found because of what the threads do together
    "two_barriers": (Fault.DIVERGENT_BARRIER, (OUT,)),
    "early_exit": (Fault.INCOMPLETE_BARRIER, (OUT,)),
    "absent_lane": (Fault.MISSING_LANE, (OUT,)),
    "two_collectives": (Fault.MIXED_COLLECTIVES, (OUT,)),
    "two_masks": (Fault.MIXED_COLLECTIVES, (OUT,)),
    "reads_outside": (Fault.FOREIGN_LANE, (OUT,)),
    "calls_outside": (Fault.FOREIGN_LANE, (OUT,)),
    "waits_for_ever": (Fault.DEADLOCK, (OUT,)),
    "far_away": (Fault.OUT_OF_RANGE, (OUT,)),
    "recursion": (Fault.STACK_OVERFLOW, (OUT, i32(1000))),
    "division": (Fault.DIVISION_BY_ZERO, (OUT, i32(0))),
    "gives_up": (Fault.TRAP, (OUT,)),
    "grid_without": (Fault.NOT_COOPERATIVE, (OUT, COUNTER)),
}
WHEN_CHECKED = {
    "one_too_far": (Fault.OUT_OF_RANGE, (OUT,)),
    "one_too_early": (Fault.OUT_OF_RANGE, (OUT, OUT)),
    "shared_index": (Fault.OUT_OF_RANGE, (OUT, i32(32))),
    "dynamic_index": (Fault.OUT_OF_RANGE, (OUT, i32(14))),
}
VARIANTS = {
    "plain": (Variant.PLAIN, ()),
    "checked": (Variant.CHECKED, ()),
    "portable": (Variant.PLAIN, PORTABLE),
}


@pytest.fixture(scope="module", params=VARIANTS)
def kernels(request):
    variant, defines = VARIANTS[request.param]
    return Kernels(build(SOURCE, variant, defines=defines))


@pytest.fixture(scope="module")
def checked():
    return Kernels(build(SOURCE, Variant.CHECKED))


def launch(kernels, name, arguments, *, grid=1, **options):
    real = [np.zeros(64, i32) if a is OUT else a for a in arguments]
    real = [np.zeros(1, u32) if a is COUNTER else a for a in real]
    kernels.launch(name, *real, grid=grid, block=64, workers=1, **options)
    return real


def fault(kernels, name, arguments, **options):
    with pytest.raises(KernelError) as caught:
        launch(kernels, name, arguments, **options)
    return caught.value


def text_of(error):
    return SOURCE.splitlines()[error.line - 1]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("name", BY_SCHEDULE)
def test_named(kernels, name, order):
    expected, arguments = BY_SCHEDULE[name]
    error = fault(kernels, name, arguments, order=order)
    assert (error.fault, error.kernel, error.block) == (expected, name, (0, 0, 0))


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("name", WHEN_CHECKED)
def test_named_when_accesses_are_checked(checked, name, order):
    expected, arguments = WHEN_CHECKED[name]
    assert fault(checked, name, arguments, order=order).fault is expected


@pytest.mark.parametrize(
    ("name", "thread", "line", "words"),
    [
        ("two_barriers", 3, "the third thread's", "3 threads of the block wait"),
        ("early_exit", 40, "incomplete", "40 threads of the block wait"),
        ("absent_lane", 7, "lane 7 is gone", "lane 7 has exited"),
        ("two_collectives", 1, "odd lanes", "lanes of it wait in __shfl_xor_sync"),
        ("reads_outside", 3, "lane 4 is not in it", "lane 3 reads lane 4"),
        ("calls_outside", 2, "lane 2 calls", "lane 2 calls it"),
        ("waits_for_ever", 0, "one lane", "63 at the barrier of line"),
    ],
)
def test_the_place_and_the_reason(kernels, name, thread, line, words):
    error = fault(kernels, name, BY_SCHEDULE[name][1], order=0)
    assert error.thread == (thread, 0, 0)
    assert line in text_of(error)
    assert words in error.what


def test_out_of_range_says_how_far(checked):
    far = fault(checked, "one_too_far", (OUT,), order=0)
    assert (far.thread, far.what) == (
        (63, 0, 0),
        "a store of 4 bytes at byte 256 of a buffer of 256 bytes",
    )
    assert "a load of 4 bytes" in fault(checked, "one_too_early", (OUT, OUT), order=0).what
    shared = fault(checked, "shared_index", (OUT, i32(32)), order=0)
    assert shared.what == "index 32 of a shared array of 32"
    dynamic = fault(checked, "dynamic_index", (OUT, i32(10)), order=0, dynamic_bytes=64)
    assert dynamic.what == "index 12 of a shared array of 12"


def test_the_last_element_is_in_range(checked):
    launch(checked, "shared_index", (OUT, i32(31)))
    launch(checked, "dynamic_index", (OUT, i32(9)), dynamic_bytes=64)


def test_a_launch_after_a_fault_is_as_good_as_new(kernels):
    for name, (_, arguments) in BY_SCHEDULE.items():
        fault(kernels, name, arguments)
        (out, _) = launch(kernels, "recursion", (OUT, i32(3)))
        assert set(out) == {6}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("block_ends", Fault.INCOMPLETE_BARRIER),
        ("two_grid_barriers", Fault.DIVERGENT_BARRIER),
    ],
)
def test_blocks_must_meet_at_the_same_barrier_of_the_grid(kernels, name, expected, order):
    error = fault(kernels, name, (OUT, COUNTER), grid=6, order=order, cooperative=True)
    assert error.fault is expected


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_a_fault_while_other_blocks_wait_for_the_grid(kernels, workers):
    for order in range(20):
        with pytest.raises(KernelError) as caught:
            kernels.launch(
                "fails_on_the_way",
                np.zeros(64, i32),
                np.zeros(1, u32),
                grid=12,
                block=64,
                order=order,
                workers=workers,
                cooperative=True,
            )
        error = caught.value
        assert (error.fault, error.block, error.thread) == (Fault.TRAP, (7, 0, 0), (1, 0, 0))


def test_a_fault_in_one_of_many_blocks(kernels):
    error = fault(kernels, "far_away", (OUT,), grid=(2, 2, 2), order=1)
    assert error.block == (1, 1, 1)


def test_shared_memory_that_nobody_wrote_is_not_a_number(kernels):
    out = np.zeros(128, np.float32)
    kernels.launch("unwritten", out, i32(0), grid=2, block=64, dynamic_bytes=256, workers=1)
    assert np.isnan(out).all()
