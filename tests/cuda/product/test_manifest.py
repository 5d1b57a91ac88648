"""What the manifest of a build says, and that it is so; with a CUDA compiler and without."""

import re
from importlib import import_module

import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.targets.cuda import TARGET
from sfdfa_compiler.targets.cuda.compile import compile_kernels
from sfdfa_compiler.targets.cuda.memory import network_bytes
from tests.helpers import courses, nets

NET = nets.random_program(3, sizes=(6, 40, 33, 5), penalty=ir.RatePenalty(strength=0.3, target=1.5))
ARTIFACT = TARGET.emit(NET.schedule, courses.ORIGIN)
BUILD = import_module("sfdfa_compiler.targets.cuda.build")


def test_with_a_compiler(monkeypatch, tmp_path):
    monkeypatch.setattr(BUILD, "compile_kernels", lambda text: compile_kernels(text, [90]))
    facts = TARGET.build(ARTIFACT, tmp_path).facts
    assert facts["launches_per_batch"] == 1
    assert facts["device_bytes"] == network_bytes(NET.schedule)
    assert facts["audit"] == []
    assert facts["compiled"]
    assert set(facts["kernels"]["sm_90"]) == {"sfd_net_forward", "sfd_net_learn"}
    for kernel in facts["kernels"]["sm_90"].values():
        assert kernel["spill_bytes"] == kernel["stack_bytes"] == 0
        assert kernel["registers"] <= 64
        assert kernel["shared_bytes"] <= 48 * 1024
        assert kernel["occupancy"] >= 0.5
        assert kernel["blocks"] == 4
    assert facts["traffic"]["learn"]["layer0"]["bytes_moved"]["per_event_heard"] == 8
    assert re.search(r"\.target sm_75\b", (tmp_path / "net.ptx").read_text())
    assert (tmp_path / "net.sm_90.cubin").read_bytes()[:4] == b"\x7fELF"


def test_without_a_compiler_the_text_is_there(monkeypatch, tmp_path):
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.compile._nvcc", lambda: "")
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.compile._nvrtc", lambda: None)
    build = TARGET.build(ARTIFACT, tmp_path)
    facts = build.facts
    assert [(found.code, found.level) for found in build.warnings] == [("SNN580", "warning")]
    assert not facts["compiled"]
    assert facts["why"] == ["there is no CUDA compiler"]
    assert facts["traffic"]["forward"]
    assert {path.name for path in tmp_path.iterdir()} == {*ARTIFACT.files, "normal.npy"}


@pytest.mark.parametrize("learner", ["sfdfa", "dfa", "bp"])
def test_operations_grow_with_what_happens(learner):
    """An event costs every neuron some operations; a layer of twice the neurons twice as many."""
    traffic = import_module("sfdfa_compiler.targets.cuda.traffic")
    found = []
    for size in (32, 64):
        schedule = nets.random_program(3, sizes=(6, size, 5), learner=learner).schedule
        found.append(traffic.operations(schedule, schedule.layers[0], learning=True))
    assert found[1].event == 2 * found[0].event > 0
    assert found[1].batch == 2 * found[0].batch > 0
    assert found[1].spike == found[0].spike > 0
