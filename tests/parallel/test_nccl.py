"""GPUs that exchange what they have found, on stand-ins for CuPy and NCCL."""

import sys
import threading
from types import SimpleNamespace

import pytest

from sfdfa_compiler.codegen import Device, State
from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.parallel import Exchange
from sfdfa_compiler.targets.cuda import TARGET
from tests.cuda.kernels.fake_cupy import FakeCupy, no_machine_code
from tests.helpers import nets
from tests.helpers.courses import ORIGIN
from tests.parallel.fake_nccl import FakeNccl
from tests.parallel.test_cuda import alone, net_of
from tests.parallel.test_sessions import assert_same
from tests.parallel.threads import on_threads


class Machine:
    """So many GPUs; every process has a stand-in for CuPy of its own, and they share NCCL."""

    def __init__(self, monkeypatch, gpus: int, **options) -> None:
        no_machine_code(monkeypatch)
        monkeypatch.setitem(sys.modules, "cupy", None)
        self.nccl = FakeNccl(**options)
        monkeypatch.setitem(sys.modules, "cupy.cuda", SimpleNamespace(nccl=self.nccl))
        self._gpus = gpus
        self._lock = threading.Lock()

    def train(self, name: str, exchange: Exchange, samples: int = 11, device: str = "cuda:0"):
        """What `test_cuda.train` does: the state, CuPy's log, the GPU, the exchange's log."""
        net = net_of(name)
        artifact = TARGET.emit(net.schedule, ORIGIN)
        build = TARGET.build(artifact, None)
        cupy = FakeCupy(artifact.files["net.cu"], count=self._gpus)
        with self._lock:
            sys.modules["cupy"] = cupy
            where = Device(name=device, exchange=exchange)
            session = TARGET.open(build, net.schedule, net.state(), where, net.seed)
        for batch, place in (
            nets.batches(net.seed, net, nets.random_events(net.seed, net, samples)) * 2
        ):
            session.learn(batch, place)
        state: State = session.state()
        return state, cupy.log, session.device.name, exchange.log


def exchanged(log: list[str]) -> set[str]:
    """What the host did between a batch's first and last launch."""
    first, last = log.index("sfd_net_sense"), log.index("sfd_net_adapt")
    return set(log[first + 1 : last])


@pytest.mark.parametrize(("name", "ranks"), [("sfdfa", 2), ("dfa", 3), ("bp", 3)])
def test_nothing_goes_through_the_host(monkeypatch, name, ranks):
    machine = Machine(monkeypatch, gpus=ranks)
    found = on_threads(ranks, lambda exchange: machine.train(name, exchange))
    for rank, (state, log, device, met) in enumerate(found):
        assert_same(state, alone("cuda", name)[0])
        assert device == f"cuda:{rank}"
        assert exchanged(log) == {"sfd_net_judge"}
        assert [word for word in log if word.startswith("sfd_")] == [
            "sfd_net_sense", "sfd_net_judge", "sfd_net_adapt",
        ] * 4  # fmt: skip
        batch = [
            "gather",
            "elsewhere",
            "gather",
            "elsewhere",
            "gather",
        ]  # done when results are there
        assert met == ["gather", "gather", *batch * 4]
    assert len(machine.nccl.moved) > 0


def test_what_is_broadcast(monkeypatch):
    """The rows of each process, in bytes; nobody sends nothing."""
    machine = Machine(monkeypatch, gpus=4)
    found = on_threads(4, lambda exchange: machine.train("dfa", exchange, samples=4))
    for state, *_ in found:
        assert_same(state, alone("cuda", "dfa", None, 4)[0])
    counts = [4 * lanes * samples for lanes in (64, 32) for samples in (2, 1)]
    sums = [4 * lanes * shards for lanes in (9 * 64, 37 * 32) for shards in (2, 1, 1, 1)]
    one_sample = [4 * 64, 4 * 32]
    assert machine.nccl.moved == [*counts, *sums, *one_sample, *sums] * 2


@pytest.mark.parametrize("options", [{"gpus": 1}, {"gpus": 2, "available": False}], ids=str)
def test_a_gpu_for_two_or_no_nccl(monkeypatch, options):
    machine = Machine(monkeypatch, **options)
    found = on_threads(2, lambda exchange: machine.train("sfdfa", exchange))
    for state, log, _, met in found:
        assert_same(state, alone("cuda", "sfdfa")[0])
        assert exchanged(log) == {"sfd_net_judge", "read", "write"}
        assert met == ["gather"] * (1 + 2 * 4)
    assert [device for *_, device, _ in found] == ["cuda:0", f"cuda:{options['gpus'] - 1}"]
    assert machine.nccl.moved == []


def test_the_named_gpu_comes_first(monkeypatch):
    machine = Machine(monkeypatch, gpus=3)
    found = on_threads(3, lambda exchange: machine.train("dfa", exchange, device="cuda:1"))
    assert [device for *_, device, _ in found] == ["cuda:1", "cuda:2", "cuda:0"]


def test_what_nccl_says_is_passed_on(monkeypatch):
    machine = Machine(monkeypatch, gpus=2, refuses=True)

    def refused(exchange: Exchange) -> str:
        with pytest.raises(UserError) as caught:
            machine.train("dfa", exchange)
        return render(caught.value.diagnostics)

    for text in on_threads(2, refused):
        assert "SNN596" in text
        assert "could not be connected with other GPUs" in text
        assert "NCCL_ERROR_INVALID_USAGE" in text
