"""Real kernels through nvcc and NVRTC, warnings as errors: registers, memory, the audit of PTX."""

import re

import pytest

from sfdfa_compiler.targets.cuda.compile import ARCHITECTURES, OLDEST, Nvrtc
from sfdfa_compiler.targets.cuda.lower import SLICE, THREADS, dynamic_bytes
from sfdfa_compiler.targets.cuda.ptx import audit, count_fused
from sfdfa_compiler.targets.cuda.resources import occupancy
from tests.cuda.machine_code import (
    EXAMPLES,
    GOLDEN,
    HEAD,
    PROGRAMS,
    SAME_AS_MNIST,
    TOOLCHAINS,
    compiled,
    rows,
    schedule_of,
    text_of,
)

MULTIPROCESSORS = 132  # of an H100 or H200
COMMENT = re.compile(r"/[*].*?[*]/", re.DOTALL)
FLOATS = re.compile(r"^\s*(?:@!?%\w+\s+)?([a-z][\w.:]*\bf32)\s", re.MULTILINE)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("program", PROGRAMS)
def test_machine_code(program):
    """One test for each program: compiling is what takes the time."""
    made = {toolchain: compiled(program, toolchain) for toolchain in TOOLCHAINS}
    for toolchain, found in made.items():
        assert_golden(program, toolchain)
        assert_no_local_memory(found)
        assert_half_full(found, dynamic_bytes(schedule_of(program)))
        assert audit(found.ptx) == []
        assert all(count > 0 for count in count_fused(found.ptx).values())  # where it is written
    nvcc, nvrtc = made.values()
    assert set(nvcc.resources[90]) == set(nvrtc.resources[90])
    assert set(FLOATS.findall(nvcc.ptx)) == set(FLOATS.findall(nvrtc.ptx)) != set()


def assert_golden(program, toolchain):
    head, *lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert head == HEAD
    start = f"{toolchain} {program.replace(' ', ':')} "
    assert list(rows(program, toolchain)) == [line for line in lines if line.startswith(start)]


def assert_no_local_memory(found):
    assert tuple(found.resources) == ARCHITECTURES
    for kernels in found.resources.values():
        assert {used.spill_bytes for used in kernels.values()} == {0}
        assert {used.stack_bytes for used in kernels.values()} == {0}


def assert_half_full(found, dynamic):
    for used in found.resources[90].values():
        assert occupancy(used, THREADS, 90, dynamic).share >= 0.5


def test_the_examples_are_all_there():
    def kernels(name):
        return COMMENT.sub("", text_of(name))

    texts = {name: kernels(name) for name in EXAMPLES}
    assert len(set(texts.values())) == len(EXAMPLES)
    for name in SAME_AS_MNIST:
        assert kernels(name) == texts["mnist"]


def test_a_batch_of_50_digits_fills_a_device():
    """Items of the kernels that take the time, shared by the blocks of the grid."""
    hidden, _ = schedule_of("mnist").layers
    tiles = 50 * -(-hidden.size // THREADS)
    lanes = -(-hidden.size // 32) * 32
    slices = lanes * -(-hidden.source_size // SLICE) // THREADS
    assert min(tiles, slices) >= MULTIPROCESSORS


@pytest.fixture(scope="module")
def ptx():
    return Nvrtc().ptx(text_of("mnist_dfa"), OLDEST)


@pytest.mark.parametrize(
    ("instruction", "why"),
    [
        ("rcp.approx.f32 %f1, %f2;", "an approximation"),
        ("div.full.f32 %f1, %f2, %f3;", "an approximation"),
        ("ex2.approx.ftz.f32 %f1, %f2;", "an approximation"),
        ("mul.rn.ftz.f32 %f1, %f2, %f3;", "subnormals become zero"),
        ("add.rn.f64 %fd1, %fd2, %fd3;", "double precision"),
        ("cvt.f64.f32 %fd1, %f2;", "double precision"),
        ("atom.global.add.f32 %f1, [%rd1], %f2;", "the order of the sum is open"),
        ("red.global.add.f32 [%rd1], %f2;", "the order of the sum is open"),
        ("fma.rn.f32 %f1, %f2, %f3, %f4;", "fused, and not written so"),
        ("@%p1 fma.rn.f32 %f1, %f2, %f3, %f4;", "fused, and not written so"),
        ("add.f32 %f1, %f2, %f3;", "the assembler may fuse it"),
        ("sqrt.rz.f32 %f1, %f2;", "not rounded to nearest, once"),
        ("min.f32 %f1, %f2, %f3;", "zeros and NaN differ from those of a CPU"),
    ],
)
def test_one_bad_instruction_is_found_in_real_ptx(ptx, instruction, why):
    lines = ptx.splitlines()
    end = max(at for at, line in enumerate(lines) if line.strip() == "ret;")
    (found,) = audit("\n".join([*lines[:end], f"\t{instruction}", *lines[end:]]))
    assert (found.line, found.instruction, found.why) == (end + 1, instruction, why)
    assert found.kernel in {"sfd_net_forward", "sfd_net_learn"}
