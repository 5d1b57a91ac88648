"""The GPU's side of the target, on a stand-in for CuPy: its calls, its bits, its messages."""

import re
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sfdfa_compiler import explain, ir
from sfdfa_compiler.codegen import Device, Trace
from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.schedule import AT_ONCE
from sfdfa_compiler.targets.cuda import TARGET
from sfdfa_compiler.targets.cuda.build import check_sizes
from sfdfa_compiler.targets.cuda.compile import compile_kernels
from sfdfa_compiler.targets.cuda.gpu import Gpu
from sfdfa_compiler.targets.cuda.memory import MIB, network_bytes, streamed
from tests.cuda.kernels.fake_cupy import FakeCupy, no_machine_code
from tests.helpers import courses, nets
from tests.helpers.compare import assert_same_bits

NET = nets.random_program(3, sizes=(6, 40, 33, 5), penalty=ir.RatePenalty(strength=0.3, target=1.5))


def opened(monkeypatch, net=NET, *, name="cuda:0", compiled=False, **options):
    """A session on the stand-in, and the stand-in; `compiled`: with real machine code."""
    if not compiled:
        no_machine_code(monkeypatch)
    artifact = TARGET.emit(net.schedule, courses.ORIGIN)
    cupy = FakeCupy(artifact.files["net.cu"], **options)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    build = TARGET.build(artifact, None)
    return TARGET.open(build, net.schedule, net.state(), Device(name=name), net.seed), cupy


@pytest.mark.parametrize("capability", ["90", "86"])
def test_one_launch_a_batch_and_the_reference_s_bits(monkeypatch, capability):
    """An architecture without machine code of its own gets the PTX."""
    session, cupy = opened(monkeypatch, capability=capability, compiled=True)
    reference = courses.target("reference")(NET.graph, NET.schedule, NET.state(), NET.seed)
    batches = nets.batches(3, NET, nets.random_events(3, NET, 9))
    for batch, place in batches:
        traces = [Trace(), Trace()]
        session.learn(batch, place, traces[0])
        reference.learn(batch, place, traces[1])
        assert_same_bits(*traces)
    assert [name for name, *_ in cupy.launches] == ["sfd_net_learn"] * len(batches)
    assert {grid for _, grid, *_ in cupy.launches} == {(8,)}  # 2 multiprocessors, 4 blocks each
    session.close()


def no_cupy_584(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    build = TARGET.build(TARGET.emit(NET.schedule, courses.ORIGIN), None)
    TARGET.open(build, NET.schedule, NET.state(), Device(name="cuda:0"), 0)


def a_number_too_high_585(monkeypatch):
    opened(monkeypatch, name="cuda:3", count=2)


def a_network_too_large_586(monkeypatch):
    layers = tuple(replace(layer, max_spikes=16_000) for layer in NET.schedule.layers)
    schedule = replace(NET.schedule, layers=layers, batch=1000, room=1000)
    opened(monkeypatch, replace(NET, schedule=schedule), memory=8192 * MIB)


def too_many_spikes_587(monkeypatch):
    layer = replace(NET.schedule.layers[0], name="hidden", max_spikes=20000, span=None)
    check_sizes(replace(NET.schedule, layers=(layer,)))


def an_old_gpu_588(monkeypatch):
    opened(monkeypatch, capability="61")


def a_data_set_larger_than_the_gpu_589(monkeypatch):
    del monkeypatch
    gpu = SimpleNamespace(name="cuda:0")
    raise UserError([streamed(gpu, needed=3000 * MIB, free=1024 * MIB, samples=20_000)])


def an_old_driver_595(monkeypatch):
    opened(monkeypatch, driver=12040)


def a_launch_that_fails_596(monkeypatch):
    session, _ = opened(monkeypatch, refuses={"launch"})
    session.forward(nets.batches(3, NET, nets.random_events(3, NET, 9))[0][0])


CASES = {
    f"SNN{name.rpartition('_')[2]}": case
    for name, case in list(globals().items())
    if re.search(r"_\d{3}$", name) and callable(case)
}


@pytest.mark.parametrize("code", CASES)
def test_the_message_is_that_of_the_page(code, monkeypatch):
    with pytest.raises(UserError) as caught:
        CASES[code](monkeypatch)
    shown = re.search(r"```text\n(.*?)```", explain.page(code), re.DOTALL)[1].strip()
    assert render(caught.value.diagnostics).strip() == shown


def test_a_batch_with_more_spikes_than_32_bits_can_number():
    layer = replace(NET.schedule.layers[0], size=65_536, max_spikes=1310)
    check_sizes(replace(NET.schedule, layers=(layer,)))
    with pytest.raises(UserError, match="spikes of a batch"):
        check_sizes(replace(NET.schedule, layers=(replace(layer, max_spikes=1311),)))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"error": "cudaErrorInsufficientDriver"}, ("SNN585", "cudaErrorInsufficientDriver")),
        ({"driver": 0}, ("SNN585", "no driver is installed")),
        ({"refuses": {"load"}}, ("SNN596", "could not load the kernels", "UNSUPPORTED_PTX")),
        ({"refuses": {"allocate"}}, ("SNN596", "bytes of memory", "Out of memory")),
    ],
)
def test_what_the_driver_says_is_passed_on(monkeypatch, options, says):
    with pytest.raises(UserError) as caught:
        opened(monkeypatch, **options)
    text = render(caught.value.diagnostics)
    assert all(words in text for words in says)
    assert "--device cpu" in text


@pytest.mark.parametrize(
    ("batch", "help_is"),
    [(2 * AT_ONCE, f"learner.batch={AT_ONCE}"), (2 * AT_ONCE - 2, "make its layers smaller")],
)
def test_not_enough_memory_says_what_would_fit(monkeypatch, batch, help_is):
    net = nets.random_program(3, batch=batch)
    lasting = network_bytes(replace(net.schedule, room=0))
    with pytest.raises(UserError) as caught:
        opened(monkeypatch, net, memory=(lasting + network_bytes(net.schedule)) // 2)
    text = render(caught.value.diagnostics)
    assert "SNN586" in text
    assert help_is in text


def test_the_bytes_of_a_network_are_those_that_are_allocated(monkeypatch):
    _, cupy = opened(monkeypatch)
    assert network_bytes(NET.schedule) - MIB <= cupy.used <= network_bytes(NET.schedule)


def test_without_a_compiler_and_without_machine_code(monkeypatch):
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.compile._nvcc", lambda: "")
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.compile._nvrtc", lambda: None)
    with pytest.raises(UserError) as caught:
        opened(monkeypatch, compiled=True)
    assert [found.code for found in caught.value.diagnostics] == ["SNN580"]


def test_machine_code_of_the_build_directory_is_loaded(monkeypatch, tmp_path):
    """Where the GPU is, no CUDA compiler is needed."""
    artifact = TARGET.emit(NET.schedule, courses.ORIGIN)
    compiled = compile_kernels(artifact.files["net.cu"], [90])
    (tmp_path / "net.cu").write_text(artifact.files["net.cu"])
    (tmp_path / "net.sm_90.cubin").write_bytes(compiled.cubins[90])
    (tmp_path / "net.ptx").write_text(compiled.ptx)
    monkeypatch.setattr("sfdfa_compiler.targets.cuda.gpu.compile_kernels", None)
    for capability, name in (("90", "net.sm_90.cubin"), ("86", "net.ptx")):
        cupy = FakeCupy(artifact.files["net.cu"], capability=capability)
        monkeypatch.setitem(sys.modules, "cupy", cupy)
        Gpu(tmp_path, "cuda:0", NET.schedule)
        assert cupy.loaded == [name]
