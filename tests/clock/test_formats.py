"""Formats are data of targets; constants and weights are rounded to them once."""

import math

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.arith import Format
from sfdfa_compiler.codegen import State, initial_state
from sfdfa_compiler.codegen.quantise import at_limits, clock_state
from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.schedule.certificate import certify
from sfdfa_compiler.schedule.clock import clock_of
from sfdfa_compiler.schedule.formats import (
    clock_formats,
    format_names,
    parse_format,
    with_weight,
)
from tests.clock.nets import graph, mnist, plan


def test_presets_are_found_by_their_folders():
    assert format_names() == ("loihi2", "spinnaker")
    assert clock_formats("clock:loihi2").potential.format == Format("int", 24, 12)
    assert clock_formats("clock:spinnaker").weight.format == Format("int", 16, 12)
    assert clock_formats("clock:float").weight.format.kind == "float"


def test_unknown_formats_are_named():
    with pytest.raises(UserError) as error:
        clock_formats("clock:spinaker")
    assert render(error.value.diagnostics) == (
        "error[SNN420]: there are no number formats of the name `spinaker`\n"
        " --> --profile:1:7\n"
        "  |\n"
        "1 | clock:spinaker\n"
        "  |       ^^^^^^^^\n"
        "  = help: did you mean `clock:spinnaker`?\n"
    )


@pytest.mark.parametrize("text", ["8.6", "s8", "i8.6", "s8.6 ", ""])
def test_formats_are_written_one_way(text):
    with pytest.raises(ValueError, match="is no format"):
        parse_format(text)


@pytest.mark.parametrize(
    ("profile", "loss_mem", "loss_syn", "unit", "thresholds", "arrivals"),
    [
        ("clock:loihi2", 16, 31, 4096, [3151, 11028], [1012, 983]),
        ("clock:spinnaker", 126, 251, 32768, [25206, 88222], [8189, 8181]),
    ],
)
def test_constants_and_certificate_of_mnist(
    profile, loss_mem, loss_syn, unit, thresholds, arrivals
):
    net = mnist()
    schedule = plan(net, profile)
    assert schedule.clock.steps == 200
    constants = [phase.constants for phase in schedule.forward]
    assert [one["theta"] for one in constants] == thresholds
    assert {one["left_mem"] for one in constants} == {unit - loss_mem}
    assert {one["left_syn"] for one in constants} == {unit - loss_syn}
    certificates = certify(net, schedule)
    assert [one.arrivals for one in certificates] == arrivals
    assert [one.most_arrivals for one in certificates] == [784, 24000]
    assert all(one.may_wrap == () for one in certificates)
    for one in certificates:
        kept = 0.26 * (1 + one.tau_mem_error)
        assert math.exp(-1e-3 / kept) * unit == pytest.approx(unit - loss_mem)


def test_a_certificate_notices_what_does_not_fit():
    """With resets beyond 24 bits nothing is promised; a proof that fails names its function."""
    net = graph([3, 2], thresholds=1000.0, max_spikes=30)
    (certificate,) = certify(net, plan(net, "clock:loihi2"))
    assert certificate.arrivals == 0


def test_real_numbers_need_no_certificate():
    net = mnist()
    schedule = plan(net, "clock:float")
    assert certify(net, schedule) == ()
    assert schedule.forward[0].constants["left_mem"] == math.exp(-1e-3 / 0.26)
    assert schedule.forward[0].constants["theta"] == net.layer("hidden").threshold


@pytest.mark.parametrize(
    "wrong", [{"thresholds": 1e-5}, {"thresholds": 1e4}, {"tau_mem": 1e3}, {"tau_mem": 1e-5}]
)
def test_constants_that_do_not_fit_are_never_lowered(wrong):
    """Checks refuse such programs (SNN422, SNN423); nobody can run them past the checks."""
    with pytest.raises(ValueError, match="does not fit"):
        plan(graph([2, 2], **wrong), "clock:loihi2")


def test_steps_and_latency_are_those_of_the_target_block():
    assert clock_of(graph([2, 2]), "clock:loihi2").dt == 1e-3
    net = graph([2, 2], window=0.2, dt=3e-3, latency=4)
    clock = clock_of(net, "clock:spinnaker")
    assert (clock.dt, clock.steps, clock.latency) == (3e-3, 67, 4)


@pytest.mark.parametrize(
    ("fix", "format"),
    [
        (ir.Fix(8), Format("int", 8, 6)),
        (ir.Fix(6), Format("int", 6, 4)),
        (ir.Fix(8, 5), Format("int", 8, 5)),
    ],
)
def test_weights_narrower_than_the_targets(fix, format):
    formats = clock_of(graph([2, 2], drawn=ir.Constant(0.3)), "clock:loihi2").formats
    narrow = with_weight(formats, fix)
    assert narrow.weight.format == format
    assert narrow.total.format == Format("int", 32, format.fraction)


def test_the_weights_of_a_block_are_used():
    net = graph([4, 3], drawn=ir.Uniform(-1.0, 1.0))
    net = ir.Graph(
        name="net",
        window=net.window,
        nx=net.nx,
        targets={
            "loihi2": ir.TargetOptions(name="loihi2", settings={"dt": 1e-3, "weight": ir.Fix(4)})
        },
    )
    weights = initial_state(net, plan(net, "clock:loihi2"), 1).weights["layer0"]
    assert set(np.unique(weights)) <= set(range(-4, 5))


def test_initial_weights_are_drawn_for_layers_from_1():
    net = graph([3, 4, 2])
    weights = initial_state(net, plan(net, "clock:float"), 7).weights
    event = _uniforms(seed=7, layer=1, shape=(3, 4))
    assert np.array_equal(weights["layer0"], event)
    assert np.array_equal(weights["layer1"], _uniforms(seed=7, layer=2, shape=(4, 2)))
    rounded = initial_state(net, plan(net, "clock:spinnaker"), 7).weights["layer0"]
    assert rounded.dtype == np.int32
    assert np.array_equal(rounded, np.floor(event * 4096 + 0.5))


def _uniforms(seed: int, layer: int, shape: tuple[int, int]):
    from sfdfa_compiler.arith.draw import words
    from sfdfa_compiler.arith.philox import Purpose

    row, column = np.ogrid[: shape[0], : shape[1]]
    x0 = words(seed, Purpose.WEIGHT, layer, row, column, 0)[0]
    return -1 + 2 * ((x0 >> np.uint32(8)) / 2**24)


def test_real_weights_are_rounded_and_clipped():
    net = graph([1, 4], drawn=ir.Constant(0.0))
    schedule = plan(net, "clock:loihi2")
    given = np.array([[1 / 128, -1 / 128, 2.5, -3.0]], np.float32)
    state = clock_state(State(weights={"layer0": given}), schedule)
    assert state.weights["layer0"].tolist() == [[1, 0, 127, -128]]
    assert at_limits(state, schedule) == {"layer0": 2}


def test_whole_weights_are_taken_as_they_are_or_refused():
    net = graph([1, 2], drawn=ir.Constant(0.0))
    schedule = plan(net, "clock:loihi2")
    given = np.array([[127, -128]], np.int32)
    assert clock_state(State(weights={"layer0": given}), schedule).weights["layer0"].tolist() == (
        given.tolist()
    )
    with pytest.raises(UserError) as error:
        clock_state(State(weights={"layer0": given * 2}), schedule)
    assert error.value.diagnostics[0].code == "SNN571"
