"""What repeated measurements say."""

import pytest

from bench.figures import Spread, alternate, fit, ratios, table


def test_a_spread_is_median_least_and_greatest():
    spread = Spread.of([3.0, 1.0, 2.0, 10.0])
    assert spread == Spread(2.5, 1.0, 10.0)
    assert spread.text(".1f") == "2.5 (1.0 to 10.0)"


def test_large_numbers_are_grouped():
    assert Spread.of([12345.6]).text() == "12,346 (12,346 to 12,346)"


def test_ratios_are_formed_pair_by_pair():
    assert ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_a_fit_finds_a_line_again():
    line = fit([1, 2, 3, 5], [5, 7, 9, 13])
    assert line.slope == pytest.approx(2)
    assert line.intercept == pytest.approx(3)
    assert line.r_squared == pytest.approx(1)


def test_what_a_line_does_not_explain():
    # By hand: slope 1/2, intercept 1/3; squared rests 1/6 of 2/3.
    line = fit([0, 1, 2], [0, 1, 1])
    assert (line.slope, line.intercept) == pytest.approx((1 / 2, 1 / 6))
    assert line.r_squared == pytest.approx(1 - (1 / 6) / (2 / 3))


def test_equal_figures_are_a_line():
    assert fit([1, 2, 3], [4, 4, 4]).r_squared == 1


def test_sides_alternate():
    order = []
    sides = {
        "ours": lambda: order.append("ours") or len(order),
        "theirs": lambda: order.append("theirs") or len(order),
    }
    told = []
    results = alternate(sides, 2, told.append)
    assert order == ["ours", "theirs", "ours", "theirs"]
    assert results == {"ours": [1, 3], "theirs": [2, 4]}
    assert told[-1] == "run 2 of 2: theirs"


def test_a_table_is_aligned():
    assert table(("a", "long"), [("1", "2"), ("wide", "3")]) == (
        "| a    | long |\n| ---- | ---- |\n| 1    | 2    |\n| wide | 3    |"
    )
