from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import (
    SampleSummary,
    mean_interval,
    mean_interval_from,
    one_sample,
    one_sample_from,
    paired_comparison,
    paired_comparison_from,
    welch_t_test,
    welch_t_test_from,
)

ANSWERS = st.lists(st.integers(1, 7), min_size=3, max_size=40).filter(lambda answers: len(set(answers)) > 1)


def _close(expected: object) -> Any:
    return pytest.approx(expected, rel=1e-8)


def _servqual_gaps() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    frame = oracle_frame("servqual1988_sim")
    reversed_items = oracle_expected("servqual_scores")["results"]["servqual1988_sim"]["reversed_items"]
    batteries = []
    for battery in "ep":
        answers = frame[[f"{battery}{item:02d}" for item in range(1, 23)]].to_numpy(dtype=float)
        for item in reversed_items:
            answers[:, item - 1] = 8 - answers[:, item - 1]
        batteries.append(answers)
    return batteries[0], batteries[1]


@pytest.mark.parametrize("position", range(22))
def test_the_item_gaps_of_servqual_agree_with_r(position: int) -> None:
    expected = oracle_expected("servqual_scores")["results"]["servqual1988_sim"]["item"][position]["gap"]
    expectation, perception = _servqual_gaps()
    gap = paired_comparison(perception[:, position], expectation[:, position])
    assert gap.n == expected["n"]
    agrees(
        paired_comparison,
        [gap.value, gap.sd, gap.se, gap.ci_low, gap.ci_high, gap.statistic, gap.p_value],
        [expected["mean"], expected["sd"], expected["se"], *expected["ci95"], expected["t"], expected["p"]],
        reference="t.test",
        data="servqual1988_sim",
        relative=1e-8,
    )
    differences = perception[:, position] - expectation[:, position]
    alone, interval = one_sample(differences), mean_interval(differences)
    source = {"reference": "t.test", "data": "servqual1988_sim", "relative": 1e-8}
    agrees(
        one_sample,
        [alone.value, alone.ci_low, alone.ci_high, alone.statistic, alone.p_value],
        [expected["mean"], *expected["ci95"], expected["t"], expected["p"]],
        **source,
    )
    agrees(
        mean_interval,
        [interval.value, interval.sd, interval.se, interval.ci_low, interval.ci_high],
        [expected["mean"], expected["sd"], expected["se"], *expected["ci95"]],
        **source,
    )
    assert gap.mean_first - gap.mean_second == pytest.approx(gap.value, abs=1e-12)


@pytest.mark.parametrize("position", range(24))
def test_paired_tests_of_real_gaps_agree_with_r(position: int) -> None:
    expected = oracle_expected("group_tests")["results"]["paired_P_minus_E"][position]
    kiosk = oracle_frame("servqual_kiosk")
    gap = paired_comparison(kiosk[f"p{position + 1:02d}"], kiosk[f"e{position + 1:02d}"])
    agrees(
        paired_comparison,
        [
            gap.mean_first,
            gap.mean_second,
            gap.value,
            gap.sd,
            gap.se,
            gap.statistic,
            gap.p_value,
            gap.ci_low,
            gap.ci_high,
        ],
        [*(expected[name] for name in ("mean_p", "mean_e", "gap", "sd", "se", "t", "p")), *expected["ci95"]],
        reference="t.test",
        data="servqual_kiosk",
        relative=1e-8,
    )
    assert (gap.n, gap.df) == (expected["n"], expected["df"])


@pytest.mark.parametrize("name", ["kiosk_perf_by_sex", "kiosk_gap_by_sex", "kiosk_outcome_by_sex"])
def test_welch_from_summaries_agrees_with_r(name: str) -> None:
    expected = oracle_expected("group_tests")["results"]["two_groups"][name]
    first, second = (
        SampleSummary(n, mean, sd) for n, mean, sd in zip(expected["n"], expected["mean"], expected["sd"], strict=True)
    )
    test = welch_t_test_from(first, second)
    welch = expected["welch"]
    agrees(
        welch_t_test_from,
        [test.statistic, test.df, test.p_value, test.se, test.ci_low, test.ci_high],
        [welch["t"], welch["df"], welch["p"], welch["stderr"], *welch["ci95"]],
        reference="t.test",
        data="servqual_kiosk",
        relative=1e-8,
    )


def test_welch_of_managers_and_customers_agrees_with_r() -> None:
    expected = oracle_expected("servqual_scores")["results"]["gaps1990_sim"]["gap1"]
    managers, customers = oracle_frame("gaps1990_managers_sim"), oracle_frame("gaps1990_customers_sim")
    items = [f"e{item:02d}" for item in range(5, 10)]
    test = welch_t_test(managers[items].mean(axis=1), customers[items].mean(axis=1))
    welch = expected["welch"]["reliability"]
    agrees(
        welch_t_test,
        [test.value, test.statistic, test.df, test.p_value],
        [expected["by_dimension"]["reliability"], welch["t"], welch["df"], welch["p"]],
        reference="t.test",
        data="gaps1990_sim",
        relative=1e-8,
    )


def test_the_mean_interval_of_a_rating_agrees_with_r() -> None:
    expected = oracle_expected("proportions_nps")["boxes"]["univer_global_1_7_top2"]
    estimate = mean_interval(oracle_frame("univer_orientation")["global"])
    agrees(
        mean_interval,
        [estimate.value, estimate.sd, estimate.se, estimate.ci_low, estimate.ci_high],
        [expected["mean"], expected["sd"], expected["se"], *expected["ci95_t"]],
        reference="t.test",
        data="univer_orientation",
        relative=1e-8,
    )


def test_summaries_give_what_the_values_give() -> None:
    values, others = np.array([3.0, 4, 6, 7, 7]), np.array([2.0, 2, 5])
    n, mean, sd = 5, values.mean(), values.std(ddof=1)
    assert one_sample_from(n, mean, sd, null=4) == one_sample(values, null=4)
    assert mean_interval_from(n, mean, sd) == mean_interval(values)
    assert welch_t_test_from(SampleSummary(n, mean, sd), SampleSummary(3, others.mean(), others.std(ddof=1))) == (
        welch_t_test(values, others)
    )
    first, second = values[:3], others
    sd_difference = (first - second).std(ddof=1)
    assert paired_comparison_from(3, first.mean(), second.mean(), sd_difference) == paired_comparison(first, second)


def test_the_null_moves_the_test_but_not_the_interval() -> None:
    against_zero, against_mean = one_sample([1, 2, 3]), one_sample([1, 2, 3], null=2)
    assert (against_mean.statistic, against_mean.p_value) == (0, 1)
    assert (against_mean.ci_low, against_mean.ci_high) == (against_zero.ci_low, against_zero.ci_high)


@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_respondents_is_irrelevant(answers: list[int], random: Any) -> None:
    shuffled = random.sample(answers, len(answers))
    one, two = one_sample(answers), one_sample(shuffled)
    assert [one.value, one.ci_low, one.p_value] == pytest.approx([two.value, two.ci_low, two.p_value], rel=1e-12)


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=3, max_size=40))
def test_swapping_batteries_negates_the_gap(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    if len({a - b for a, b in pairs}) == 1:
        with pytest.raises(NotEstimable):
            paired_comparison(first, second)
        return
    forward, backward = paired_comparison(first, second), paired_comparison(second, first)
    assert (forward.value, forward.ci_low) == (-backward.value, -backward.ci_high)
    assert forward.p_value == backward.p_value


@given(ANSWERS, ANSWERS)
def test_swapping_samples_negates_the_difference(first: list[int], second: list[int]) -> None:
    forward, backward = welch_t_test(first, second), welch_t_test(second, first)
    assert (forward.value, forward.ci_low, forward.p_value) == (-backward.value, -backward.ci_high, backward.p_value)


@given(ANSWERS, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_interval_contains_the_mean_and_decides_like_the_test(answers: list[int], level: float) -> None:
    test = one_sample(answers, null=4, confidence_level=level)
    assert test.ci_low is not None
    assert test.ci_high is not None
    assert test.ci_low <= test.value <= test.ci_high
    if abs(test.p_value - (1 - level)) > 1e-9:
        assert (test.p_value > 1 - level) == (test.ci_low < 4 < test.ci_high)


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan, math.nan], [3], [3, math.nan]])
def test_fewer_than_two_values_cannot_be_estimated(values: list[float]) -> None:
    for statistic in (mean_interval, one_sample):
        with pytest.raises(NotEstimable, match="At least 2 values are needed"):
            statistic(values)
    with pytest.raises(NotEstimable, match="complete pairs"):
        paired_comparison(values, values)
    with pytest.raises(NotEstimable, match="At least 2 values"):
        welch_t_test(values, [1, 2, 3])


def test_two_values_have_an_interval() -> None:
    estimate = mean_interval([1, 3])
    # mean 2, se 1, t(0.975, 1) = tan(0.475 π)
    assert estimate.ci_high == _close(2 + math.tan(0.475 * math.pi))


@pytest.mark.parametrize("constant", [0.0, 4.0, 0.1, -1e6])
def test_constant_values_have_a_mean_with_a_caveat_but_no_test(constant: float) -> None:
    values = [constant] * 7
    estimate = mean_interval(values)
    assert estimate.value == pytest.approx(constant)
    assert "no width" in estimate.caveats[0]
    with pytest.raises(NotEstimable, match="All 7 values are equal"):
        one_sample(values)
    with pytest.raises(NotEstimable, match="Neither sample varies"):
        welch_t_test(values, [5, 5, 5])


def test_differences_that_are_rounding_errors_are_constant() -> None:
    first = [0.1 + 0.2, 0.7, 0.5, 0.1 + 0.7]
    with pytest.raises(NotEstimable, match="All 4 differences are equal"):
        paired_comparison(first, [0.3, 0.7, 0.5, 0.8])


def test_one_constant_sample_leaves_the_other_to_carry_the_error() -> None:
    test = welch_t_test([4, 4, 4], [1, 2, 3])
    assert test.df == 2
    assert test.se == _close(1 / math.sqrt(3))


def test_pairs_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="aligned by respondent"):
        paired_comparison([1, 2, 3], [1, 2])


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, math.nan])
def test_a_confidence_level_outside_zero_to_one_is_refused(level: float) -> None:
    with pytest.raises(InvalidArgument, match="confidence_level"):
        one_sample([1, 2, 3], confidence_level=level)


@pytest.mark.parametrize(("mean", "sd"), [(math.nan, 1.0), (1.0, math.nan), (1.0, -1.0), (math.inf, 1.0)])
def test_an_impossible_summary_is_refused(mean: float, sd: float) -> None:
    with pytest.raises(InvalidArgument, match="must be finite"):
        mean_interval_from(5, mean, sd)
