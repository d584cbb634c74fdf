"""Rates, ratios and medians agree with scipy, statsmodels and closed forms.

1. Poisson rates: statsmodels' exact interval; zero events have a lower bound of 0.
2. Ratios of counts: the odds of statsmodels' Wilson interval.
3. Ratios of totals: the t interval where every count is 1; the linearised error by hand otherwise.
4. Medians: scipy's quantile test; Kaplan–Meier medians: statsmodels.
5. Correlations: scipy with one group, the correlation of centred values with several.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from servq.errors import InvalidArgument, NotEstimable
from servq.operations.intervals import (
    median_interval,
    overdispersion_p,
    poisson_rate,
    pooled_correlation,
    ratio_of_counts,
    ratio_of_totals,
    waiting_median,
)


@pytest.mark.parametrize(("events", "exposure"), [(0, 1.0), (1, 1.0), (10, 4.0), (250, 12.0), (200_000, 6.0)])
def test_a_rate_has_the_exact_poisson_interval(events: int, exposure: float) -> None:
    rate = poisson_rate(events, exposure)
    low, high = confint_poisson(events, exposure, method="exact-c")
    assert rate.value == events / exposure
    assert rate.ci_low == pytest.approx(0.0 if events == 0 else low, rel=1e-9)
    assert rate.ci_high == pytest.approx(high, rel=1e-9)


def test_a_rate_of_no_count_or_no_exposure_is_refused() -> None:
    for events, exposure in ((-1, 1.0), (1.5, 1.0), (3, 0.0)):
        with pytest.raises(InvalidArgument):
            poisson_rate(events, exposure)  # type: ignore[arg-type] # that is the point


@pytest.mark.parametrize(("first", "second"), [(30, 10), (0, 5), (1, 1), (4, 700)])
def test_a_ratio_of_counts_has_the_wilson_interval_as_odds(first: int, second: int) -> None:
    low, high = proportion_confint(first, first + second, method="wilson")
    ratio = ratio_of_counts(first, second)
    assert ratio.value == first / second
    assert ratio.ci_low == pytest.approx(low / (1 - low), rel=1e-9, abs=1e-12)
    assert ratio.ci_high == pytest.approx(high / (1 - high), rel=1e-9)


def test_a_ratio_to_nothing_is_not_estimable() -> None:
    with pytest.raises(NotEstimable, match="second count is 0, the first 12"):
        ratio_of_counts(12, 0)


def test_a_ratio_of_totals_is_the_mean_where_every_contact_has_one_reply() -> None:
    ratio = ratio_of_totals([10, 20, 5, 7], [1, 1, 1, 1])
    expected = stats.ttest_1samp([10, 20, 5, 7], 0).confidence_interval()
    assert ratio.value == 10.5
    assert (ratio.ci_low, ratio.ci_high) == pytest.approx(tuple(expected), rel=1e-12)


def test_a_ratio_of_totals_has_the_linearised_error() -> None:
    minutes, replies = np.array([30.0, 12.0, 4.0]), np.array([3.0, 2.0, 1.0])
    residuals = minutes - 46 / 6 * replies
    se = math.sqrt(3 / 2 * (residuals**2).sum()) / 6
    ratio = ratio_of_totals(minutes, replies)
    assert ratio.value == pytest.approx(46 / 6, rel=1e-15)
    assert ratio.ci_high == pytest.approx(46 / 6 + stats.t.ppf(0.975, 2) * se, rel=1e-12)


def test_one_contact_alone_has_a_ratio_without_an_interval() -> None:
    ratio = ratio_of_totals([42], [4])
    assert (ratio.value, ratio.ci_low, ratio.ci_high) == (10.5, None, None)
    assert ratio.caveats


@pytest.mark.parametrize("n", [6, 7, 12, 31, 100, 1001])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_median_has_the_order_statistic_interval(n: int, level: float) -> None:
    values = np.random.default_rng(n).lognormal(0, 1, n)
    expected = stats.quantile_test(values, q=0, p=0.5).confidence_interval(level)
    median = median_interval(values, confidence_level=level)
    assert median.value == np.median(values)
    if math.isnan(expected.low):
        assert (median.ci_low, median.ci_high) == (None, None)
    else:
        assert (median.ci_low, median.ci_high) == (expected.low, expected.high)


def test_five_values_are_too_few_for_an_interval_of_the_median() -> None:
    median = median_interval([1, 2, 3, 4, 5])
    assert (median.value, median.ci_low) == (3.0, None)
    assert "too few" in median.caveats[0]


@pytest.mark.parametrize("n", [20, 80, 500])
@pytest.mark.parametrize("seed", range(5))
def test_the_waiting_median_is_that_of_kaplan_and_meier(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends, now = rng.exponential(1, n), rng.exponential(1.5, n)
    ended, waited = ends <= now, np.round(np.minimum(ends, now), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # statsmodels takes the logarithm of a survival of 0
        curve = SurvfuncRight(waited, ended.astype(int))
        value, (low, high) = curve.quantile(0.5), curve.quantile_ci(0.5, method="cloglog")
    median = waiting_median(waited, ended)
    assert median.value == value
    assert median.ci_low == low
    assert median.ci_high == (None if math.isinf(high) else high)


def test_without_open_contacts_the_waiting_median_is_the_usual_one() -> None:
    for n in (5, 6, 40, 41):
        values = np.random.default_rng(n).exponential(1, n)
        assert waiting_median(values, [True] * n).value == pytest.approx(np.median(values), rel=1e-12)


def test_a_waiting_median_needs_half_of_the_waits_to_have_ended() -> None:
    with pytest.raises(NotEstimable, match="Fewer than half"):
        waiting_median([1, 2, 3, 4], [True, False, False, False])


def test_a_correlation_of_one_group_is_that_of_scipy() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 30))
    expected = stats.pearsonr(x, y)
    found = pooled_correlation(x, y, [""] * 30)
    assert found.value == pytest.approx(expected.statistic, rel=1e-12)
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(expected.confidence_interval()), rel=1e-9)


def test_levels_of_groups_play_no_part_in_the_correlation_within_them() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(["a", "b", "c"], 8)
    x, y = rng.normal(size=(2, 24))
    centred = [v - np.repeat(v.reshape(3, 8).mean(axis=1), 8) for v in (x, y)]
    expected = np.corrcoef(*centred)[0, 1]
    raised = x + np.repeat([0.0, 50.0, -20.0], 8)
    found = pooled_correlation(raised, y, groups)
    reach = stats.norm.ppf(0.975) / math.sqrt(24 - 2 - 3)
    assert found.value == pytest.approx(expected, rel=1e-9)
    assert found.ci_high == pytest.approx(math.tanh(math.atanh(expected) + reach), rel=1e-9)


def test_a_side_without_variation_has_no_correlation() -> None:
    with pytest.raises(NotEstimable, match="does not vary"):
        pooled_correlation([0.1] * 9, range(9), [""] * 9)


def test_counts_that_vary_more_than_chance_are_noticed() -> None:
    assert overdispersion_p([10, 12, 9, 11]) > 0.5
    assert overdispersion_p([0, 40, 1, 39]) == pytest.approx(stats.chi2.sf(76.1, 3), rel=1e-9)
    assert overdispersion_p([7]) == 1.0
