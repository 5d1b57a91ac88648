"""Which target runs a program: by rank, profile, and what is missing; never by name."""

import dataclasses

import pytest

from sfdfa_compiler import machine, train
from sfdfa_compiler.codegen import Device
from sfdfa_compiler.diagnostics import Level, Rule, UserError, place
from sfdfa_compiler.ir import Capabilities
from sfdfa_compiler.schedule import Buffer, Life
from tests.helpers.fake import plan

MISSING = Rule(code="SNN549", message="something is missing")


class FakeTarget:
    def __init__(self, name, profiles, rank=None, missing=False, devices=None):
        self.name = name
        self.capabilities = Capabilities(profiles=profiles, learners=frozenset())
        self.missing = missing
        if rank is not None:
            self.rank = rank
        if devices:
            self.devices = devices

    def ready(self):
        if self.missing:
            raise MISSING.error(place(self.name))


@pytest.fixture
def targets(monkeypatch):
    known = {
        target.name: target
        for target in (
            FakeTarget("alpha", ("event64", "clock")),
            FakeTarget("fast", ("event32", "event64"), rank=1, devices=("cpu", "cuda:0")),
            FakeTarget("slow", ("event32", "event64", "clock"), rank=10),
            FakeTarget("chip", ("clock",), rank=20),
        )
    }
    monkeypatch.setattr(machine, "target_entries", lambda: known)
    monkeypatch.setattr(machine, "find_target", known.__getitem__)
    return known


def test_the_lowest_rank_runs(targets):
    chosen = machine.choose()
    assert (chosen.target.name, chosen.profile) == ("fast", "event32")
    assert chosen.device == Device(name="cpu", threads=machine.processors())
    assert chosen.warnings == ()


def test_the_lowest_rank_that_has_the_profile(targets):
    chosen = machine.choose(profile="clock:loihi2")
    assert (chosen.target.name, chosen.profile) == ("slow", "clock:loihi2")


def test_one_that_cannot_run_is_passed_over_with_a_warning(targets):
    targets["fast"].missing = True
    chosen = machine.choose()
    assert chosen.target.name == "slow"
    (warning,) = chosen.warnings
    assert (warning.code, warning.level) == ("SNN549", Level.WARNING)
    assert "`slow` runs instead" in warning.notes[-1]


def test_one_that_is_named_is_not_replaced(targets):
    targets["fast"].missing = True
    with pytest.raises(UserError, match="SNN549"):
        machine.choose("fast")
    assert machine.choose("fast", to_run=False).target.name == "fast"


def test_if_none_can_run_all_say_why(targets):
    for target in targets.values():
        target.missing = True
    with pytest.raises(UserError) as caught:
        machine.choose()
    assert len(caught.value.diagnostics) == 4


def test_a_target_without_rank_comes_last(targets):
    del targets["fast"], targets["slow"], targets["chip"]
    assert machine.choose().target.name == "alpha"


def test_a_clock_target_has_its_own_formats(targets):
    assert machine.choose("chip").profile == "clock:chip"


def test_device_and_threads(targets):
    assert machine.choose("fast", None, "cuda:0", 3).device == Device(name="cuda:0", threads=3)


@pytest.mark.parametrize(
    ("arguments", "help_"),
    [
        (("fost",), "did you mean `fast`? (there are `alpha`, `fast`, `slow`, `chip`)"),
        (("xyzzy",), "there are `alpha`, `fast`, `slow`, `chip`"),
        (("fast", "event23"), "did you mean `event32`? (`fast` has `event32`, `event64`)"),
        (("fast", "clock:loihi2"), "`fast` has `event32`, `event64`"),
        (("slow", "clock"), "did you mean"),
        ((None, "event16"), "did you mean"),
        (("fast", None, "gpu"), "`cpu`, `cuda:0`"),
    ],
)
def test_what_there_is_not(targets, arguments, help_):
    with pytest.raises(UserError) as caught:
        machine.choose(*arguments)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "SNN533"
    assert help_ in diagnostic.helps[0].text


def test_the_first_profile_that_all_have(targets):
    assert machine.first_profile([targets["fast"], targets["slow"]]) == "event32"
    assert machine.first_profile([targets["fast"], targets["alpha"]]) == "event64"
    assert machine.first_profile([targets["fast"], targets["chip"]]) is None
    assert machine.first_profile([targets["chip"], targets["slow"]]) == "clock:chip"


def test_memory_that_no_machine_has():
    from sfdfa_compiler.arith import FLOAT32
    from sfdfa_compiler.schedule import Axis

    def buffer(name, life):
        return Buffer(
            name=name, fields=(FLOAT32,), shape=(Axis.PRE, Axis.POST), life=life, bound=10**15
        )

    grows, all_at_once = FakeTarget("grows", ()), FakeTarget("all", ())
    all_at_once.allocates_all = True
    schedule = dataclasses.replace(plan(), buffers={"b": buffer("hidden.events", Life.BATCH)})
    machine.check_memory(schedule, grows)  # only a bound: it is seldom reached
    with pytest.raises(UserError, match="SNN534") as caught:
        machine.check_memory(schedule, all_at_once)
    assert "max_spikes" in caught.value.diagnostics[0].helps[0].text
    schedule = dataclasses.replace(plan(), buffers={"w": buffer("hidden.weight", Life.RUN)})
    for target in (grows, all_at_once):
        with pytest.raises(UserError, match="SNN534"):
            machine.check_memory(schedule, target)


def test_spikes_that_no_machine_has_room_for():
    """The plan says it before anything is allocated."""
    with pytest.raises(UserError, match="SNN534") as caught:
        train("examples/tiny.snn", target="native", samples=20, overrides=["cell.max_spikes=1e6"])
    assert "output.heard" in caught.value.diagnostics[0].notes[0]


def test_of_several_names_that_are_as_close_the_first_is_meant(targets):
    targets["fast"].devices = ("cpu", "cuda:0", "cuda:1", "cuda:7")
    with pytest.raises(UserError) as caught:
        machine.choose("fast", device="cuda:99")
    assert caught.value.diagnostics[0].helps[0].text.startswith("did you mean `cuda:0`?")
