"""Pearson's correlation: value, interval and test agree with an independent implementation; odd data are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from oracle import oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics.pearson import pearson_correlation


@pytest.mark.parametrize("pair", [("rating", "complaints"), ("learning", "raises"), ("critical", "advance")])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_value_interval_and_p_agree_with_scipy(pair: tuple[str, str], level: float) -> None:
    frame = oracle_frame("attitude")
    found = pearson_correlation(frame[pair[0]], frame[pair[1]], confidence_level=level)
    expected = stats.pearsonr(frame[pair[0]], frame[pair[1]])
    interval = expected.confidence_interval(level)
    assert (found.value, found.p_value) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-12)
    assert (found.ci_low, found.ci_high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert (found.n, found.df) == (30, 28)


def test_pairs_with_a_blank_are_left_out() -> None:
    first, second = [1.0, 2.0, math.nan, 4.0, 5.0, 6.0], [2.0, 1.0, 9.0, math.nan, 4.0, 7.0]
    assert pearson_correlation(first, second) == pearson_correlation([1.0, 2.0, 5.0, 6.0], [2.0, 1.0, 4.0, 7.0])


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=4, max_size=30))
def test_order_and_sides_do_not_matter_and_scales_do_not_either(pairs: list[tuple[int, int]]) -> None:
    one, two = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    try:
        found = pearson_correlation(one, two)
    except NotEstimable:
        return
    assert -1 < found.ci_low < found.value < found.ci_high < 1
    assert pearson_correlation(two, one).value == pytest.approx(found.value, abs=1e-12)
    assert pearson_correlation(one[::-1], 3 - 2 * two[::-1]).value == pytest.approx(-found.value, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ([1, 2, 3], [1, 3, 2], "needs 4 pairs; there are 3"),
        ([1, 2, 3, 4], [5, 5, 5, 5], "same everywhere"),
        ([1, 2, 3, 4], [2, 4, 6, 8], "on one line"),
        ([0.0, 0.0, 0.0, 0.0], [1, 2, 3, 5], "same everywhere"),
    ],
)
def test_what_carries_no_correlation_says_why(first: list[float], second: list[float], says: str) -> None:
    with pytest.raises(NotEstimable, match=says):
        pearson_correlation(first, second)


def test_sides_of_different_length_and_odd_levels_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="pairs"):
        pearson_correlation([1, 2, 3, 4], [1, 2, 3])
    with pytest.raises(InvalidArgument, match="confidence_level"):
        pearson_correlation([1, 2, 3, 4], [1, 3, 2, 4], confidence_level=95)
