"""Right kernels give NumPy's bits, whatever the order of threads, the fibers or the compiler."""

import ctypes

import numpy as np
import pytest

from sfdfa_compiler.codegen.host import Compiler
from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.targets.cuda.cpu.library import Variant, build, kernel_names
from sfdfa_compiler.targets.cuda.execute import ORDER, Kernels, Traffic, parse_order
from tests.cuda.runtime.cases import ORDERS, RIGHT, SOURCE, compact, histogram, product, tree_sum

CLANG = Compiler(("clang++",), "clang")
VARIANTS = {
    "plain": {},
    "clang": {"compiler": CLANG},
    "checked": {"variant": Variant.CHECKED},
    "portable fibers": {"defines": ("-DSFD_UCONTEXT",)},
}


@pytest.fixture(scope="module", params=VARIANTS)
def kernels(request):
    return Kernels(build(SOURCE, **VARIANTS[request.param]))


@pytest.fixture(scope="module")
def plain():
    return Kernels(build(SOURCE))


@pytest.fixture(scope="module")
def checked():
    return Kernels(build(SOURCE, Variant.CHECKED))


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.kernel)
def test_bits(kernels, case, order):
    written, launch = case.run(kernels, order=order, workers=2)
    for position, expected in case.outputs.items():
        np.testing.assert_array_equal(written[position], expected)
    assert case.is_right(written)
    assert launch.switches > 0


@pytest.mark.parametrize(
    "case",
    [
        tree_sum(blocks=1, block=32, n=1),
        tree_sum(blocks=40, block=256, n=256),
        product(rows=1, columns=1, block=32),
        product(rows=0, columns=5, block=32),
        compact(n=0, block=32),
        histogram(n=1, bins=1, block=32),
        histogram(n=5000, bins=9, block=1000),
    ],
    ids=lambda case: f"{case.kernel} {case.grid} {case.block}",
)
def test_edges(checked, case):
    for order in ORDERS.values():
        written, _ = case.run(checked, order=order)
        assert case.is_right(written)


def test_the_order_comes_from_the_environment(plain, monkeypatch):
    """The kernel with the race shows which order it ran under."""
    racing = product().named("product_missing_buffer")
    seen = {}
    for name, order in (("ascending", 0), ("descending", 1), ("7", 9)):
        monkeypatch.setenv(ORDER, name)
        seen[name] = racing.run(plain)[0][2].tobytes()
        assert seen[name] == racing.run(plain, order=order)[0][2].tobytes()
    assert len(set(seen.values())) > 1


def test_a_schedule_can_be_repeated(plain):
    racing = product().named("product_missing_buffer")
    results = [racing.run(plain, order=11, workers=1)[0][2].tobytes() for _ in range(3)]
    assert len(set(results)) == 1


def test_seeds_of_the_environment_are_never_the_two_fixed_orders(monkeypatch):
    assert [parse_order(text) for text in ("ascending", "descending", "0", "5")] == [0, 1, 2, 7]
    monkeypatch.setenv(ORDER, "sideways")
    with pytest.raises(UserError, match="SNN594: unknown order of threads `sideways`"):
        parse_order("sideways")


# ---------------------------------------------------------------- bytes that move


def test_bytes_of_a_product(checked, plain):
    rows, columns, block = 150, 70, 64
    case = product(rows, columns, block)
    blocks = case.grid
    _, launch = case.run(checked)
    w, x, y = launch.arrays
    assert w == Traffic(loads=4 * rows * blocks, stores=0)
    assert x == Traffic(loads=4 * rows * columns, stores=0)
    assert y == Traffic(loads=0, stores=4 * columns)
    assert launch.whole == Traffic(w.loads + x.loads, y.stores)
    assert launch.shared == Traffic(loads=4 * rows * columns, stores=4 * rows * blocks)
    assert case.run(plain)[1].whole == Traffic(0, 0)


def test_bytes_of_atomics(checked):
    n, bins, block = 500, 70, 96
    case = histogram(n, bins, block)
    blocks = case.grid
    _, launch = case.run(checked, order=0)
    values, counts, largest = launch.arrays
    assert values == Traffic(4 * n, 0)
    assert counts.loads == counts.stores
    assert counts.loads % 4 == 0
    assert largest == Traffic(4 * n, 4 * n)
    cleared_and_read = 4 * bins * blocks
    assert launch.shared == Traffic(4 * n + cleared_and_read, 4 * n + cleared_and_read)


def test_arrays_that_share_memory_are_one_buffer(checked):
    case = tree_sum()
    x = case.arguments[0]
    both = np.concatenate([x.ravel(), np.zeros(len(x), np.float32)])
    sums = both[x.size :]
    launch = checked.launch(
        case.kernel, both, sums, case.arguments[2], grid=case.grid, block=case.block
    )
    assert sums.tobytes() == case.outputs[1].tobytes()
    assert launch.arrays[0] == launch.arrays[1] == launch.whole


# ---------------------------------------------------------------- calls


POINTERS = """
struct Pair {
    sfd_in<int> from;
    sfd_out<int> to;
    int add;
};
extern "C" __global__ void move(Pair pair)
{
    pair.to[threadIdx.x] = pair.from[threadIdx.x] + pair.add;
}
"""


class Pair(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("to", ctypes.c_void_p), ("add", ctypes.c_int))


@pytest.mark.parametrize("variant", [Variant.PLAIN, Variant.CHECKED])
def test_structures_with_pointers(variant):
    start, to = np.arange(9, dtype=np.int32), np.zeros(9, np.int32)
    kernels = Kernels(build(POINTERS, variant))
    pair = Pair(start.ctypes.data, to.ctypes.data, 5)
    launch = kernels.launch("move", pair, grid=1, block=9, buffers=(start, to))
    assert to.tolist() == [*range(5, 14)]
    if variant is Variant.CHECKED:
        assert launch.arrays == (Traffic(36, 0), Traffic(0, 36))


def test_names_are_found_in_the_text(plain):
    assert plain.names == tuple(sorted(kernel_names(SOURCE)))
    assert kernel_names(
        "/* __global__ void no(int) */ __global__ void\n __launch_bounds__(f(2), 1) yes (int n)"
        "\nextern __global__ __launch_bounds__(64) void also(int) // __global__ void nor()\n"
    ) == ("yes", "also")


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        ((np.int32(1),), {}, "takes parameters of"),
        ((np.zeros((4, 4), np.float32).T,) * 2 + (np.int32(1),), {}, "contiguous"),
        ((np.zeros(4, np.float32),) * 2 + (np.int32(1),), {"block": 1025}, "no shape"),
        ((np.zeros(4, np.float32),) * 2 + (np.int32(1),), {"block": (64, 64)}, "at most 1024"),
        ((np.zeros(4, np.float32),) * 2 + (np.int32(1),), {"grid": 0}, "no shape"),
        ((np.zeros(4, np.float32),) * 2 + (np.int32(1),), {"grid": (1, 1, 1, 1)}, "no shape"),
        (
            (np.zeros(4, np.float32),) * 2 + (np.int32(1),),
            {"grid": 2000, "cooperative": True},
            "at most 1024 blocks",
        ),
    ],
)
def test_calls_that_cannot_be(plain, arguments, options, error):
    with pytest.raises(ValueError, match=error):
        plain.launch("tree_sum_right", *arguments, **({"grid": 1, "block": 32} | options))


def test_numbers_without_a_size(plain):
    with pytest.raises(TypeError, match="no size"):
        plain.launch("tree_sum_right", 1, 2, 3, grid=1, block=32)
    with pytest.raises(ValueError, match="no kernel tree"):
        plain.launch("tree", grid=1, block=32)
