from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ncx2

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import chi_square, cramers_v


def test_the_test_of_independence_agrees_with_r() -> None:
    expected = oracle_expected("group_tests")["results"]["contingency"]["kiosk_sex_by_freq"]
    test = chi_square(expected["observed"])
    source = {"reference": "chisq.test", "data": "servqual_kiosk", "relative": 1e-8}
    agrees(
        chi_square,
        [test.statistic, test.df, test.p_value, test.value],
        [expected["chi2"], expected["df"], expected["p"], expected["cramers_v"]],
        **source,
    )
    agrees(chi_square, test.standardised_residuals, expected["std_residuals"], **source)
    agrees(cramers_v, cramers_v(expected["observed"]).value, expected["cramers_v"], **source)
    assert "1 of 6 expected counts" in test.caveats[0]


def test_labels_are_counted_into_the_same_table() -> None:
    expected = oracle_expected("group_tests")["results"]["contingency"]["kiosk_sex_by_freq"]
    kiosk = oracle_frame("servqual_kiosk")
    test = chi_square(kiosk["sex"], kiosk["freq"])
    assert (list(test.rows), list(test.columns)) == (expected["rows"], expected["cols"])
    np.testing.assert_array_equal(test.observed, expected["observed"])


def test_yates_correction_agrees_with_the_formula_of_a_fourfold_table() -> None:
    (a, b), (c, d) = table = [[12, 5], [6, 14]]
    n = a + b + c + d
    expected = n * (abs(a * d - b * c) - n / 2) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
    assert chi_square(table, continuity=True).statistic == pytest.approx(expected, rel=1e-12)


def test_the_interval_of_v_solves_the_noncentral_chi_square() -> None:
    effect = cramers_v([[30, 10, 20], [10, 30, 20]])
    test = chi_square([[30, 10, 20], [10, 30, 20]])
    for bound, tail in ((effect.ci_low, 0.975), (effect.ci_high, 0.025)):
        assert ncx2.cdf(test.statistic, 2, (bound or 0) ** 2 * 120) == pytest.approx(tail, rel=1e-8)


TABLE = st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=2, max_size=4)


@given(TABLE)
def test_turning_the_table_changes_nothing(table: list[list[int]]) -> None:
    try:
        test = chi_square(table)
    except NotEstimable:
        return
    turned = chi_square(np.transpose(table))
    assert [test.statistic, test.p_value] == pytest.approx([turned.statistic, turned.p_value], abs=1e-10)
    assert 0 <= test.value <= 1


def test_perfect_association_is_one() -> None:
    assert cramers_v(list("aabbcc") * 5, list("xxyyzz") * 5).value == pytest.approx(1)


def test_no_association_is_zero_with_an_interval_from_zero() -> None:
    effect = cramers_v([[20, 20], [20, 20]])
    assert (effect.value, effect.ci_low, effect.ci_high) == (0, 0, 0)


def test_empty_rows_and_missing_labels_are_left_out() -> None:
    assert chi_square([[5, 9], [0, 0], [9, 5]]).rows == ("1", "3")
    assert chi_square(["a", "b", None, "a"], ["x", "y", "x", None]).n == 2


@pytest.mark.parametrize("table", [[[3, 4]], [[0, 0], [0, 0]], [[3], [4]], [[3, 0], [4, 0]]])
def test_one_category_on_a_side_cannot_be_tested(table: list[list[int]]) -> None:
    with pytest.raises(NotEstimable, match="two categories"):
        chi_square(table)


def test_no_respondents_cannot_be_tested() -> None:
    with pytest.raises(NotEstimable):
        chi_square([], [])


@pytest.mark.parametrize("table", [[[1, -1], [2, 3]], [[1.5, 1], [2, 3]], [[math.nan, 1], [2, 3]]])
def test_a_table_that_does_not_hold_counts_is_refused(table: list[list[float]]) -> None:
    with pytest.raises(InvalidArgument, match="counts"):
        chi_square(table)


def test_labels_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="aligned"):
        chi_square(["a"], ["x", "y"])
