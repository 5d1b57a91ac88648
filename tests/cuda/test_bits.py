"""Every program, in five orders of its threads: the bits of the reference at every stage."""

import numpy as np
import pytest

from sfdfa_compiler.targets.cuda.execute import ORDER
from sfdfa_compiler.targets.cuda.lower import KEYS, THREADS
from tests.cuda.programs import (
    CASES,
    ORDERS,
    assert_same_result,
    case_of,
    open_reference,
    open_text,
    real_size,
    train,
    wanted,
)
from tests.helpers.compare import stage

HEAVY = {"bp", "long_window_bp", "sfdfa_exact", "spill", "two_inputs"}


def spikes_of_samples(name):
    """For each layer, how many spikes each sample has at the end."""
    return {layer: np.diff(events.offsets) for layer, events in wanted(name).forward.spikes.items()}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in HEAVY else []) for name in CASES],
)
def test_the_bits_of_the_reference(name, monkeypatch):
    case = case_of(name)
    for order in ORDERS:
        monkeypatch.setenv(ORDER, order)
        assert_same_result(train(case, open_text(case, case.text)), wanted(name))


@pytest.mark.slow
def test_the_programs_lead_into_every_branch():
    assert len(CASES) >= 8
    plans = {name: case_of(name).net.schedule for name in CASES}
    sizes = {layer.size for plan in plans.values() for layer in plan.layers}
    assert 1 in sizes
    assert any(size > 32 and size % 32 for size in sizes)
    assert {plan.classes for plan in plans.values()} >= {1, 47}
    assert max(len(plan.layers) for plan in plans.values()) >= 3
    assert {plan.shards for plan in plans.values()} >= {1, 2, 3}
    assert {plan.window.epoch > 0 for plan in plans.values()} == {True, False}
    assert spikes_of_samples("spill")["layer0"].max() > KEYS
    assert spikes_of_samples("sfdfa")["layer0"].max() > THREADS  # more than a tile of events
    assert 0 in spikes_of_samples("sfdfa")["layer0"]
    assert wanted("saturated").forward.saturated["layer0"] > 0
    times = stage(wanted("sfdfa").traces[0], "spikes", "layer0").E
    assert len(np.unique(times)) < len(times)  # ties


@pytest.mark.slow
@pytest.mark.parametrize(("example", "data"), [("mnist", "mnist"), ("fsdd", "fsdd-spikes")])
def test_programs_of_real_size(example, data, real_data, monkeypatch):
    real_data(data)
    case = real_size(example, data)
    reference = train(case, open_reference(case))
    assert all(counts.any() for counts in reference.forward.activity.values())
    for order in ORDERS:
        monkeypatch.setenv(ORDER, order)
        assert_same_result(train(case, open_text(case, case.text)), reference)
