"""A single wrong bit is found, and named exactly."""

import dataclasses

import numpy as np
import pytest

from sfdfa_compiler.codegen import Forward
from sfdfa_compiler.data import Events, StepEvents
from sfdfa_compiler.diff.difference import first_difference, ulps
from sfdfa_compiler.diff.sessions import (
    Agreement,
    compare_forward,
    compare_states,
    compare_training,
)
from sfdfa_compiler.diff.words import as_record, in_words
from tests.helpers.fake import FakeSession, plan, samples

TEST, TRAINING = samples(10), samples(17, seed=1)
WINDOW = plan().time


def flipped(array, index, bit=0):
    """The array with one bit of one number flipped."""
    array = array.copy()
    array.view(f"u{array.itemsize}")[index] ^= 1 << bit
    return array


def without(events, position):
    """The events without the one at a position of the flat arrays."""
    sample = np.searchsorted(events.offsets, position, side="right") - 1
    offsets = events.offsets.copy()
    offsets[sample + 1 :] -= 1
    return Events(
        offsets=offsets, E=np.delete(events.E, position), neuron=np.delete(events.neuron, position)
    )


def compared(one, other, batches=0):
    found = Agreement()
    if compare_forward(one, other, TEST, found):
        compare_training(one, other, TRAINING, batches, 0, found)
    if found.divergence is None:
        compare_states(one, other, found)
    return found


def test_two_of_a_kind_are_identical():
    found = compared(FakeSession(), FakeSession(), batches=7)
    assert found.divergence is None
    expected = FakeSession()
    spikes = sum(
        len(events.E)
        for batch in TEST.batches(TEST.rows, 4)
        for events in expected.forward(batch, record=True).spikes.values()
    )
    assert found.samples == 10
    assert found.batches == 7
    assert found.weights == 2 * 4 + 4 * 3
    assert found.spikes > spikes  # and those of the training
    assert in_words(("a", "b"), found, WINDOW) == (
        f"identical: 10 samples, 7 training batches, {found.spikes:,} spikes, 20 weights\n"
    )
    assert as_record(("a", "b"), found)["identical"] is True


def spoilt_at(sample, layer, change):
    """A session whose spikes are wrong in one sample of the file."""
    session = FakeSession()

    def spoil(forward, batch):
        if sample not in batch.rows.tolist():
            return forward
        place = batch.rows.tolist().index(sample)
        spikes = {**forward.spikes, layer: change(forward.spikes[layer], place)}
        return Forward(
            counts=forward.counts,
            activity=forward.activity,
            saturated=forward.saturated,
            spikes=spikes,
        )

    session.spoil_forward = spoil
    return session


def clean_spikes(sample, layer):
    """Position in the batch and train of a sample, as an unspoilt session has them."""
    batch = next(b for b in TEST.batches(TEST.rows, 4) if sample in b.rows)
    spikes = FakeSession().forward(batch, record=True).spikes[layer]
    return spikes.take(np.array([batch.rows.tolist().index(sample)]))


def busy_sample(layer, least=3):
    return next(s for s in range(4, 10) if len(clean_spikes(s, layer).E) >= least)


def test_one_bit_of_one_spike():
    sample = busy_sample("hidden")
    train = clean_spikes(sample, "hidden")

    def change(events, place):
        position = events.offsets[place] + 1
        return dataclasses.replace(events, E=flipped(events.E, position))

    found = compared(FakeSession(), spoilt_at(sample, "hidden", change))
    divergence = found.divergence
    assert (divergence.phase, divergence.batch) == ("test set", sample // 4)
    assert (divergence.stage, divergence.layer, divergence.sample) == ("spikes", "hidden", sample)
    assert divergence.difference.where["event"] == 1
    assert divergence.difference.where["neuron"] == train.neuron[1]
    assert divergence.difference.what == "E"
    assert divergence.difference.values[0] == train.E[1]
    text = in_words(("reference", "native"), found, WINDOW)
    assert text.splitlines()[:2] == [
        "first divergence: spikes of `hidden`",
        f"  test set, batch {sample // 4}, sample {sample}, event 1, neuron {train.neuron[1]}",
    ]
    bits = int(train.E[1:2].view(np.uint32)[0])
    assert f"reference  E = {train.E[1]!s} (0x{bits:08x}), t = " in text
    assert f"native     E = {np.uint32(bits ^ 1).view(np.float32)!s} (0x{bits ^ 1:08x})" in text
    assert "  1 ULP apart\n" in text


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("side", [0, 1])
def test_one_spike_is_missing(which, side):
    sample = busy_sample("output")
    train = clean_spikes(sample, "output")
    event = {"first": 0, "middle": len(train.E) // 2, "last": len(train.E) - 1}[which]
    spoilt = spoilt_at(
        sample, "output", lambda events, place: without(events, events.offsets[place] + event)
    )
    sessions = [FakeSession(), FakeSession()]
    sessions[side] = spoilt
    found = compared(*sessions)
    divergence = found.divergence
    assert (divergence.stage, divergence.layer, divergence.sample) == ("spikes", "output", sample)
    assert divergence.difference.where["event"] == event
    assert divergence.difference.where["neuron"] == train.neuron[event]
    assert divergence.difference.values[side] is None
    assert divergence.difference.values[1 - side]["E"] == train.E[event]
    text = in_words(("a", "b"), found, WINDOW)
    assert f"{'ab'[side]}  no such spike\n" in text
    assert as_record(("a", "b"), found)["divergence"]["values"][side] is None


def test_one_bit_of_one_weight():
    session = FakeSession()

    def spoil(trace, step):
        if step == 5:
            stage = trace.stages[-1]
            trace.stages[-1] = dataclasses.replace(stage, value=flipped(stage.value, (2, 1)))

    session.spoil_trace = spoil
    found = compared(FakeSession(), session, batches=9)
    divergence = found.divergence
    assert (divergence.phase, divergence.batch) == ("training", 5)
    assert (divergence.stage, divergence.layer) == ("weights", "output")
    assert dict(divergence.difference.where) == {"source": 2, "neuron": 1}
    assert ulps(*divergence.difference.values) == 1
    assert found.batches == 5
    assert "training, batch 5, source 2, neuron 1" in in_words(("a", "b"), found, WINDOW)


def test_the_earlier_stage_is_blamed():
    session = FakeSession()

    def spoil(trace, step):
        for place, (name, layer) in enumerate((s.name, s.layer) for s in trace):
            if (name, layer) in (("gradient", "output"), ("weights", "hidden")):
                stage = trace.stages[place]
                trace.stages[place] = dataclasses.replace(stage, value=flipped(stage.value, (0, 0)))

    session.spoil_trace = spoil
    divergence = compared(FakeSession(), session, batches=1).divergence
    assert (divergence.stage, divergence.layer) == ("gradient", "output")


def test_a_missing_stage():
    session = FakeSession()
    session.spoil_trace = lambda trace, step: trace.stages.pop(2)
    found = compared(FakeSession(), session, batches=1)
    assert found.divergence.difference.values == ("counts output", "gradient hidden")
    assert "counts output" in in_words(("a", "b"), found, WINDOW)


def test_what_was_learned_is_compared_at_the_end():
    session = FakeSession()

    def spoil(count):
        session._state.m["hidden"] = flipped(session._state.m["hidden"], (1, 3))

    session.after_learning = spoil
    divergence = compared(FakeSession(), session, batches=1).divergence
    assert (divergence.phase, divergence.stage) == ("state at the end", "m")
    assert dict(divergence.difference.where) == {"source": 1, "neuron": 3}


def test_zeros_and_nan_are_compared_by_their_bits():
    zeros = np.zeros((2, 2), np.float32)
    assert first_difference("weights", zeros, -zeros).where == {"source": 0, "neuron": 0}
    nan = np.full((2, 2), np.nan, np.float32)
    assert first_difference("weights", nan, nan.copy()) is None


def test_shape_and_format_are_differences():
    array = np.zeros((2, 3), np.float32)
    assert first_difference("weights", array, array[:1]).what == "shape"
    assert first_difference("weights", array, array.astype(np.float64)).what == "format"


def test_errors_of_events_are_named_by_sample_and_neuron():
    """BP has one error for each spike, without a sample axis: the spikes before it have one."""
    session = FakeSession()

    def with_errors(trace, step, bit):
        spikes = trace.stages[0].value
        errors = np.arange(len(spikes.E), dtype=np.float32)
        trace.stages.insert(3, dataclasses.replace(trace.stages[0], name="delta", value=errors))
        if bit:
            errors.view(np.uint32)[spikes.offsets[2] + 1] ^= 1

    clean = FakeSession()
    clean.spoil_trace = lambda trace, step: with_errors(trace, step, bit=False)
    session.spoil_trace = lambda trace, step: with_errors(trace, step, bit=True)
    divergence = compared(clean, session, batches=1).divergence
    assert (divergence.stage, divergence.layer) == ("delta", "hidden")
    first_rows = session.learned[0][1]
    assert divergence.sample == first_rows[2]
    assert divergence.difference.where["event"] == 1


def test_steps_are_compared_too():
    steps = StepEvents(
        offsets=np.array([0, 2, 3]),
        step=np.array([1, 5, 2], np.uint32),
        neuron=np.array([0, 1, 1], np.uint32),
        count=np.ones(3, np.uint32),
    )
    later = dataclasses.replace(steps, step=np.array([1, 5, 3], np.uint32))
    assert first_difference("spikes", steps, dataclasses.replace(steps)) is None
    found = first_difference("spikes", steps, later)
    assert (found.what, found.values) == ("step", (2, 3))
    assert found.where == {"sample": 1, "event": 0, "neuron": 1}


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [(1.0, 1.0 + 2**-23, 1), (0.0, -0.0, 0), (2**-149, -(2**-149), 2), (1.0, 2.0, 2**23)],
)
def test_ulps(one, other, distance):
    assert ulps(np.float32(one), np.float32(other)) == distance
