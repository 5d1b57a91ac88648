"""The fuzzer as a test: 10,000 inputs, the same ones every time."""

import pytest

from tests.fuzz import front_end


@pytest.mark.slow
def test_front_end() -> None:
    front_end.run(inputs=10_000, seed=1)


def test_a_failure_names_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "MOST_SECONDS", 0.0)
    with pytest.raises(AssertionError, match="'a = 1'"):
        front_end.one_input("a = 1")
