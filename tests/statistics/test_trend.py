from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import agrees
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import (
    SampleSummary,
    adjust_p_values,
    change_since,
    compare_sites,
    compare_sites_from,
    p_chart,
    paired_comparison,
    rank_sites,
    rank_sites_from,
    welch_t_test,
    xbar_chart,
    xbar_chart_from,
)

# Montgomery (2012), example 7.1: nonconforming orange-juice cans in 30 samples of 50.
JUICE = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]


def test_the_p_chart_agrees_with_the_printed_example() -> None:
    chart = p_chart(JUICE, [50] * 30)
    agrees(
        p_chart,
        [chart.centre, chart.upper[0], chart.lower[0]],
        [0.2313, 0.4102, 0.0524],
        reference="printed example of Montgomery (2012), 7.1",
        data="orange-juice cans",
        absolute=0.00005,
    )
    assert (np.flatnonzero(chart.outside) + 1).tolist() == [15, 23]
    assert chart.caveats == ()


def test_limits_follow_the_size_of_each_wave_and_stay_shares() -> None:
    chart = p_chart([1, 30], [10, 1000])
    assert (chart.lower >= 0).all()
    assert (chart.upper <= 1).all()
    assert chart.upper[0] > chart.upper[1]
    assert "not settled" in chart.caveats[0]


def test_the_x_bar_chart_uses_the_unbiased_pooled_spread() -> None:
    rng = np.random.default_rng(4)
    waves = np.repeat(np.arange(6), 4)
    values = rng.normal(5, 1, 24)
    chart = xbar_chart(values, waves)
    groups = values.reshape(6, 4)
    c4 = math.sqrt(2 / 18) * math.gamma(9.5) / math.gamma(9)
    sigma = math.sqrt(groups.var(axis=1, ddof=1).mean()) / c4
    assert chart.sigma == pytest.approx(sigma)
    np.testing.assert_allclose(chart.upper, groups.mean() + 3 * sigma / 2)
    np.testing.assert_allclose(chart.points, groups.mean(axis=1))
    summaries = [SampleSummary(4, group.mean(), group.std(ddof=1)) for group in groups]
    np.testing.assert_allclose(xbar_chart_from(summaries).lower, chart.lower)


def test_a_run_on_one_side_is_seen_before_a_point_lies_outside() -> None:
    shares = [50, 48, 52, 47, 51, 49, *[54] * 9, 46, 45, 46]
    chart = p_chart(shares, [100] * 18)
    assert not chart.outside.any()
    assert np.flatnonzero(chart.in_run).tolist() == [13, 14]


def test_points_on_the_centre_end_a_run() -> None:
    chart = p_chart([5, 6, 4, 5], [10] * 4)
    assert not chart.in_run.any()


@pytest.mark.parametrize(
    ("successes", "sizes"),
    [([1], [2, 3]), ([3, 1], [2, 3]), ([1.5, 1], [2, 3]), ([0, 1], [0, 3]), ([math.nan, 1], [2, 2])],
)
def test_counts_that_are_no_counts_are_refused(successes: Any, sizes: Any) -> None:
    with pytest.raises(InvalidArgument):
        p_chart(successes, sizes)


def test_a_chart_needs_two_waves_and_variance() -> None:
    for successes, sizes in (([], []), ([1], [2]), ([0, 0], [5, 5]), ([5, 4], [5, 4])):
        with pytest.raises(NotEstimable):
            p_chart(successes, sizes)
    with pytest.raises(NotEstimable, match="do not vary"):
        xbar_chart([1, 1, 2, 2], [1, 1, 2, 2])
    with pytest.raises(NotEstimable):
        xbar_chart([1, 2], [1, 1])
    with pytest.raises(NotEstimable, match="two waves"):
        xbar_chart_from([SampleSummary(5, 1, 1)])
    with pytest.raises(InvalidArgument, match="labels"):
        p_chart([1, 2], [3, 4], labels=["a"])


VALUES = st.lists(st.integers(1, 7), min_size=3, max_size=20).filter(lambda values: len(set(values)) > 1)


@given(VALUES, VALUES)
def test_the_change_is_current_less_previous(previous: list[int], current: list[int]) -> None:
    change = change_since(previous, current)
    assert change == welch_t_test(current, previous)
    assert change.value == pytest.approx(np.mean(current) - np.mean(previous))


def test_the_same_respondents_are_paired_by_their_ids() -> None:
    change = change_since(
        [4, 5.5, 3, 6], [7, 5, 6, 2], previous_ids=["a", "b", "c", "d"], current_ids=["d", "a", "b", "e"]
    )
    pairs = paired_comparison([7, 5, 6], [6, 4, 5.5])
    assert (change.n, change.value, change.p_value) == (3, pairs.value, pairs.p_value)
    assert change.caveats == ("Respondents of one wave only, who are not in this change: 2.",)


def test_long_ids_do_not_run_into_each_other() -> None:
    ids = [1234567.0, 1234568.0, 1234569.0]  # a column of ids with a blank is one of floats
    change = change_since([1, 5, 9], [9, 5, 2], previous_ids=ids, current_ids=ids[::-1])
    assert (change.value, change.n) == (pytest.approx(1 / 3), 3)


def test_ids_that_do_not_identify_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="both waves"):
        change_since([1, 2], [2, 3], previous_ids=["a", "b"])
    with pytest.raises(InvalidArgument, match="names a more than once"):
        change_since([1, 2], [2, 3], previous_ids=["a", "a"], current_ids=["a", "b"])
    with pytest.raises(InvalidArgument, match="one id per value"):
        change_since([1, 2], [2, 3], previous_ids=["a"], current_ids=["a", "b"])
    with pytest.raises(NotEstimable, match="complete pairs"):
        change_since([1, 2], [2, 3], previous_ids=["a", "b"], current_ids=["c", "d"])


def _sites() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    sites = np.repeat(["north", "south", "east", "west"], [40, 35, 50, 30])
    shift = np.repeat([0.0, 1.5, 0.1, 0.1], [40, 35, 50, 30])
    return rng.normal(5, 1, 155) + shift, sites


def test_each_site_is_compared_with_all_others_and_adjusted_over_the_sites() -> None:
    values, sites = _sites()
    compared = compare_sites(values, sites)
    assert [one.site for one in compared] == ["east", "north", "south", "west"]
    for one in compared:
        test = welch_t_test(values[sites == one.site], values[sites != one.site])
        assert [one.value, one.p_value, one.mean_site - one.mean_others] == pytest.approx(
            [test.value, test.p_value, test.value]
        )
    adjusted = adjust_p_values([one.p_value for one in compared], "benjamini_hochberg")
    assert [one.p_adjusted for one in compared] == pytest.approx(adjusted.tolist())


def test_ranks_say_what_the_data_cannot_rule_out() -> None:
    ranks = rank_sites(*_sites())
    assert [one.rank for one in ranks] == [1, 2, 3, 4]
    assert (ranks[0].site, ranks[0].rank_low, ranks[0].rank_high) == ("south", 1, 1)
    assert all((one.rank_low, one.rank_high) == (2, 4) for one in ranks[1:])


@given(st.integers(0, 2000))
def test_rank_intervals_contain_the_rank_and_relabelling_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sites = rng.integers(0, 5, 60)
    values = rng.normal(sites * 0.4, 1)
    ranks = {one.site: one for one in rank_sites(values, sites)}
    assert all(1 <= one.rank_low <= one.rank <= one.rank_high <= len(ranks) for one in ranks.values())
    for one in rank_sites(values, [f"s{9 - site}" for site in sites]):
        other = ranks[str(9 - int(one.site[1:]))]
        assert (one.rank, one.rank_low, one.rank_high) == (other.rank, other.rank_low, other.rank_high)


def test_tied_sites_share_the_mean_rank() -> None:
    ranks = rank_sites_from({"a": SampleSummary(9, 5, 1), "b": SampleSummary(9, 5, 1), "c": SampleSummary(9, 4, 1)})
    assert [one.rank for one in ranks] == [1.5, 1.5, 3]


def test_the_ranks_of_all_sites_hold_together_as_often_as_they_say() -> None:
    rng = np.random.default_rng(21)
    true_means = np.array([0.0, 0.2, 0.2, 0.5, 1.0])
    hits = 0
    for _ in range(400):
        samples = rng.normal(true_means, 1, size=(40, 5))
        sites = {str(site): SampleSummary(40, s.mean(), s.std(ddof=1)) for site, s in enumerate(samples.T)}
        hits += all(
            one.rank_low <= 1 + (true_means > true_means[int(one.site)]).sum() <= one.rank_high
            for one in rank_sites_from(sites)
        )
    assert hits / 400 >= 0.95


def test_no_site_and_a_site_of_one_value_are_refused() -> None:
    with pytest.raises(NotEstimable, match="at least 2 sites"):
        rank_sites_from({})
    with pytest.raises(NotEstimable, match="At least 2 values"):
        compare_sites_from({"a": SampleSummary(5, 4.0, 1.0), "b": SampleSummary(1, 5.0, 0.0)})


def test_sites_that_cannot_be_ranked_say_so() -> None:
    with pytest.raises(NotEstimable, match="do not vary"):
        rank_sites([1, 1, 2, 2], list("aabb"))
    with pytest.raises(NotEstimable, match="At least 2 groups"):
        rank_sites([1, 2], ["a", "a"])
    with pytest.raises(NotEstimable, match="at least 2 sites"):
        rank_sites_from({"a": SampleSummary(5, 1, 1)})
    with pytest.raises(NotEstimable):
        compare_sites([1, 1, 1, 1], list("aabb"))
    with pytest.raises(NotEstimable, match="no other site"):
        compare_sites_from({"a": SampleSummary(5, 1, 1)})
