"""Random numbers by counter: published vectors, and what must hold of everything drawn."""

import hashlib
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfdfa_compiler.arith import UINT32, draw
from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.arith.philox import Purpose, philox

seeds = st.integers(0, 2**64 - 1)
word = st.integers(0, 2**32 - 1)

# Counter, key and result of Philox4x32-10: kat_vectors of Random123 (Salmon et al. 2011).
PUBLISHED = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def words_of(text: str) -> list[int]:
    return [int(part, 16) for part in text.split()]


@pytest.mark.parametrize(("counter", "key", "result"), PUBLISHED)
def test_published_vectors(counter, key, result):
    inputs = [np.uint32(part) for part in (*words_of(counter), *words_of(key))]
    assert [int(x) for x in evaluate(philox.at(UINT32), *inputs)] == words_of(result)


def plain_philox(counter: list[int], key: list[int]) -> list[int]:
    """Ten rounds, in Python's integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 % 2**32, p0 >> 32 ^ c3 ^ k1, p0 % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [c0, c1, c2, c3]


@given(seeds, st.sampled_from(Purpose), st.integers(0, 65535), word, word, word)
def test_counter_and_key_say_what_a_number_is_for(seed, purpose, layer, c0, c1, c3):
    got = draw.words(seed, purpose, layer, c0, c1, c3)
    counter = [c0, c1, purpose * 65536 + layer, c3]
    assert [int(x) for x in got] == plain_philox(counter, [seed % 2**32, seed >> 32])


def test_arrays_of_counters_broadcast():
    table = draw.words(7, Purpose.WEIGHT, 2, np.arange(3)[:, None], np.arange(4), 0)
    for pre, post in np.ndindex(3, 4):
        one = draw.words(7, Purpose.WEIGHT, 2, pre, post, 0)
        assert [int(x[pre, post]) for x in table] == [int(x) for x in one]


# ---------------------------------------------------------------- values


def test_the_normal_table():
    table = draw.normal_table()
    digest = hashlib.sha256(table.astype("<f4").tobytes()).hexdigest()
    assert digest == "1cfbba1e07e34386a57626f82aeb43e6ed54ba70a3ea6b7d964dc66a841074a8"
    assert table[49152] == np.float32(NormalDist().inv_cdf(49152.5 / 65536))
    assert np.array_equal(table, -table[::-1])


@pytest.mark.parametrize("bits", [24, 53])
def test_uniforms_at_the_ends_of_their_range(bits):
    ends = (np.array([0, 2**32 - 1], np.uint32),) * 4
    assert draw.unit(ends, bits).tolist() == [0.0, 1 - 2.0**-bits]
    assert draw.uniform(ends, -1.0, 1.0, bits).tolist() == [-1.0, 1 - 2.0 ** (1 - bits)]


@given(word, word, st.floats(-100, 100), st.floats(0, 100))
def test_a_uniform_is_formed_from_left_to_right(x0, x1, low, width):
    random = tuple(np.array([x], np.uint32) for x in (x0, x1, 0, 0))
    high = low + width
    coarse, fine = (x0 >> 8) / 2**24, ((x0 >> 5) * 2**26 + (x1 >> 6)) / 2**53
    assert draw.uniform(random, low, high, 24)[0] == low + (high - low) * coarse
    assert draw.uniform(random, low, high, 53)[0] == low + (high - low) * fine


@given(word, st.floats(-10, 10), st.floats(0, 10))
def test_a_normal_is_an_entry_of_the_table(x0, mean, sd):
    random = tuple(np.array([x], np.uint32) for x in (x0, 0, 0, 0))
    entry = float(draw.normal_table()[x0 >> 16])
    assert draw.normal(random, mean, sd)[0] == mean + sd * entry


def test_perturbations_are_named_by_neuron_sample_and_step():
    neuron, sample = np.array([0, 5, 5]), np.array([9, 9, 59999])
    p = draw.perturbations(2**40 + 3, 1, neuron, sample, 17)
    for got, i, s in zip(p, neuron, sample, strict=True):
        counter = [int(i), int(s), Purpose.PERTURBATION * 65536 + 1, 17]
        (x0, *_) = plain_philox(counter, [3, 2**8])
        assert got == draw.normal_table()[x0 >> 16]


# ---------------------------------------------------------------- orders and splits


@given(seeds, st.integers(0, 200), st.integers(0, 1000))
def test_an_epochs_order_is_by_key(seed, count, epoch):
    samples = np.arange(count)
    order = draw.epoch_order(seed, samples, epoch)
    keys = {}
    for sample in range(count):
        x0, x1, *_ = plain_philox(
            [sample, 0, Purpose.ORDER * 65536, epoch], [seed % 2**32, seed >> 32]
        )
        keys[sample] = (x0, x1, sample)
    assert order.tolist() == sorted(range(count), key=keys.__getitem__)


@given(seeds, st.sets(st.integers(0, 300)), st.integers(0, 30))
def test_a_subset_keeps_its_order(seed, subset, epoch):
    """A number depends on what it is for: other samples do not change it."""
    everything = draw.epoch_order(seed, np.arange(301), epoch)
    chosen = draw.epoch_order(seed, np.array(sorted(subset), np.int64), epoch)
    assert chosen.tolist() == [sample for sample in everything.tolist() if sample in subset]


def test_orders_differ_by_epoch_and_seed():
    orders = {tuple(draw.epoch_order(s, np.arange(50), e)) for s in range(3) for e in range(3)}
    assert len(orders) == 9


@given(seeds, st.integers(0, 100), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_holds_out_the_smaller_one_too(seed, count, one, other):
    small, large = sorted((one, other))
    held = [draw.held_out(seed, np.arange(count), share).tolist() for share in (small, large)]
    assert set(held[0]) <= set(held[1])
    assert [len(part) for part in held] == [int(count * small), int(count * large)]
    assert held[1] == sorted(set(held[1]))
