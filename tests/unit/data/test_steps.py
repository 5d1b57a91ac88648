"""Data to steps of the clock profile: against fractions, also where a time lies on a boundary."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfdfa_compiler import ir
from sfdfa_compiler.data import Images, Spikes, encode_steps, load, step_count
from sfdfa_compiler.data.arrivals import CHUNK, decimal

HALF = Fraction(1, 2)


def image(size, window):
    return ir.Input(name="image", shape=(size,), encoder=ir.Ttfs(window))


def cochlea(size):
    return ir.Input(name="cochlea", shape=(size,), encoder=ir.Recorded())


def images(pixels):
    return Images(pixels=pixels, labels=None, index=np.arange(len(pixels)), origin="test")


def spikes(*rows):
    """Samples that are lists of (time, unit)."""
    flat = [event for row in rows for event in row]
    return Spikes(
        offsets=np.cumsum([0, *map(len, rows)]),
        times=np.array([time for time, _ in flat], np.float64),
        units=np.array([unit for _, unit in flat], np.uint32),
        labels=None,
        index=np.arange(len(rows)),
        origin="test",
    )


def reference(rows, dt, window):
    """Expected arrivals (step, neuron, count) of rows of exact (time, neuron)."""
    steps = decimal(window) / dt + HALF
    rows = [Counter((int((time / dt + HALF) // 1), neuron) for time, neuron in row) for row in rows]
    return [sorted((*at, n) for at, n in row.items() if at[0] < int(steps // 1)) for row in rows]


def found(events):
    rows = list(
        zip(events.step.tolist(), events.neuron.tolist(), events.count.tolist(), strict=True)
    )
    bounds = events.offsets.tolist()
    return [rows[first:last] for first, last in pairwise(bounds)]


@pytest.mark.parametrize("dt", [0.001, 0.0005, 0.0003, 0.01])
@pytest.mark.parametrize("encoder", [0.1, 0.1275, 0.051, 0.0255, 0.3])
def test_every_byte_follows_the_formula_of_the_page(encoder, dt):
    events = encode_steps(
        images(np.arange(256, dtype=np.uint8)[None]), image(256, encoder), dt=dt, window=0.2
    )
    w, d = decimal(encoder), decimal(dt)
    expected = {v: int((2 * w * (255 - v) + 255 * d) / (510 * d) // 1) for v in range(1, 256)}
    steps = step_count(0.2, dt)
    arrivals = dict(zip(events.neuron.tolist(), events.step.tolist(), strict=True))
    assert arrivals == {v: step for v, step in expected.items() if step < steps}


def test_a_tie_of_bytes_goes_up():
    # 127.5 ms * (1 - 254 / 255) is 0.5 ms: half a step, although no float64 says so exactly.
    pixels = np.array([[254, 252, 255]], np.uint8)
    events = encode_steps(images(pixels), image(3, 0.1275), dt=0.001, window=0.2)
    assert found(events) == [[(0, 2, 1), (1, 0, 1), (2, 1, 1)]]


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.one_of(
                    st.floats(0, 0.3),
                    st.floats(0, 0.25, width=16),
                    st.integers(0, 500).map(lambda n: n * 0.0005),  # boundaries, or beside them
                    st.integers(0, 500).map(lambda n: np.nextafter(n * 0.0005, 1)),
                    st.sampled_from([1e9, 1e300]),
                ),
                st.integers(0, 2),
            )
        ).map(sorted),
        min_size=1,
    ),
    st.sampled_from([0.001, 0.0001, 0.0009765625]),
)
def test_recorded_times_are_decided_exactly(rows, dt):
    events = encode_steps(spikes(*rows), cochlea(3), dt=dt, window=0.2)
    exact = [[(Fraction(float(time)), unit) for time, unit in row] for row in rows]
    assert found(events) == reference(exact, decimal(dt), 0.2)


@given(st.lists(st.floats(0, 1), min_size=1))
def test_float_images_are_decided_exactly(pixels):
    split = images(np.array([pixels]))
    events = encode_steps(split, image(len(pixels), 0.1), dt=0.001, window=0.09)
    exact = [(decimal(0.1) * (1 - Fraction(x)), neuron) for neuron, x in enumerate(pixels) if x]
    assert found(events) == reference([exact], decimal(0.001), 0.09)


def test_recorded_times_are_binary_and_written_ones_decimal():
    # The float64 nearest to 1.5 ms is above it, that of 2.5 ms too, that of 0.3005 s is below.
    times = (0.0015, 0.3005)
    assert Fraction(0.0015) > decimal(0.0015)
    assert Fraction(0.3005) < decimal(0.3005)
    recorded = encode_steps(spikes([(time, 0) for time in times]), cochlea(1), dt=0.001, window=1.0)
    assert recorded.step.tolist() == [2, 300]
    written = ir.Input(name="two", shape=(1,), encoder=ir.Times((times,)))
    assert encode_steps(None, written, dt=0.001, window=1.0).step.tolist() == [2, 301]


def test_arrivals_in_one_step_are_counted():
    rows = [[(0.0101, 4), (0.0102, 1), (0.0103, 4), (0.0110, 4), (0.1995, 0)], [(0.0101, 4)]]
    events = encode_steps(spikes(*rows), cochlea(5), dt=0.001, window=0.2)
    assert found(events) == [[(10, 1, 1), (10, 4, 2), (11, 4, 1)], [(10, 4, 1)]]
    assert {events.step.dtype, events.neuron.dtype, events.count.dtype} == {np.dtype(np.uint32)}


def test_more_samples_than_are_encoded_at_once():
    rows = [[(0.001 * (sample % 5), sample % 3)] * (sample % 4) for sample in range(CHUNK + 9)]
    events = encode_steps(spikes(*rows), cochlea(3), dt=0.001, window=0.2)
    assert found(events) == [[(sample % 5, sample % 3, sample % 4)] if row else []
                             for sample, row in enumerate(rows)]  # fmt: skip


def test_take():
    events = encode_steps(load().test.first(5), image(784, 0.1), dt=0.001, window=0.2)
    assert found(events.take(np.array([4, 0]))) == [found(events)[4], found(events)[0]]


def test_the_number_of_steps_is_exact():
    assert step_count(0.2, 0.001) == 200
    assert step_count(0.0025, 0.001) == 3
    assert step_count(0.3005, 0.001) == 301
    assert step_count(1, 0.0003) == 3333


@given(st.integers(1, 10**15 - 1), st.integers(-20, 3))
def test_decimal_finds_what_was_written(digits, exponent):
    exact = Fraction(digits) * Fraction(10) ** exponent
    assert decimal(float(exact)) == exact
