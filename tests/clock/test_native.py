"""Native code of the clock profiles: the interpreter's spikes, bit by bit."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfdfa_compiler import data, ir
from sfdfa_compiler.codegen import Batch, Device, initial_state
from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.interpreter.clock import ClockSession
from sfdfa_compiler.schedule import clock_of, lower_clock
from sfdfa_compiler.targets.native import TARGET
from sfdfa_compiler.targets.native.compiler import find_compiler
from tests.clock.nets import FORMATS, graph, mnist, plan, random_arrivals
from tests.clock.sanitized import compiled, programs, spikes
from tests.differential.test_compilers import ROOT, SANITIZERS, needs
from tests.helpers.courses import ORIGIN


def open_native(schedule, state, threads=1):
    built = TARGET.build(TARGET.emit(schedule, ORIGIN), None)
    return TARGET.open(built, schedule, state, Device(threads=threads), 1)


def assert_same(reference, native, batch) -> dict:
    """Both sessions say the same of a batch; the spikes."""
    wanted = reference.forward(batch, record=True)
    got = native.forward(batch, record=True)
    assert np.array_equal(got.counts, wanted.counts)
    assert got.saturated == wanted.saturated
    for layer in wanted.activity:
        assert np.array_equal(got.activity[layer], wanted.activity[layer])
        for column in ("offsets", "step", "neuron", "count"):
            ours, theirs = (getattr(f.spikes[layer], column) for f in (got, wanted))
            assert ours.dtype == theirs.dtype
            assert np.array_equal(ours, theirs), (layer, column)
    return wanted.spikes


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    profile=st.sampled_from(FORMATS),
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    latency=st.integers(1, 3),
    most=st.sampled_from([1, 3, 255]),
    threshold=st.sampled_from([0.01, 0.1, 0.5]),
)
def test_random_programs(seed, profile, sizes, latency, most, threshold):
    net = graph(sizes, max_spikes=most, thresholds=threshold, dt=1e-3, latency=latency)
    schedule = plan(net, profile)
    state = initial_state(net, schedule, seed)
    native = open_native(schedule, state, threads=2)
    events = {"input": random_arrivals(seed, sizes[0], schedule.clock.steps, samples=60)}
    rows = np.random.default_rng(seed).permutation(60)
    assert_same(ClockSession(schedule, state), native, Batch(events=events, rows=rows))
    native.close()


@pytest.mark.parametrize("latency", [1, 2])
@pytest.mark.parametrize("profile", FORMATS)
def test_digits(real_data, profile, latency):
    """220 real samples."""
    net = mnist()
    schedule = lower_clock(net, replace(clock_of(net, profile), latency=latency))
    test = data.load(str(real_data("mnist"))).test.first(220)
    events = {"image": data.encode_steps(test, net.inputs[0], dt=1e-3, window=net.window)}
    state = initial_state(net, schedule, seed=1)
    batch = Batch(events=events, rows=np.arange(220))
    sent = assert_same(ClockSession(schedule, state), open_native(schedule, state), batch)
    assert len(sent["hidden"].step) > 100_000
    assert len(sent["output"].step) > 1_000


@pytest.mark.parametrize("fix", [ir.Fix(4), ir.Fix(8, 2), ir.Fix(3, 12)])
def test_other_formats_of_weights(fix):
    net = graph([9, 20, 4], dt=1e-3, latency=1, weight=fix, thresholds=0.05)
    schedule = plan(net, "clock:loihi2")
    assert schedule.clock.formats.weight.format.width == fix.width
    state = initial_state(net, schedule, 3)
    events = {"input": random_arrivals(3, 9, schedule.clock.steps, samples=20)}
    batch = Batch(events=events, rows=np.arange(20))
    assert_same(ClockSession(schedule, state), open_native(schedule, state), batch)


@pytest.mark.parametrize("count", [8300, 70_000])
def test_the_same_overflow_is_named(count):
    """Potentials that leave 32 bits; and more weights in a step than can be added up."""
    net = graph([4, 3, 2], drawn=ir.Constant(7.99), thresholds=100.0)
    schedule = plan(net, "clock:spinnaker")
    state = initial_state(net, schedule, 1)
    events = random_arrivals(3, 4, schedule.clock.steps, samples=3)
    events.count[:] = 1
    crowded = events.offsets[1] + 1
    events.count[crowded] = count
    batch = Batch(events={"input": events}, rows=np.array([2, 1]))
    said = []
    for session in (ClockSession(schedule, state), open_native(schedule, state)):
        with pytest.raises(UserError) as error:
            session.forward(batch)
        said.append(render(error.value.diagnostics))
        assert error.value.diagnostics[0].code == "SNN570"
    assert said[0] == said[1]
    assert f"sample 1, step {events.step[crowded]}" in said[0]


def test_a_session_can_be_used_again():
    """Another data set, other weights, an empty batch."""
    net = graph([9, 20, 4])
    schedule = plan(net, "clock:loihi2")
    first, second = (initial_state(net, schedule, seed) for seed in (1, 2))
    native = open_native(schedule, first)
    for state, seed in ((first, 1), (second, 2), (first, 3)):
        native.load(state)
        assert np.array_equal(native.state().weights["layer0"], state.weights["layer0"])
        events = {"input": random_arrivals(seed, 9, schedule.clock.steps, samples=9)}
        batch = Batch(events=events, rows=np.arange(9))
        assert_same(ClockSession(schedule, state), native, batch)
    empty = native.forward(Batch(events=events, rows=np.zeros(0, np.int64)), record=True)
    assert empty.counts.shape == (0, 4)


def test_the_code_follows_the_plan():
    """A phase less in the plan is a call less in the code; samples that depend are refused."""
    schedule = plan(graph([9, 20, 4]), "clock:loihi2")
    whole, shorter = (
        TARGET.emit(one, ORIGIN).files
        for one in (schedule, replace(schedule, forward=schedule.forward[:1]))
    )
    assert whole["main.c"].count("sfd_on_step(") == 2
    assert shorter["main.c"].count("sfd_on_step(") == 1
    phase = replace(schedule.forward[0], free=frozenset())
    with pytest.raises(ValueError, match="needs samples in order"):
        TARGET.emit(replace(schedule, forward=(phase,)), ORIGIN)


# ---------------------------------------------------------------- compilers


@cache
def wanted() -> str:
    return spikes((), threads=1)


def test_any_number_of_threads():
    assert {spikes((), threads=threads) for threads in (2, 5)} == {wanted()}


@pytest.mark.slow
@pytest.mark.parametrize("level", ["-O0", "-O3"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_compiler(compiler, level, monkeypatch):
    needs(compiler)
    expected = wanted()
    monkeypatch.setenv("CC", compiler)
    assert compiler in find_compiler().name
    assert spikes((level,), threads=2) == expected


@pytest.mark.slow
@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_clean_under(sanitizer, monkeypatch):
    """No bad access, no undefined behaviour, no race; and the bits do not change."""
    needs("gcc")
    library, options, value = SANITIZERS[sanitizer]
    found = subprocess.run(
        ["gcc", f"-print-file-name={library}"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert Path(found).is_absolute(), f"{library} is not installed"
    flags = (f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", "-g", "-O1")
    expected = wanted()
    monkeypatch.setenv("CC", "gcc")
    for _, schedule in programs():
        compiled(schedule, flags)
    done = subprocess.run(
        [sys.executable, "-m", "tests.clock.sanitized", *flags],
        env={**os.environ, "LD_PRELOAD": found, options: value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == expected


def test_memory_is_known_before():
    """The plan's bound and what a session allocates differ by scratch and padding alone."""
    schedule = plan(mnist(), "clock:spinnaker")
    bound = sum(buffer.bytes for name, buffer in schedule.buffers.items() if "image" not in name)
    native = open_native(schedule, initial_state(mnist(), schedule, 1))
    assert bound <= native.buffer_bytes <= 1.02 * bound
