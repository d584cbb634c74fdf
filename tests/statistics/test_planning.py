from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower, TTestPower

from agreement import agrees
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import mean_interval_from, power, required_sample_size


@pytest.mark.parametrize("n", [2, 5, 50, 90])
@pytest.mark.parametrize("effect", [0.0, 0.1, 0.5, 0.9])
def test_power_agrees_with_statsmodels(n: int, effect: float) -> None:
    paired = TTestPower().power(effect, n, 0.05) if effect else 0.05
    two = TTestIndPower().power(effect, n, 0.05, ratio=1.5) if effect else 0.05
    source = {"reference": "statsmodels TTestPower, TTestIndPower", "data": "sixteen designs", "relative": 1e-8}
    agrees(power, power(n, difference=effect * 3, sd=3), paired, **source)
    if (n * 1.5).is_integer():
        found = power(n, difference=-effect, sd=1, design="two_sample", n_second=int(n * 1.5))
        agrees(power, found, two, **source)


def test_the_gap_of_the_textbook_needs_its_textbook_sample() -> None:
    # R: power.t.test(delta = 0.5, sd = 1, power = 0.8, type = "paired", strict = TRUE)$n is 33.37
    assert required_sample_size("paired_gap", difference=0.5, sd=1).n == 34
    assert required_sample_size("paired_gap", difference=-0.5, sd=1).n == 34


def test_a_share_needs_the_textbook_sample() -> None:
    assert required_sample_size("proportion", margin=0.05).n == 385
    assert required_sample_size("proportion", margin=0.03).n == 1068
    assert required_sample_size("proportion", margin=0.05, share=0.1).n == 139
    # Krejcie & Morgan (1970) print 278 for 1,000 and 370 for 10,000
    for population, printed in ((1000, 278), (10_000, 370)):
        agrees(
            required_sample_size,
            required_sample_size("proportion", margin=0.05, population=population).n,
            printed,
            reference="table of Krejcie & Morgan (1970)",
            data="shares in two populations",
        )


def test_a_net_promoter_score_needs_four_times_the_sample_of_a_share() -> None:
    assert required_sample_size("net_promoter_score", margin=10).n == 385
    expected = math.ceil((1.959963984540054 / 0.05) ** 2 * (0.5 + 0.2 - 0.09))
    assert required_sample_size("net_promoter_score", margin=5, promoters=0.5, detractors=0.2).n == expected


@given(st.floats(0.05, 2), st.floats(0.1, 3))
def test_a_mean_gets_the_smallest_sample_that_keeps_the_margin(margin: float, sd: float) -> None:
    n = required_sample_size("mean", margin=margin, sd=sd).n
    assert (mean_interval_from(n, 0, sd).ci_high or math.inf) <= margin
    if n > 2:
        assert (mean_interval_from(n - 1, 0, sd).ci_high or 0) > margin


def test_a_correlation_keeps_the_wider_half_of_its_interval() -> None:
    found = required_sample_size("correlation", correlation=0.5, margin=0.1)
    low, high = (math.tanh(math.atanh(0.5) + sign * 1.959963984540054 / math.sqrt(found.n - 3)) for sign in (-1, 1))
    assert max(0.5 - low, high - 0.5) == pytest.approx(found.reached)
    assert found.reached <= 0.1


def test_alpha_keeps_the_wider_half_of_feldts_interval() -> None:
    from scipy.stats import f

    found = required_sample_size("alpha", alpha=0.8, n_items=5, margin=0.05)
    for n, keeps in ((found.n, True), (found.n - 1, False)):
        low = 1 - 0.2 * f.ppf(0.975, n - 1, (n - 1) * 4)
        high = 1 - 0.2 * f.ppf(0.025, n - 1, (n - 1) * 4)
        assert bool(max(0.8 - low, high - 0.8) <= 0.05) is keeps


@pytest.mark.parametrize(
    ("quantity", "parameters"),
    [
        ("mean", {"margin": 0.2, "sd": 1.3}),
        ("proportion", {"margin": 0.04}),
        ("net_promoter_score", {"margin": 8}),
        ("paired_gap", {"difference": 0.3, "sd": 1.2}),
        ("correlation", {"margin": 0.1, "correlation": 0.4}),
        ("alpha", {"margin": 0.05, "alpha": 0.7, "n_items": 6}),
    ],
)
def test_more_precision_needs_more_and_a_small_population_less(quantity: Any, parameters: dict[str, Any]) -> None:
    plain = required_sample_size(quantity, **parameters)
    halved = {name: value / 2 if name in ("margin", "difference") else value for name, value in parameters.items()}
    assert required_sample_size(quantity, **halved).n > plain.n
    assert required_sample_size(quantity, **parameters, confidence_level=0.99).n > plain.n
    assert required_sample_size(quantity, **parameters, population=300).n < plain.n
    assert required_sample_size(quantity, **parameters, population=10**9).n == pytest.approx(plain.n, abs=1)
    assert required_sample_size(quantity, **parameters, population=2).n == 2


def test_a_margin_out_of_reach_is_said() -> None:
    with pytest.raises(NotEstimable, match="No realistic"):
        required_sample_size("mean", margin=1e-9, sd=1)


@pytest.mark.parametrize(
    ("quantity", "parameters", "message"),
    [
        ("median", {}, "quantity must be"),
        ("mean", {"margin": 0.1}, "sd is needed"),
        ("mean", {"sd": 1}, "margin is needed"),
        ("mean", {"sd": 1, "margin": 0}, "margin must be positive"),
        ("mean", {"sd": -1, "margin": 0.1}, "sd must be positive"),
        ("proportion", {"margin": 0.1, "share": 1}, "share must lie"),
        ("net_promoter_score", {"margin": 5, "promoters": 0.8, "detractors": 0.4}, "add up to at most 1"),
        ("paired_gap", {"difference": 0, "sd": 1}, "must not be 0"),
        ("paired_gap", {"difference": 1, "sd": 1, "desired_power": 1}, "desired_power"),
        ("correlation", {"margin": 0.1, "correlation": 1}, "correlation must lie"),
        ("alpha", {"margin": 0.1, "alpha": 1, "n_items": 4}, "alpha must lie below 1"),
        ("alpha", {"margin": 0.1, "alpha": 0.5, "n_items": 1}, "at least 2"),
        ("proportion", {"margin": 0.1, "population": 1}, "population"),
    ],
)
def test_what_cannot_be_planned_is_refused(quantity: Any, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        required_sample_size(quantity, **parameters)


def test_what_has_no_power_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="at least 2 respondents"):
        power(1, difference=1, sd=1)
    with pytest.raises(InvalidArgument, match="sd must be positive"):
        power(10, difference=1, sd=0)
    with pytest.raises(InvalidArgument, match="design"):
        power(10, difference=1, sd=1, design="crossed")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InvalidArgument, match="significance_level"):
        power(10, difference=1, sd=1, significance_level=5)
    assert power(10, difference=1e6, sd=1) == 1
