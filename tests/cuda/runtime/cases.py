"""The test kernels, their inputs, and what NumPy says comes out."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sfdfa_compiler.targets.cuda.cpu.library import dialect

FAULTS = (
    "missing_barrier",
    "missing_buffer",
    "off_by_one",
    "off_by_one_shared",
    "divergent_barrier",
    "wrong_order",
)
TREE_SUM = """
extern "C" __global__ void __launch_bounds__(256)
    tree_sum_{name}(sfd_in<float> x, sfd_out<float> sums, int n)
{{
    tree_sum<{fault}>(x, sums, n);
}}
"""
PRODUCT = """
extern "C" __global__ void __launch_bounds__(256)
    product_{name}(sfd_in<float> w, sfd_in<float> x, sfd_out<float> y, int rows, int columns)
{{
    product<{fault}>(w, x, y, rows, columns);
}}
"""
NEIGHBOURS = """
extern "C" __global__ void __launch_bounds__(32) neighbours_{name}(sfd_in<int> x, sfd_out<int> out)
{{
    neighbours<{fault}>(x, out);
}}
"""
BLOCKS = """
extern "C" __global__ void __launch_bounds__(32) blocks_{name}(sfd_out<int> out)
{{
    blocks<{fault}>(out);
}}
"""
SOURCE = (
    dialect()
    + Path(__file__).with_name("kernels.cu").read_text(encoding="utf-8")
    + "".join(
        text.format(name=name, fault=name.upper())
        for name in ("right", *FAULTS)
        for text in (TREE_SUM, PRODUCT, NEIGHBOURS, BLOCKS)
    )
)
ORDERS = {"ascending": 0, "descending": 1, "random 2": 2, "random 3": 3, "random 4": 4}

f32, i32, u32 = np.float32, np.int32, np.uint32


@dataclass
class Case:
    """One launch: `outputs` holds, for each array that is written, what it must hold afterwards."""

    kernel: str
    grid: object
    block: object
    arguments: tuple
    outputs: dict  # position in the arguments -> expected array
    options: dict = field(default_factory=dict)

    def named(self, name: str) -> "Case":
        """The same launch of another kernel."""
        return Case(name, self.grid, self.block, self.arguments, self.outputs, self.options)

    def run(self, kernels, **options):
        """Launch on copies; what was written, by position, and what the launch says."""
        copies = [a.copy() if isinstance(a, np.ndarray) else a for a in self.arguments]
        launch = kernels.launch(
            self.kernel, *copies, grid=self.grid, block=self.block, **self.options, **options
        )
        return {position: copies[position] for position in self.outputs}, launch

    def is_right(self, written) -> bool:
        """Whether every bit is as expected."""
        return all(written[at].tobytes() == want.tobytes() for at, want in self.outputs.items())


def random(*shape, seed=1):
    return np.random.default_rng(seed).normal(0, 1, shape).astype(f32)


def tree_sum(blocks=3, block=128, n=100):
    x = random(blocks, n)
    padded = np.zeros((blocks, block), f32)
    padded[:, :n] = x
    lanes = padded.reshape(blocks, block // 32, 32)
    while lanes.shape[2] > 1:
        half = lanes.shape[2] // 2
        lanes = lanes[..., :half] + lanes[..., half:]
    sums = lanes[:, 0, 0]
    for warp in range(1, block // 32):
        sums = sums + lanes[:, warp, 0]
    arguments = (x, np.zeros(blocks, f32), i32(n))
    return Case("tree_sum_right", blocks, block, arguments, {1: sums})


def product(rows=150, columns=70, block=64):
    w, x = random(rows), random(rows, columns, seed=2)
    y = np.zeros(columns, f32)
    for i in range(rows):
        y = y + w[i] * x[i]
    arguments = (w, x, np.zeros(columns, f32), i32(rows), i32(columns))
    return Case("product_right", -(-columns // block), block, arguments, {2: y})


def neighbours():
    x = np.arange(32, dtype=i32)
    return Case("neighbours_right", 1, 32, (x, np.zeros_like(x)), {1: x ^ 1})


def blocks(count=3):
    out = np.zeros(count, i32)
    return Case("blocks_right", count, 32, (out,), {0: out + 7})


def compact(n=333, block=64):
    x = random(n)
    found = np.flatnonzero(x > 0).astype(i32)
    want = np.full(n, -1, i32)
    want[: len(found)] = found
    arguments = (x, np.full(n, -1, i32), np.zeros(1, i32), i32(n))
    return Case("compact", 1, block, arguments, {1: want, 2: np.array([len(found)], i32)})


def histogram(n=500, bins=70, block=96):
    values = np.random.default_rng(3).integers(0, bins, n).astype(u32)
    arguments = (values, np.zeros(bins, u32), np.zeros(1, u32), i32(n), i32(bins))
    outputs = {1: np.bincount(values, minlength=bins).astype(u32), 2: values.max(keepdims=True)}
    return Case("histogram", -(-n // block), block, arguments, outputs, {"dynamic_bytes": 4 * bins})


def words(shape=(8, 2, 4)):
    threads = 64
    x = np.random.default_rng(4).integers(-100, 101, threads).astype(i32)
    lane, first = np.arange(threads) % 32, np.arange(threads) // 32 * 32
    out = np.zeros((10, threads), i32)
    out[0] = x[first + 5]
    out[1] = x[first + np.where(lane >= 3, lane - 3, lane)]
    out[2] = x[first + np.where(lane % 8 + 3 < 8, lane + 3, lane)]
    out[3] = x[first + (lane ^ 9)]
    ballots = [int(np.sum((x[w : w + 32] > 0) * (1 << np.arange(32)))) for w in (0, 32)]
    out[4] = np.repeat(np.array(ballots, u32).view(i32), 32)
    out[5] = np.repeat([int((x[w : w + 32] > 90).any()) + 2 for w in (0, 32)], 32)
    out[6] = (x > 0).sum()
    out[7] = int((x > 90).any()) + 2
    out[8] = x[first + np.where(lane < 16, lane ^ 1, lane ^ 2)]
    bits = [int(v) & 0xFFFFFFFF for v in x]
    zeros = [32 - b.bit_length() for b in bits]
    lowest = [(b & -b).bit_length() for b in bits]
    high = [(b * 0xD2511F53 >> 32) & 0xFF for b in bits]
    out[9] = [z + 64 * s + 4096 * h for z, s, h in zip(zeros, lowest, high, strict=True)]
    real = x.astype(f32)
    tenth = f32(1.1)
    reals = np.zeros((3, threads), f32)
    # The product of two float32 is exact in float64, and so are these sums.
    reals[0] = (real.astype(np.float64) * np.float64(tenth) + np.float64(tenth)).astype(f32)
    reals[1] = (real + f32(0.5)) / np.sqrt(real * real + f32(2))
    reals[2] = (np.abs(real).view(i32) ^ 1).view(f32)
    arguments = (x, np.zeros_like(out), np.zeros_like(reals))
    return Case("words", 1, shape, arguments, {1: out, 2: reals})


def steps(blocks=5, block=64, count=7):
    even = np.random.default_rng(5).integers(0, 1000, blocks * block).astype(i32)
    odd = np.zeros_like(even)
    arguments = (even, odd, np.zeros(1, u32), i32(count))
    even, odd = even.copy(), odd.copy()
    for step in range(count):
        if step % 2 == 0:
            odd = np.roll(even, -65) + 1
        else:
            even = np.roll(odd, -65) + 1
    options = {"cooperative": True}
    return Case("steps", blocks, block, arguments, {0: even, 1: odd.astype(i32)}, options)


RIGHT = (
    tree_sum(),
    product(),
    neighbours(),
    blocks(),
    compact(),
    histogram(),
    words(),
    steps(),
)
