"""Sessions of the target cuda that share the shards of a batch reach the bits of one alone."""

import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Device, Forward, State, Trace, find_target
from sfdfa_compiler.codegen.optional import learn_on
from sfdfa_compiler.parallel import Exchange
from sfdfa_compiler.targets.cuda.lower import LAUNCHES_TOGETHER, walks_of
from tests.helpers import nets
from tests.helpers.courses import ORIGIN
from tests.parallel import test_mpiexec as mpiexec
from tests.parallel.test_sessions import assert_same
from tests.parallel.threads import driven, on_threads

ROOT = Path(__file__).resolve().parents[2]
PENALTY = ir.RatePenalty(strength=0.3, target=1.5)
NETS = {
    "sfdfa": {"sizes": (6, 40, 33, 5), "penalty": PENALTY, "shards": 4},
    "dfa": {"sizes": (9, 37, 4), "learner": "dfa", "shards": 5},
    "bp": {"sizes": (6, 35, 12, 4), "learner": "bp", "penalty": PENALTY, "shards": 3},
    "long": {"sizes": (6, 20, 5), "window": 4.0, "shards": 2, "frozen": (1,)},
}


@cache
def net_of(name: str) -> nets.Program:
    """8 samples a batch."""
    return nets.random_program(5, batch=8, **NETS[name])


def opened(target: str, net: nets.Program, exchange: Exchange | None = None):
    """A session that has learned nothing, on the CPU."""
    found = find_target(target)
    build = found.build(found.emit(net.schedule, ORIGIN), None)
    device = Device(name="cpu", exchange=exchange)
    return found.open(build, net.schedule, net.state(), device, net.seed)


def train(
    target: str, name: str, exchange: Exchange | None = None, samples: int = 11
) -> tuple[State, list[Forward]]:
    """Two epochs of a full batch and one of 3 samples."""
    net = net_of(name)
    session = opened(target, net, exchange)
    return driven(session, net, samples)


alone = cache(train)


def assert_same_results(got: list[Forward], wanted: list[Forward]) -> None:
    for ours, theirs in zip(got, wanted, strict=True):
        assert np.array_equal(ours.counts, theirs.counts)
        assert ours.saturated == theirs.saturated
        for layer, spikes in theirs.activity.items():
            assert np.array_equal(ours.activity[layer], spikes)


@pytest.mark.parametrize(
    ("name", "ranks"),
    [("sfdfa", 1), ("sfdfa", 2), ("sfdfa", 3), ("dfa", 3), ("dfa", 5), ("bp", 2), ("long", 2)],
)
def test_processes_do_not_change_a_bit(name: str, ranks: int) -> None:
    state, seen = alone("cuda", name)
    for own_state, own_seen in on_threads(ranks, lambda exchange: train("cuda", name, exchange)):
        assert_same(own_state, state)
        assert_same_results(own_seen, seen)


@pytest.mark.parametrize("name", NETS)
def test_the_bits_are_those_of_native(name: str) -> None:
    ours, theirs = alone("cuda", name), alone("native", name)
    assert_same(ours[0], theirs[0])
    assert_same_results(ours[1], theirs[1])
    assert any(
        not np.array_equal(array, net_of(name).state().weights[layer])
        for layer, array in ours[0].weights.items()
    )


def test_batches_with_fewer_samples_than_shards() -> None:
    """3 samples and 1 for 5 shards: most are empty, and some of 4 processes have no sample."""
    state, seen = alone("cuda", "dfa", None, 4)
    for own_state, own_seen in on_threads(4, lambda exchange: train("cuda", "dfa", exchange, 4)):
        assert_same(own_state, state)
        assert_same_results(own_seen, seen)


@pytest.mark.parametrize("order", ["descending", "3"])
@pytest.mark.parametrize("name", ["sfdfa", "bp"])
def test_orders_of_threads_do_not_change_a_bit(name: str, order: str, monkeypatch) -> None:
    wanted = alone("cuda", name)[0]
    monkeypatch.setenv("SFDFAC_CUDA_ORDER", order)
    for state, _ in on_threads(2, lambda exchange: train("cuda", name, exchange)):
        assert_same(state, wanted)


def test_a_mixed_company() -> None:
    """A native process alone, two on cuda: a run can be resumed anywhere."""
    net = net_of("sfdfa")
    batches = nets.batches(net.seed, net, nets.random_events(net.seed, net, 11))

    def second_epoch(exchange: Exchange) -> State:
        native = opened("native", net)
        for batch, place in batches:
            native.learn(batch, place)
        session = opened("cuda", net, exchange)
        session.load(native.state())
        for batch, place in batches:
            session.learn(batch, place)
            session.forward(batch)
        return session.state()

    for state in on_threads(2, second_epoch):
        assert_same(state, alone("cuda", "sfdfa")[0])


def test_an_epoch_comes_back_behind_each_batch() -> None:
    """Three launches each; alone, it would be one launch each and one stretch."""
    net = net_of("sfdfa")
    labels = np.arange(11, dtype=np.int64) % net.schedule.classes
    events = {"input": nets.random_events(net.seed, net, 11)}
    whole = nets.Batch(events=events, rows=np.arange(11), labels=labels)

    def epoch(exchange: Exchange | None) -> tuple[State, int, int]:
        session = opened("cuda", net, exchange)
        step, rest = 0, whole
        while len(rest):
            found = learn_on(session, rest, step, 0, lambda: True)
            rest = replace(rest, rows=rest.rows[len(found.counts) :])
            step += 1
        return session.state(), step, session.device.launches

    state, stretches, launches = epoch(None)
    assert (stretches, launches) == (1, 2)
    for own_state, own_stretches, own_launches in on_threads(2, epoch):
        assert_same(own_state, state)
        assert (own_stretches, own_launches) == (2, 2 * LAUNCHES_TOGETHER)
    assert LAUNCHES_TOGETHER <= 4


def test_what_goes_from_one_to_the_other() -> None:
    """In bytes: each process gets the rows of the others once, and nothing else."""
    net = net_of("dfa")
    batch, place = nets.batches(net.seed, net, nets.random_events(net.seed, net, 11))[0]
    assert len(batch) == 8

    def received(exchange: Exchange) -> int:
        session = opened("cuda", net, exchange)
        session.learn(batch, place)
        return exchange.received

    lanes = {"layer0": 64, "layer1": 32}  # 37 and 4 neurons in whole warps
    counts = 4 * sum(lanes.values())  # of a sample
    shard = 4 * (9 * lanes["layer0"] + 37 * lanes["layer1"])
    name = 32  # of a device
    # 5 shards of 2, 2, 2, 1, 1 samples: 3 of them with 6 samples, and 2 with 2
    assert on_threads(2, received) == [
        name + 2 * counts + 2 * shard,
        name + 6 * counts + 3 * shard,
    ]


def test_a_shared_session_leaves_no_trace() -> None:
    net = net_of("dfa")
    batch, place = nets.batches(net.seed, net, nets.random_events(net.seed, net, 8))[0]

    def learn(exchange: Exchange) -> None:
        session = opened("cuda", net, exchange)
        with pytest.raises(ValueError, match="one process"):
            session.learn(batch, place, Trace())

    on_threads(1, learn)


def test_a_program_of_one_shard_has_no_kernels_to_share() -> None:
    """They take time to compile, and it takes two shards to share."""
    one = nets.random_program(5, sizes=(6, 20, 5))
    assert [walk.name for walk in walks_of(one.schedule)] == ["forward", "learn"]
    assert [walk.name for walk in walks_of(net_of("dfa").schedule)] == [
        "forward", "learn", "sense", "judge", "adapt",
    ]  # fmt: skip
    assert [walk.ends for walk in walks_of(net_of("dfa").schedule)] == [
        True, True, False, False, True,
    ]  # fmt: skip


TINY = [
    str(ROOT / "examples" / "tiny.snn"), "--samples", "60", "--test-samples", "20",
    "--set", "learner.shards=2", "--set", "learner.epochs=2", "--set", "learner.batch=16",
]  # fmt: skip
ON_CUDA = ["--target", "cuda", "--device", "cpu"]


@pytest.mark.xdist_group("mpiexec")
def test_real_processes(tmp_path) -> None:
    """`mpiexec -n 2 sfdfac train` on cuda, and what one process makes of it on cuda and native."""
    got = mpiexec.trained(2, *TINY, *ON_CUDA, cwd=tmp_path, out="two")
    assert (got[0]["ranks"], got[0]["target"], got[0]["device"]) == (2, "cuda", "cpu")
    mpiexec.assert_same(got, mpiexec.trained(None, *TINY, *ON_CUDA, cwd=tmp_path, out="one"))
    mpiexec.assert_same(got, mpiexec.trained(None, *TINY, cwd=tmp_path, out="native"))


@pytest.mark.xdist_group("mpiexec")
def test_different_targets_do_not_mix(tmp_path) -> None:
    """Their arrays have other rows, so they would not understand each other."""
    command = ["-n", "1", *mpiexec.SFDFAC, "train", *TINY]
    done = subprocess.run(
        [mpiexec.MPIEXEC, *command, ":", *command, *ON_CUDA],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert mpiexec.CODE.findall(done.stderr) == ["SNN565"]
    assert "different options" in done.stderr
