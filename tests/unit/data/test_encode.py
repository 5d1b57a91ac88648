"""Data to events: against the formula, one event after the other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfdfa_compiler import ir
from sfdfa_compiler.data import Images, Spikes, e_stop, encode, load, table_digests
from sfdfa_compiler.data.arrivals import CHUNK, byte_times
from sfdfa_compiler.data.encode import exponentials
from sfdfa_compiler.data.events import RADIX

REALS = st.sampled_from([np.float32, np.float64])
TAU = 0.26


def image(*shape, window=0.1):
    return ir.Input(name="image", shape=shape, encoder=ir.Ttfs(window))


def cochlea(size):
    return ir.Input(name="cochlea", shape=(size,), encoder=ir.Recorded())


def images(pixels):
    pixels = np.array(pixels)
    return Images(pixels=pixels, labels=None, index=np.arange(len(pixels)), origin="test")


def spikes(rows, dtype=np.float64):
    """Rows of (time, unit), sorted here by time."""
    rows = [sorted(row, key=lambda event: event[0]) for row in rows]
    flat = [event for row in rows for event in row]
    return Spikes(
        offsets=np.cumsum([0, *map(len, rows)]),
        times=np.array([time for time, _ in flat], dtype),
        units=np.array([unit for _, unit in flat], np.uint32),
        labels=None,
        index=np.arange(len(rows)),
        origin="test",
    )


def scalar(time, tau, dtype):
    """(epoch, E) of one time, word by word as semantics, section 2, has it."""
    X, epoch = math.exp(time / tau), 0
    with np.errstate(over="ignore"):
        while dtype(X) >= RADIX:
            X, epoch = X / RADIX, epoch + 1
    return epoch, dtype(X)


def events_of(events, sample):
    """The events of a sample as tuples (epoch, E, neuron)."""
    here = slice(events.offsets[sample], events.offsets[sample + 1])
    epochs = np.zeros(len(events.E), int) if events.epoch is None else events.epoch
    return list(zip(epochs[here], events.E[here], events.neuron[here], strict=True))


def reference(rows, tau, window, dtype):
    """Expected events of rows of (time, neuron)."""
    stop = scalar(window, tau, dtype)
    rows = [[(*scalar(time, tau, dtype), neuron) for time, neuron in row] for row in rows]
    return [sorted(event for event in row if event[:2] < stop) for row in rows]


def assert_equal(events, expected, dtype):
    assert events.E.dtype == dtype
    assert events.neuron.dtype == np.uint32
    assert [events_of(events, sample) for sample in range(len(events))] == expected


# ---------------------------------------------------------------- against the formula


@given(
    st.lists(st.lists(st.sampled_from([0, 1, 7, 7, 128, 254, 255]), min_size=6, max_size=6)),
    st.floats(1e-3, 10),
    st.floats(1e-3, 10),
    st.floats(0.05, 1),
    REALS,
)
def test_byte_images(pixels, encoder, window, tau, dtype):
    rows = [
        [(encoder * (1 - value / 255), neuron) for neuron, value in enumerate(row) if value]
        for row in pixels
    ]
    split = images(np.array(pixels, np.uint8).reshape(len(pixels), 6))
    events = encode(split, image(2, 3, window=encoder), tau=tau, window=window, dtype=dtype)
    assert_equal(events, reference(rows, tau, window, dtype), dtype)


@given(
    st.lists(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3), min_size=1),
    st.sampled_from([np.float16, np.float32, np.float64]),
    REALS,
)
def test_float_images(pixels, kind, dtype):
    pixels = np.array(pixels, kind)
    rows = [[(0.3 * (1 - float(x)), neuron) for neuron, x in enumerate(row) if x] for row in pixels]
    events = encode(images(pixels), image(3, window=0.3), tau=TAU, window=0.2, dtype=dtype)
    assert_equal(events, reference(rows, TAU, 0.2, dtype), dtype)


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.one_of(st.floats(0, 4, width=16), st.sampled_from([0, 0.5, 0.5, 1e3])),
                st.integers(0, 5),
            )
        )
    ),
    st.sampled_from([np.float16, np.float32, np.float64]),
    st.sampled_from([0.01, 0.05, 0.26]),
    st.floats(1e-3, 3),
    REALS,
)
def test_recorded_spikes(rows, kind, tau, window, dtype):
    split = spikes(rows, kind)
    kept = [[(time, unit) for time, unit in row if time / tau < 700] for row in rows]
    events = encode(split, cochlea(6), tau=tau, window=window, dtype=dtype)
    assert_equal(events, reference(kept, tau, window, dtype), dtype)


def test_more_samples_than_are_encoded_at_once():
    rows = [[(0.001 * (sample % 7), sample % 3)] * (sample % 4) for sample in range(2 * CHUNK + 5)]
    events = encode(spikes(rows), cochlea(3), tau=TAU, window=0.005, dtype=np.float32)
    assert_equal(events, reference(rows, TAU, 0.005, np.float32), np.float32)


def test_real_digits():
    split = load().test.first(20)
    rows = [
        [(0.1 * (1 - value / 255), neuron) for neuron, value in enumerate(row) if value]
        for row in split.pixels.tolist()
    ]
    events = encode(split, image(28, 28), tau=TAU, window=0.2, dtype=np.float32)
    assert_equal(events, reference(rows, TAU, 0.2, np.float32), np.float32)
    assert len(events.E) > 1000


# ---------------------------------------------------------------- counted examples


def test_one_image():
    events = encode(
        images(np.array([[0, 255, 51, 255]], np.uint8)),
        image(4),
        tau=TAU,
        window=0.2,
        dtype=np.float32,
    )
    assert events.neuron.tolist() == [1, 3, 2]
    assert events.E.tolist() == [1, 1, np.float32(math.exp(0.1 * (1 - 51 / 255) / TAU))]
    assert events.epoch is None


def test_what_comes_at_the_end_of_the_window_is_dropped():
    rows = [[(0.2, 0), (math.nextafter(0.2, 0), 1), (0.1999, 2)]]
    options = {"tau": TAU, "window": 0.2}
    # In float32 the second time rounds to the end of the window, in float64 it is before it.
    assert encode(spikes(rows), cochlea(3), dtype=np.float32, **options).neuron.tolist() == [2]
    wide = encode(spikes([[(0.2, 0), (0.19999999999, 1)]]), cochlea(3), dtype=np.float64, **options)
    assert wide.neuron.tolist() == [1]


def test_long_windows_have_epochs():
    tau = 1 / math.log(2)  # E doubles every second
    rows = [[(15.5, 0), (16, 1), (17, 2), (33, 0)]]
    events = encode(spikes(rows), cochlea(3), tau=tau, window=40, dtype=np.float32)
    assert events.epoch.tolist() == [0, 1, 1, 2]
    assert events.E.tolist() == pytest.approx([2**15.5, 1, 2, 2], rel=1e-6)
    assert ((events.E >= 1) & (events.E < RADIX)).all()


def test_a_time_that_rounds_to_the_end_of_an_epoch_begins_the_next():
    X = RADIX * (1 - 2**-30)
    tau = 1 / math.log(X)
    assert [column.tolist() for column in exponentials(np.array([1.0]), tau, np.float32)] == [
        [1], [1.0],
    ]  # fmt: skip
    epoch, E = exponentials(np.array([1.0]), tau, np.float64)
    assert epoch.tolist() == [0]
    assert E[0] < RADIX


def test_times_in_the_file_are_the_same_in_every_sample():
    input = ir.Input(name="two", shape=(2,), encoder=ir.Times(((0.004, 0.001), (0.002,))))
    options = {"tau": TAU, "window": 0.2, "dtype": np.float32}
    events = encode(None, input, **options)
    assert (len(events), events.neuron.tolist()) == (1, [0, 1, 0])
    twice = encode(load().train.first(2), input, **options)
    assert (twice.offsets.tolist(), twice.neuron.tolist()) == ([0, 3, 6], [0, 1, 0, 0, 1, 0])


def test_silence():
    events = encode(
        images(np.zeros((2, 4), np.uint8)), image(4), tau=TAU, window=0.2, dtype=np.float32
    )
    assert events.offsets.tolist() == [0, 0, 0]
    none = encode(load().train.first(0), image(28, 28), tau=TAU, window=0.2, dtype=np.float32)
    assert none.offsets.tolist() == [0]


def test_the_end_of_the_window():
    assert e_stop(TAU, 0.2, np.float32) == (0, np.float32(math.exp(0.2 / TAU)))
    assert e_stop(0.26, 4.0, np.float32)[0] == 1
    with pytest.raises(ValueError, match="700 tau"):
        e_stop(0.001, 0.8, np.float32)


# ---------------------------------------------------------------- tables


def test_the_table_of_the_paper_has_the_known_digest():
    known = "1296a2d314006fbaeda833d65dcc1ce85c79636815b09ff0f88319aab011301c"
    inputs = [image(28, 28), cochlea(700)]
    assert table_digests(inputs, tau=0.26, dtype=np.float32) == {"image": known}


def test_tables_that_differ_have_other_digests():
    tables = [
        table_digests([image(4, window=window)], tau=tau, dtype=dtype)["image"]
        for window, tau, dtype in [
            (0.1, 0.26, np.float32),
            (0.1, 0.26, np.float64),
            (0.1, 0.2, np.float32),
            (4.0, 0.26, np.float32),
        ]
    ]
    assert len(set(tables)) == 4


def test_times_of_bytes_are_those_of_scalar_arithmetic():
    assert byte_times(0.1).tolist() == [0.1 * (1 - value / 255) for value in range(256)]
