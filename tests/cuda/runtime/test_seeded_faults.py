"""Six faults that people make in kernels, and which checks find each of them.

The checks: wrong bits under some order of threads, a named error, the sanitizers, the audit of PTX.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sfdfa_compiler.codegen.host import Compiler
from sfdfa_compiler.targets.cuda.compile import find_toolchain
from sfdfa_compiler.targets.cuda.cpu.library import Variant, build, preload
from sfdfa_compiler.targets.cuda.execute import Fault, KernelError, Kernels
from sfdfa_compiler.targets.cuda.ptx import audit
from tests.cuda.runtime.cases import ORDERS, RIGHT, SOURCE, neighbours, product, tree_sum

ROOT = Path(__file__).resolve().parents[3]
GCC = Compiler(("g++",), "g++")


@pytest.fixture(scope="module")
def plain():
    return Kernels(build(SOURCE))


@pytest.fixture(scope="module")
def checked():
    return Kernels(build(SOURCE, Variant.CHECKED))


def outcomes(kernels, case):
    """For each order: `right`, `wrong`, or the name of the fault that ended the launch."""
    found = {}
    for name, order in ORDERS.items():
        try:
            written, _ = case.run(kernels, order=order, workers=1)
        except KernelError as error:
            found[name] = error.fault
        else:
            found[name] = "right" if case.is_right(written) else "wrong"
    return found


def sanitized(variant, *kernels):
    """Exit status and words of a process that runs kernels under a sanitizer."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.cuda.runtime.sanitized", variant, *kernels],
        cwd=ROOT,
        env={**os.environ, "CXX": "g++", **preload(variant, GCC)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("variant", [Variant.ADDRESS, Variant.THREAD])
def test_the_right_kernels_are_clean(variant):
    status, words = sanitized(variant)
    assert status == 0, words
    assert "wrong" not in words
    assert words.count("right\n") == 3 * len(RIGHT), words


# ---------------------------------------------------------------- 1


@pytest.mark.parametrize("case", [tree_sum(), product()], ids=lambda case: case.kernel)
def test_a_missing_barrier(plain, case):
    wrong = case.named(case.kernel.replace("right", "missing_barrier"))
    assert "wrong" in outcomes(plain, wrong).values()


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["tree_sum_missing_barrier", "product_missing_barrier"])
def test_a_missing_barrier_is_a_race(kernel):
    status, words = sanitized(Variant.THREAD, kernel)
    assert status == 66
    assert "data race" in words
    assert "kernels.cu" in words


@pytest.mark.slow
def test_a_shuffle_is_no_barrier(plain):
    """The threads do meet, so the bits are right: only the race detector knows."""
    wrong = "neighbours_missing_barrier"
    assert set(outcomes(plain, neighbours().named(wrong)).values()) == {"right"}
    status, words = sanitized(Variant.THREAD, wrong)
    assert status == 66
    assert "data race" in words


@pytest.mark.slow
def test_blocks_race_even_if_they_run_one_after_the_other():
    status, words = sanitized(Variant.THREAD, "blocks_off_by_one")
    assert status == 66
    assert "data race" in words


# ---------------------------------------------------------------- 2


def test_a_missing_double_buffer(plain):
    found = outcomes(plain, product().named("product_missing_buffer"))
    assert "wrong" in found.values()


@pytest.mark.slow
def test_a_missing_double_buffer_is_a_race():
    status, words = sanitized(Variant.THREAD, "product_missing_buffer")
    assert status == 66
    assert "data race" in words


# ---------------------------------------------------------------- 3


@pytest.mark.parametrize("kernel", ["product_off_by_one", "product_off_by_one_shared"])
def test_an_index_off_by_one(checked, kernel):
    found = outcomes(checked, product().named(kernel))
    assert set(found.values()) == {Fault.OUT_OF_RANGE}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ("product_off_by_one", "heap-buffer-overflow"),
        ("product_off_by_one_shared", "index 32 out of bounds"),
    ],
)
def test_an_index_off_by_one_meets_the_sanitizers(kernel, words):
    status, said = sanitized(Variant.ADDRESS, kernel)
    assert status != 0
    assert words in said


# ---------------------------------------------------------------- 4


def test_a_divergent_barrier(plain):
    found = outcomes(plain, product().named("product_divergent_barrier"))
    assert set(found.values()) <= {Fault.DIVERGENT_BARRIER, Fault.INCOMPLETE_BARRIER}


# ---------------------------------------------------------------- 5


def test_a_wrong_order_of_a_sum(plain):
    case = tree_sum(blocks=20, block=256, n=256)  # enough sums that some differ
    found = outcomes(plain, case.named("tree_sum_wrong_order"))
    assert set(found.values()) == {"wrong"}


# ---------------------------------------------------------------- 6


def test_contraction_changes_the_bits():
    fused = build(SOURCE, defines=("-ffp-contract=fast",), compiler=GCC)
    assert set(outcomes(Kernels(fused), product()).values()) == {"wrong"}


def test_contraction_is_in_the_ptx(monkeypatch):
    toolchain = find_toolchain()
    assert audit(toolchain.ptx(SOURCE, 75)) == []
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.compile.NVCC_FLAGS", ("-std=c++17",))
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.compile.NVRTC_FLAGS", ("--std=c++17",))
    found = audit(toolchain.ptx(SOURCE, 75))
    assert "fused, and not written so" in {finding.why for finding in found}
    assert "product_right" in {finding.kernel for finding in found}
