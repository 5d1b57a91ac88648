"""nvcc and NVRTC compile the same text without a device; what they made is audited."""

import pytest

from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.targets.cuda.compile import ARCHITECTURES, Nvcc, Nvrtc, compile_kernels
from sfdfa_compiler.targets.cuda.cpu.library import dialect, kernel_names
from sfdfa_compiler.targets.cuda.ptx import audit, count_fused
from sfdfa_compiler.targets.cuda.resources import Occupancy, Resources, occupancy, parse_report
from tests.cuda.runtime.cases import SOURCE

TOOLCHAINS = {"nvcc": Nvcc, "NVRTC": Nvrtc}


@pytest.fixture(scope="module", params=TOOLCHAINS)
def toolchain(request):
    return TOOLCHAINS[request.param]()


@pytest.fixture(scope="module")
def compiled(toolchain):
    return compile_kernels(SOURCE, toolchain=toolchain)


def test_machine_code_for_every_architecture(compiled):
    assert tuple(compiled.cubins) == ARCHITECTURES
    assert all(cubin.startswith(b"\x7fELF") for cubin in compiled.cubins.values())
    assert ".target sm_75" in compiled.ptx


def test_every_kernel_has_its_resources(compiled):
    for found in compiled.resources.values():
        assert sorted(found) == sorted(kernel_names(SOURCE))
        assert {r.spill_bytes for r in found.values()} == {0}
        assert {r.stack_bytes for r in found.values()} == {0}
        assert all(0 < r.registers <= 64 for r in found.values())
        assert found["compact"].shared_bytes == 32
        assert found["product_right"].shared_bytes == 256


def test_the_ptx_rounds_as_the_source_says(compiled):
    assert audit(compiled.ptx) == []
    fused = count_fused(compiled.ptx)
    assert fused.pop("words") == 1  # sfd_fma
    assert set(fused.values()) == {0}


def test_spills_are_seen(toolchain):
    body = "".join(f"    float a{i} = x[{i}];\n" for i in range(100))
    body += "".join(f"    x[{i}] = a{i} * a{(i * 7 + 1) % 100};\n" for i in range(100))
    head = 'extern "C" __global__ void __launch_bounds__(1024, 2) wide(volatile float *x)'
    text = f"{head}\n{{\n{body}}}\n"
    (found,) = compile_kernels(text, [90], toolchain).resources[90].values()
    assert found.registers == 32
    assert found.spill_bytes > 0
    assert found.stack_bytes > 0


def test_warnings_are_errors(toolchain):
    text = 'extern "C" __global__ void careless(int n)\n{\n    int unused;\n}\n'
    with pytest.raises(UserError, match="SNN581") as caught:
        toolchain.ptx(text, 75)
    assert "unused" in caught.value.diagnostics[0].notes[1]


def test_errors_have_the_compilers_words(toolchain):
    with pytest.raises(UserError, match="SNN581") as caught:
        compile_kernels(dialect() + "this is no kernel\n", [80], toolchain)
    assert "kernels.cu(" in caught.value.diagnostics[0].notes[1]


def test_an_unknown_architecture(toolchain):
    with pytest.raises(UserError, match="SNN582") as caught:
        compile_kernels(SOURCE, [61], toolchain)
    assert "sm_75, sm_80" in caught.value.diagnostics[0].notes[0]


# ---------------------------------------------------------------- the audit


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("x[0] = __fdividef(x[0], x[1]);", "an approximation"),
        ("x[0] = __expf(x[0]);", "an approximation"),
        ("x[0] = __sinf(x[0]);", "an approximation"),
        ("x[0] = rsqrtf(x[0]);", "an approximation"),
        ("x[0] = (float)(0.1 * x[0]);", "double precision"),
        ("atomicAdd(&x[0], x[1]);", "the order of the sum is open"),
        ("x[0] = __fadd_rz(x[0], x[1]);", "not rounded to nearest, once"),
        ("x[0] = __fsqrt_ru(x[0]);", "not rounded to nearest, once"),
        ("x[0] = fmaxf(x[0], x[1]);", "zeros and NaN differ from those of a CPU"),
        ("x[0] = fmaf(x[0], x[1], x[2]);", "fused, and not written so"),
    ],
)
def test_findings(toolchain, line, why):
    text = f'extern "C" __global__ void bad(float *x)\n{{\n    {line}\n}}\n'
    found = audit(toolchain.ptx(text, 75))
    assert why in {finding.why for finding in found}
    assert {finding.kernel for finding in found} == {"bad"}


def test_flags_that_round_otherwise_are_found():
    line = ".entry k()\n{{\n    {}.f32 %f1, %f2, %f3;\n}}\n"
    for name, why in {
        "mul.ftz": "subnormals become zero",
        "mul.rz": "not rounded to nearest, once",
        "add": "the assembler may fuse it",
        "div.full": "an approximation",
        "sqrt.approx.ftz": "an approximation",
        "fma.rn.ftz": "subnormals become zero",
    }.items():
        (first, *_) = audit(line.format(name))
        assert (first.kernel, first.line) == ("k", 3)
        assert why in {finding.why for finding in audit(line.format(name))}, name
    assert audit(line.format("mul.rn")) == []


def test_so_many_fused_operations_are_allowed():
    text = 'extern "C" __global__ void two(float *x)\n{\n' + 2 * (
        "    x[0] = fmaf(x[0], x[1], x[2]);\n"
    )
    ptx = Nvrtc().ptx(text + "}\n", 75)
    assert [len(audit(ptx, fused=fused)) for fused in (0, 1, 2)] == [2, 1, 0]


# ---------------------------------------------------------------- arithmetic on resources


REPORT = """
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'second' for 'sm_90'
ptxas info    : Function properties for second
    24 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 32 registers, used 1 barriers, 1024 bytes smem, 372 bytes cmem[0]
ptxas info    : Compiling entry function 'first' for 'sm_90'
ptxas info    : Function properties for first
ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 255 registers, used 0 barriers
"""


def test_the_assemblers_report():
    assert parse_report(REPORT) == {
        "first": Resources(255, 0, 0, 0),
        "second": Resources(32, 1024, 24, 20),
    }


@pytest.mark.parametrize(
    ("registers", "shared", "threads", "architecture", "dynamic", "expected"),
    [
        (32, 0, 256, 90, 0, Occupancy(8, 64, 1.0, "warps")),
        (64, 0, 256, 90, 0, Occupancy(4, 32, 0.5, "registers")),
        (33, 0, 1024, 90, 0, Occupancy(1, 32, 0.5, "registers")),  # 40 registers are given
        (255, 0, 256, 90, 0, Occupancy(1, 8, 0.125, "registers")),
        (255, 0, 1024, 90, 0, Occupancy(0, 0, 0.0, "registers")),
        (16, 0, 32, 90, 0, Occupancy(32, 32, 0.5, "blocks")),
        (16, 48 * 1024, 128, 90, 0, Occupancy(4, 16, 0.25, "shared memory")),
        (16, 0, 128, 90, 227 * 1024, Occupancy(1, 4, 0.0625, "shared memory")),
        (16, 0, 128, 90, 227 * 1024 + 1, Occupancy(0, 0, 0.0, "shared memory")),
        (16, 0, 1024, 75, 0, Occupancy(1, 32, 1.0, "warps")),
        (16, 0, 1024, 120, 0, Occupancy(1, 32, 32 / 48, "warps")),
        (16, 0, 33, 80, 0, Occupancy(32, 64, 1.0, "warps")),
    ],
)
def test_occupancy(registers, shared, threads, architecture, dynamic, expected):
    resources = Resources(registers, shared, 0, 0)
    assert occupancy(resources, threads, architecture, dynamic) == expected
