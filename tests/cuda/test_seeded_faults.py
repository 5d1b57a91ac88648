"""Six faults, seeded into kernels that train: each is caught, and the kernels without it pass.

Caught means: the bits are not those of the reference, or the runtime ends the launch and names the
fault. Races that no order of threads shows are ThreadSanitizer's: test_sanitizers.py.
"""

import pytest

from sfdfa_compiler.targets.cuda.compile import Nvcc, Nvrtc
from sfdfa_compiler.targets.cuda.cpu.library import VARIANT, Variant
from sfdfa_compiler.targets.cuda.execute import ORDER, Fault, KernelError
from sfdfa_compiler.targets.cuda.ptx import audit
from tests.cuda.mutations import MUTATIONS
from tests.cuda.programs import ORDERS, assert_same_result, case_of, open_text, train, wanted

BATCHES = 2
CAUGHT_BY = {  # what comes of it under every order of threads
    "missing barrier": {Fault.OUT_OF_RANGE},  # the neuron's number is not there yet
    "missing double buffer": {"wrong"},
    "off by one": {Fault.OUT_OF_RANGE},
    "divergent barrier": {Fault.DIVERGENT_BARRIER},
    "wrong reduction order": {"wrong"},
    "wrong reduction tree": {"wrong"},
    "contraction": {"wrong"},
}

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _checked(monkeypatch):
    """An index out of range must end the launch, not this process."""
    monkeypatch.setenv(VARIANT, Variant.CHECKED)


def outcomes(name, text, monkeypatch):
    """For each order of threads `right`, `wrong`, or the fault that the runtime names."""
    found = {}
    for order in ORDERS:
        monkeypatch.setenv(ORDER, order)
        case = case_of(name, BATCHES)
        try:
            result = train(case, open_text(case, text))
        except KernelError as error:
            found[order] = error.fault
            continue
        try:
            assert_same_result(result, wanted(name, BATCHES))
        except AssertionError:
            found[order] = "wrong"
        else:
            found[order] = "right"
    return found


@pytest.mark.parametrize("program", sorted({m.program for m in MUTATIONS.values()}))
def test_without_a_fault_all_is_right(program, monkeypatch):
    found = outcomes(program, case_of(program).text, monkeypatch)
    assert found == dict.fromkeys(ORDERS, "right")


@pytest.mark.parametrize("fault", MUTATIONS)
def test_caught(fault, monkeypatch):
    mutation = MUTATIONS[fault]
    text = mutation.apply(case_of(mutation.program).text)
    found = outcomes(mutation.program, text, monkeypatch)
    assert set(found.values()) == CAUGHT_BY[fault]


@pytest.mark.parametrize("toolchain", [Nvcc, Nvrtc])
def test_compilers_that_may_contract_are_found_in_the_ptx(toolchain, monkeypatch):
    """They leave it to the assembler, in operations that are not told how to round."""
    text = case_of("sfdfa").text
    assert audit(toolchain().ptx(text, 75)) == []
    for flags in ("NVCC_FLAGS", "NVRTC_FLAGS"):
        monkeypatch.setattr(f"sfdfa_compiler.targets.cuda.compile.{flags}", ("-std=c++17",))
    found = audit(toolchain().ptx(text, 75))
    assert {finding.why for finding in found} == {"the assembler may fuse it"}


def test_a_template_that_changes_is_noticed():
    mutation = MUTATIONS["off by one"]
    with pytest.raises(ValueError, match="is 0 times in the kernels, not once"):
        mutation.apply(mutation.apply(case_of("sfdfa").text))
