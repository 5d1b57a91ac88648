"""Native sessions that share the shards of a batch reach the bits of one that has them all."""

import numpy as np
import pytest

from sfdfa_compiler.codegen import Device, Forward, State, Trace, find_target
from sfdfa_compiler.parallel import Exchange, Share, cut
from sfdfa_compiler.schedule.sharing import asked_of_all
from tests.helpers import nets
from tests.helpers.courses import ORIGIN
from tests.parallel.threads import driven, on_threads


def train(
    net: nets.Program, samples: int, exchange: Exchange | None = None, threads: int = 1
) -> tuple[State, list[Forward]]:
    """Two epochs of two batches, and a pass over all samples at the end."""
    target = find_target("native")
    build = target.build(target.emit(net.schedule, ORIGIN), None)
    device = Device(threads=threads, exchange=exchange)
    session = target.open(build, net.schedule, net.state(), device, net.seed)
    return driven(session, net, samples)


def assert_same(got: State, wanted: State) -> None:
    assert got.step == wanted.step
    for kind in ("weights", "feedback", "m", "v"):
        ours, theirs = getattr(got, kind), getattr(wanted, kind)
        assert ours.keys() == theirs.keys()
        for layer, array in theirs.items():
            assert ours[layer].tobytes() == array.tobytes(), f"{kind} of {layer}"


def assert_shared(net: nets.Program, samples: int, ranks: int, threads: int = 1) -> None:
    """All ranks have the state and the counts of a session on its own."""
    state, seen = train(net, samples)
    assert any(
        not np.array_equal(state.weights[name], net.state().weights[name]) for name in state.weights
    )
    for own_state, own_seen in on_threads(
        ranks, lambda exchange: train(net, samples, exchange, threads)
    ):
        assert_same(own_state, state)
        for got, wanted in zip(own_seen, seen, strict=True):
            assert np.array_equal(got.counts, wanted.counts)
            assert got.saturated == wanted.saturated
            for layer, spikes in wanted.activity.items():
                assert np.array_equal(got.activity[layer], spikes)


@pytest.mark.parametrize("learner", ["sfdfa", "dfa", "bp"])
@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_ranks_do_not_change_a_bit(learner: str, ranks: int) -> None:
    assert_shared(nets.random_program(5, learner=learner, batch=16, shards=6), 20, ranks)


@pytest.mark.parametrize("seed", range(8))
def test_random_networks(seed: int) -> None:
    rng = np.random.default_rng([seed, 9])
    shards = int(rng.integers(2, 8))
    net = nets.random_program(
        seed,
        learner=("sfdfa", "dfa", "bp")[seed % 3],
        profile=("event32", "event64")[seed % 2],
        window=(0.2, 3.5)[seed % 2],  # the second has several epochs
        batch=int(rng.integers(3, 12)),
        shards=shards,
        frozen={0} if seed == 4 else (),
    )
    assert_shared(net, int(rng.integers(4, 18)), int(rng.integers(2, shards + 1)), threads=2)


def test_batches_smaller_than_their_shards() -> None:
    """Two batches of 3 and 1 samples, 7 shards: most shards have none, some ranks have none."""
    assert_shared(nets.random_program(7, batch=4, shards=7, hidden=1), 4, 5)


def test_wide_layers_and_two_threads() -> None:
    """Layers of several blocks, not a multiple of 32."""
    net = nets.random_program(11, sizes=(40, 150, 97, 10), batch=24, shards=5)
    assert_shared(net, 30, 3, threads=2)


def test_the_result_depends_on_the_number_of_shards() -> None:
    """Else the tests above would say nothing."""
    options = {"sizes": (40, 60, 5), "batch": 24}
    one, _ = train(nets.random_program(2, shards=1, **options), 30)
    six, _ = train(nets.random_program(2, shards=6, **options), 30)
    assert one.weights["layer0"].tobytes() != six.weights["layer0"].tobytes()


def test_an_input_that_only_one_process_hears() -> None:
    """Its weights change on the others too."""
    net = nets.random_program(3, sizes=(2, 4, 2), batch=6, shards=2, learner="dfa")
    stop = net.window.E
    lists = [
        [(0, 1.0 + k * (stop - 1) / 9, 1 if s == 5 else 0) for k in range(8)] for s in range(6)
    ]
    events = nets.pack(lists, net)

    def last(exchange: Exchange | None) -> State:
        target = find_target("native")
        build = target.build(target.emit(net.schedule, ORIGIN), None)
        session = target.open(build, net.schedule, net.state(), Device(exchange=exchange), 0)
        (batch, place), _ = nets.batches(0, net, events)
        rows, labels = np.arange(6), np.zeros(6, np.int64)
        for _ in range(2):
            session.learn(nets.Batch(events=batch.events, rows=rows, labels=labels), place)
        return session.state()

    alone = last(None)
    assert (alone.weights["layer0"][1] != net.state().weights["layer0"][1]).any()
    for state in on_threads(2, last):
        assert_same(state, alone)


def test_a_session_of_several_leaves_no_trace() -> None:
    net = nets.random_program(1, batch=4, shards=2)
    target = find_target("native")
    build = target.build(target.emit(net.schedule, ORIGIN), None)

    def learn(exchange: Exchange) -> None:
        session = target.open(build, net.schedule, net.state(), Device(exchange=exchange), 0)
        (batch, place), _ = nets.batches(0, net, nets.random_events(1, net))
        with pytest.raises(ValueError, match="one process"):
            session.learn(batch, place, Trace())

    on_threads(1, learn)


@pytest.mark.parametrize(
    ("learner", "names"),
    [("sfdfa", {"counts", "perturbation", "derivative"}), ("dfa", {"counts"}), ("bp", {"counts"})],
)
def test_what_is_exchanged_is_read_off_the_plan(learner: str, names: set[str]) -> None:
    net = nets.random_program(1, learner=learner, hidden=2)
    assert {name.split(".")[1] for name in asked_of_all(net.schedule)} == names


@pytest.mark.parametrize(
    ("items", "parts", "starts"),
    [(50, 6, [0, 9, 18, 26, 34, 42, 50]), (2, 3, [0, 1, 2, 2]), (0, 2, [0, 0, 0]), (5, 1, [0, 5])],
)
def test_first_parts_are_larger(items: int, parts: int, starts: list[int]) -> None:
    assert cut(items, parts).tolist() == starts


def test_a_share_has_the_samples_of_its_shards() -> None:
    share = Share.of(50, 6, 4)
    assert share.shards.tolist() == [0, 2, 4, 5, 6]
    assert share.samples.tolist() == [0, 18, 34, 42, 50]
