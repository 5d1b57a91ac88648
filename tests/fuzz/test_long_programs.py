"""Work grows with the length of a program, not with its square: counted, not timed."""

import sys
from types import FrameType

import pytest

from sfdfa_compiler.elaborate import spelling
from tests.fuzz.long_programs import PROGRAMS, network
from tests.ui.semantic.harness import check_text


def calls(text: str) -> int:
    """How many functions are called to check a text."""
    count = 0

    def follow(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(follow)
    try:
        check_text(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", PROGRAMS)
def test_twice_the_statements_are_twice_the_work(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spelling, "MOST_PAIRS", 0)  # it has a bound of its own, see below
    write = PROGRAMS[name]
    check_text(write(1))  # builds the tables
    once, twice = calls(write(100)), calls(write(200))
    assert twice < 2.3 * once


@pytest.mark.parametrize("name", PROGRAMS)
def test_spelling_has_a_bound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many words are unknown, the letters that are compared have a bound."""
    bound, pairs = 20_000, 0
    nearest = spelling.nearest

    def counted(word: str, options: list[str]) -> str | None:
        nonlocal pairs
        pairs += len(word) * sum(map(len, options))
        return nearest(word, options)

    monkeypatch.setattr(spelling, "MOST_PAIRS", bound)
    monkeypatch.setattr(spelling, "nearest", counted)
    check_text(PROGRAMS[name](300))
    assert pairs < bound


def test_the_first_unknown_words_are_still_explained() -> None:
    """Where the bound is reached, messages say less; none is lost."""
    names = "\n".join(f"first{i} = 1" for i in range(700))
    uses = "\n".join(f"second{i} = firts{i}" for i in range(700))
    _, found = check_text(network(names, uses))
    unknown = [one for one in found if one.code == "SNN102"]
    assert len(unknown) == 700
    assert all(one.helps for one in unknown)
    near = [one.helps[0].text.startswith("did you mean `first") for one in unknown]
    assert near == sorted(near, reverse=True)
    assert 0 < sum(near) < 700
