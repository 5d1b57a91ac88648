"""A resumed run takes its settings from the checkpoint."""

import pytest

from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.training import Settings

SAVED = Settings(
    target="native", profile="event32", data="mnist", seed=0, samples=100, overrides=("a.b=1",)
)


def test_nothing_need_be_repeated():
    assert SAVED.resumed(Settings()) == SAVED


def test_what_is_repeated_must_agree():
    assert SAVED.resumed(Settings(data="mnist", seed=0, samples=100)) == SAVED


@pytest.mark.parametrize(
    ("given", "option"),
    [
        (Settings(data="shd"), "--data"),
        (Settings(seed=1), "--seed"),
        (Settings(samples=99), "--samples"),
        (Settings(test_samples=99), "--test-samples"),
        (Settings(profile="event64"), "--profile"),
        (Settings(weights="w.npz"), "--weights"),
        (Settings(validate=True), "--validate"),
    ],
)
def test_what_differs_is_refused(given, option):
    with pytest.raises(UserError) as caught:
        SAVED.resumed(given)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "SNN525"
    assert diagnostic.primary.source.name == option


def test_all_differences_at_once():
    with pytest.raises(UserError) as caught:
        SAVED.resumed(Settings(data="shd", seed=3))
    assert len(caught.value.diagnostics) == 2


def test_the_target_may_change_and_overrides_are_added():
    resumed = SAVED.resumed(Settings(target="reference", overrides=("learner.epochs=9",)))
    assert resumed.target == "reference"
    assert resumed.overrides == ("a.b=1", "learner.epochs=9")
