from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import agrees
from oracle import oracle_expected
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import net_promoter_difference, net_promoter_score, net_promoter_score_from

SAMPLES = [name for name in oracle_expected("proportions_nps")["nps"] if name.startswith("oddjob")]
RATINGS = st.lists(st.integers(0, 10), min_size=2, max_size=60)


def _close(expected: object) -> Any:
    return pytest.approx(expected, rel=1e-8)


nps_agrees = partial(agrees, reference="R with package NPS", data="oddjob counts", relative=1e-8)


def _counts(name: str) -> tuple[int, int, int]:
    expected = oracle_expected("proportions_nps")["nps"][name]
    return expected["promoters"], expected["passives"], expected["detractors"]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_score_and_its_wald_intervals_agree_with_r(name: str) -> None:
    expected = oracle_expected("proportions_nps")["nps"][name]
    wald = net_promoter_score_from(*_counts(name), method="wald")
    nps_agrees(
        net_promoter_score_from,
        [wald.value, wald.se, wald.ci_low, wald.ci_high],
        [expected["nps"], expected["se_wald_pct"], *expected["wald"]],
    )
    shares = [100 * share for share in (wald.detractors, wald.passives, wald.promoters)]
    nps_agrees(net_promoter_score_from, shares, expected["pct"])
    adjusted = net_promoter_score_from(*_counts(name))
    assert adjusted.value == wald.value
    nps_agrees(
        net_promoter_score_from,
        [adjusted.se, adjusted.ci_low, adjusted.ci_high],
        [expected["adjusted_wald"]["se"], *expected["adjusted_wald"]["ci"]],
    )
    rated = net_promoter_score(np.repeat([10, 7, 0], _counts(name)))
    nps_agrees(
        net_promoter_score,
        [rated.value, rated.se, rated.ci_low, rated.ci_high],
        [expected["nps"], expected["adjusted_wald"]["se"], *expected["adjusted_wald"]["ci"]],
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bootstrap_agrees_with_r_within_its_randomness(name: str) -> None:
    expected = oracle_expected("proportions_nps")["nps"][name]["bootstrap_seed7_R4000"]["percentile"]
    score = net_promoter_score_from(*_counts(name), method="bootstrap")
    tolerance = max(0.7, 100 / score.n)
    agrees(
        net_promoter_score_from,
        [score.ci_low, score.ci_high],
        expected,
        reference="boot::boot.ci (percentile; random)",
        data="oddjob counts",
        absolute=tolerance,
    )


def test_nothing_but_promoters_keeps_a_width_and_says_that_it_reaches_too_far() -> None:
    expected = oracle_expected("proportions_nps")["nps"]["extreme_all_promoters"]
    score = net_promoter_score([10] * expected["n"])
    assert [score.value, score.ci_low, score.ci_high] == _close([expected["nps"], *expected["adjusted_wald"]["ci"]])
    assert any("beyond" in caveat for caveat in score.caveats)
    wald = net_promoter_score([10] * expected["n"], method="wald")
    assert [wald.ci_low, wald.ci_high] == expected["wald"]
    assert any("no width" in caveat for caveat in wald.caveats)


@pytest.mark.parametrize("name", ["blue_vs_silver", "blue_vs_gold"])
def test_differences_agree_with_r(name: str) -> None:
    expected = oracle_expected("proportions_nps")["nps_difference"][name]
    first, second = (net_promoter_score_from(*_counts(f"oddjob_{part}")) for part in name.split("_vs_"))
    change = net_promoter_difference(first, second)
    nps_agrees(
        net_promoter_difference,
        [change.value, change.se, change.ci_low, change.ci_high, change.p_value],
        [expected["abs_delta"], expected["se"], *expected["ci"], expected["p"]],
    )


def test_ratings_are_counted_by_the_published_limits() -> None:
    score = net_promoter_score([*range(11), math.nan])
    assert (score.n_detractors, score.n_passives, score.n_promoters, score.n) == (7, 2, 2, 11)


@given(RATINGS, st.sampled_from(["adjusted_wald", "wald", "bootstrap"]))
def test_the_score_lies_in_its_range_and_its_interval(ratings: list[int], method: Any) -> None:
    score = net_promoter_score(ratings, method=method)
    assert -100 <= score.value <= 100
    assert score.ci_low is not None
    assert score.ci_high is not None
    assert score.ci_low - 1e-9 <= score.value <= score.ci_high + 1e-9


@given(st.integers(0, 50), st.integers(0, 50), st.integers(2, 50))
def test_swapping_promoters_and_detractors_negates_the_score(promoters: int, detractors: int, passives: int) -> None:
    forward = net_promoter_score_from(promoters, passives, detractors)
    backward = net_promoter_score_from(detractors, passives, promoters)
    assert [forward.value, forward.ci_low] == pytest.approx([-backward.value, -(backward.ci_high or 0)])


@given(RATINGS, RATINGS)
def test_swapping_samples_negates_the_difference(first: list[int], second: list[int]) -> None:
    forward = net_promoter_difference(first, second, method="adjusted_wald")
    backward = net_promoter_difference(second, first, method="adjusted_wald")
    assert [forward.value, forward.ci_low, forward.p_value] == pytest.approx(
        [-backward.value, -(backward.ci_high or 0), backward.p_value]
    )


@given(RATINGS)
def test_the_order_of_ratings_is_irrelevant(ratings: list[int]) -> None:
    assert net_promoter_score(ratings) == net_promoter_score(ratings[::-1])


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    ratings = np.tile(np.arange(11), 4)
    one, two, other = (net_promoter_score(ratings, method="bootstrap", seed=seed) for seed in (3, 3, 4))
    assert one == two
    assert (one.ci_low, one.ci_high) != (other.ci_low, other.ci_high)


@pytest.mark.parametrize("ratings", [[], [math.nan]])
def test_no_ratings_have_no_score(ratings: list[float]) -> None:
    with pytest.raises(NotEstimable, match="at least one rating"):
        net_promoter_score(ratings)


def test_one_rating_has_a_score_without_an_interval() -> None:
    score = net_promoter_score([9])
    assert (score.value, score.ci_low, score.ci_high) == (100, None, None)
    assert score.caveats == ("One rating gives no interval.",)


def test_two_ratings_have_an_adjusted_interval() -> None:
    score = net_promoter_score([10, 0])
    # 1.75 promoters and 1.75 detractors of 5: variance 0.7 / 5
    assert score.ci_high == _close(100 * 1.959963984540054 * math.sqrt(0.7 / 5))


def test_an_interval_that_misses_its_score_says_so() -> None:
    assert any("does not contain" in caveat for caveat in net_promoter_score([10, 9], confidence_level=0.8).caveats)


def test_two_samples_without_variance_cannot_be_compared_by_wald() -> None:
    with pytest.raises(NotEstimable, match="one kind of answer"):
        net_promoter_difference([10, 10], [0, 0])


@pytest.mark.parametrize("ratings", [[11], [-1], [7.5]])
def test_ratings_on_another_response_scale_are_refused(ratings: list[float]) -> None:
    with pytest.raises(InvalidArgument, match="from 0 to 10"):
        net_promoter_score(ratings)


def test_impossible_counts_and_unknown_methods_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="Counts"):
        net_promoter_score_from(-1, 2, 3)
    with pytest.raises(InvalidArgument, match="method"):
        net_promoter_score([1], method="exact")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InvalidArgument, match="method"):
        net_promoter_difference([1], [2], method="exact")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InvalidArgument, match="n_resamples"):
        net_promoter_score([1, 2], method="bootstrap", n_resamples=0)
