"""Regression drivers, importance shares, penalty–reward contrasts, importance–performance map.

1. Coefficients, errors, VIF, LMG and Johnson's weights agree with R (lm, car, sandwich, relaimpo, rwa).
2. Shares of R² are never negative and add up to it; order and scale of drivers are irrelevant.
3. Degenerate input is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import (
    importance_performance,
    johnson_weights,
    kano_categories,
    lmg_importance,
    penalty_reward,
    regression_drivers,
)

DIMENSIONS = (
    "usefulness",
    "enjoyment",
    "control",
    "economy",
    "personalisation",
    "convenience",
    "security",
    "tangibles",
)
RTOL = 1e-8


def kiosk() -> tuple[pd.DataFrame, pd.Series]:
    """Means of the three satisfaction items of each dimension, and of the four outcomes."""
    frame = oracle_frame("servqual_kiosk")
    means = {name: frame[[f"sat{3 * i + j:02d}" for j in (1, 2, 3)]].mean(axis=1) for i, name in enumerate(DIMENSIONS)}
    return pd.DataFrame(means), frame[["y1", "y2", "y3", "y4"]].mean(axis=1)


def simulated(seed: int, n: int = 60, k: int = 4) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, k)) + random.standard_normal((n, 1))
    return x, x @ np.arange(1, k + 1) + random.standard_normal(n)


def test_the_regression_agrees_with_r() -> None:
    expected = oracle_expected("drivers")["results"]["kiosk_dims_to_outcome"]
    result = regression_drivers(*kiosk())
    assert result.n == expected["n"]
    assert result.df == tuple(expected["df"])
    source = {"data": "servqual_kiosk", "relative": RTOL}
    agrees(
        regression_drivers,
        [result.r_squared, result.adjusted_r_squared, result.f_statistic, result.p_value, result.residual_sd],
        [expected[name] for name in ("r2", "adj_r2", "F", "p", "sigma")],
        reference="lm",
        **source,
    )
    for driver, row in zip(result.drivers, expected["coef"][1:], strict=True):
        assert driver.name == row["term"]
        for reference, found, wanted in (
            ("lm", driver.value, row["b"]),
            ("lm", driver.se, row["se"]),
            ("lm", driver.statistic, row["t"]),
            ("lm", driver.p_value, row["p"]),
            ("lm", (driver.ci_low, driver.ci_high), row["ci95"]),
            ("lm", driver.beta, expected["beta"][driver.name]),
            ("HC3 in R", driver.se_hc3, row["se_hc3"]),
            ("car::vif", driver.vif, expected["vif"][driver.name]),
        ):
            agrees(regression_drivers, found, wanted, reference=reference, **source)


@pytest.mark.parametrize(
    ("function", "key", "reference"),
    [
        (lmg_importance, "lmg", "relaimpo::calc.relimp"),
        (johnson_weights, "johnson_raw", "Johnson's formula in R"),
        (johnson_weights, "rwa_raw", "rwa::rwa"),
    ],
)
def test_importance_shares_agree_with_r(function: Callable[..., Any], key: str, reference: str) -> None:
    expected = oracle_expected("drivers")["results"]["kiosk_dims_to_outcome"]
    result = function(*kiosk())
    agrees(function, result.r_squared, expected["r2"], reference="lm", data="servqual_kiosk", relative=RTOL)
    agrees(function, result.shares, expected[key], reference=reference, data="servqual_kiosk", relative=RTOL)


def test_penalties_and_rewards_agree_with_r() -> None:
    expected = oracle_expected("drivers")["results"]["kiosk_penalty_reward"]
    rows = {row["term"]: row for row in expected["coef"]}
    for contrast in penalty_reward(*kiosk(), low=4, high=5.5):
        for effect, row in (
            (contrast.penalty, rows[f"{contrast.name}_low"]),
            (contrast.reward, rows[f"{contrast.name}_high"]),
        ):
            for found, key in ((effect.value, "b"), (effect.se, "se"), (effect.p_value, "p")):
                agrees(penalty_reward, found, row[key], reference="lm", data="servqual_kiosk", relative=RTOL)


@given(st.integers(0, 10_000))
def test_shares_are_never_negative_and_add_up_to_r_squared(seed: int) -> None:
    x, y = simulated(seed)
    explained = regression_drivers(x, y).r_squared
    for importance in (lmg_importance(x, y), johnson_weights(x, y)):
        assert min(importance.shares.values()) >= -1e-12
        assert sum(importance.shares.values()) == pytest.approx(explained, rel=1e-9)
        assert sum(importance.relative.values()) == pytest.approx(1)


@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_order_and_scale_of_drivers_are_irrelevant(seed: int, order: list[int]) -> None:
    x, y = simulated(seed)
    rescaled = 3 * x[:, order] + 7
    for function in (lmg_importance, johnson_weights):
        plain, moved = list(function(x, y).shares.values()), list(function(rescaled, 2 * y - 1).shares.values())
        assert [plain[i] for i in order] == pytest.approx(moved, rel=1e-9)


def test_with_two_drivers_lmg_and_johnson_agree() -> None:
    x, y = simulated(1, k=2)
    assert list(lmg_importance(x, y).shares.values()) == pytest.approx(list(johnson_weights(x, y).shares.values()))


def test_incomplete_respondents_are_left_out_and_counted() -> None:
    x, y = simulated(2)
    holes = x.copy()
    holes[:3, 0] = np.nan
    result = regression_drivers(holes, y)
    assert result.n == len(y) - 3
    assert "3 respondents" in result.caveats[0]
    assert result.r_squared == pytest.approx(regression_drivers(x[3:], y[3:]).r_squared)


def test_closely_related_drivers_are_said_to_be_hard_to_separate() -> None:
    x, y = simulated(3)
    x[:, 1] = x[:, 0] + 0.01 * np.random.default_rng(4).standard_normal(len(y))
    assert any("hard to separate" in caveat for caveat in regression_drivers(x, y).caveats)


@pytest.mark.parametrize("function", [regression_drivers, lmg_importance, johnson_weights, penalty_reward])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda x, y: (x[:0], y[:0]), "too few"),
        (lambda x, y: (x[:1], y[:1]), "too few"),
        (lambda x, y: (x[:5], y[:5]), "too few"),
        (lambda x, y: (x, np.full_like(y, 3.0)), "outcome does not vary"),
        (lambda x, y: (np.column_stack([x, np.ones(len(y))]), y), "do not vary"),
        (lambda x, y: (np.column_stack([x, x[:, 0] + x[:, 1]]), y), "follow from the others"),
        (lambda x, y: (np.full_like(x, np.nan), y), "too few"),
    ],
)
def test_degenerate_input_is_refused_with_a_reason(
    function: Callable[..., Any], spoil: Callable[..., Any], reason: str
) -> None:
    with pytest.raises(NotEstimable, match=reason):
        function(*spoil(*simulated(5)))


def test_wrong_calls_are_refused() -> None:
    x, y = simulated(6)
    with pytest.raises(InvalidArgument, match="aligned"):
        regression_drivers(x, y[1:])
    with pytest.raises(InvalidArgument, match="at most 16"):
        lmg_importance(np.random.default_rng(1).standard_normal((60, 17)), y)
    with pytest.raises(InvalidArgument, match="low must not exceed high"):
        penalty_reward(x, y, low=2, high=1)
    with pytest.raises(InvalidArgument, match="either y"):
        importance_performance(x)


def test_the_map_claims_a_quadrant_only_where_both_intervals_do() -> None:
    random = np.random.default_rng(7)
    x = random.standard_normal((400, 3)) + np.array([2.0, -2.0, 0.0])
    y = 3 * x[:, 1] + 0.3 * x[:, 0] + random.standard_normal(400)
    points = importance_performance(x, y, n_resamples=200).points
    assert [point.quadrant for point in points] == ["possible_overkill", "concentrate_here", "open"]
    for point in points:
        assert point.importance.ci_low <= point.importance.value <= point.importance.ci_high


def test_the_same_seed_gives_the_same_intervals() -> None:
    x, y = simulated(8)
    one, two = (importance_performance(x, y, n_resamples=100, seed=3) for _ in range(2))
    assert one == two


def test_kano_pairs_are_classed_by_the_published_table() -> None:
    functional = [[1, 1, 2, 3, 5, 1]]
    dysfunctional = [[5, 3, 5, 3, 1, 1]]
    found = [attribute.most_frequent for attribute in kano_categories(functional, dysfunctional)]
    assert found == ["one_dimensional", "attractive", "must_be", "indifferent", "reverse", "questionable"]


def test_better_and_worse_are_the_shares_of_berger() -> None:
    # 4 attractive, 3 one-dimensional, 2 must-be, 1 indifferent, 1 reverse
    functional = [[answer] for answer in (1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5)]
    dysfunctional = [[answer] for answer in (3, 3, 3, 3, 5, 5, 5, 5, 5, 3, 1)]
    (attribute,) = kano_categories(functional, dysfunctional)
    assert attribute.better.value == pytest.approx(7 / 10)
    assert attribute.worse.value == pytest.approx(5 / 10)
    assert attribute.category is None  # 4 against 3 of 11 cannot be told apart
    assert any("cannot be told apart" in caveat for caveat in attribute.caveats)


def test_swapping_the_pair_turns_attractive_into_reverse() -> None:
    functional, dysfunctional = [[1]] * 9, [[3]] * 9
    assert kano_categories(functional, dysfunctional)[0].category == "attractive"
    assert kano_categories(dysfunctional, functional)[0].category == "reverse"


def test_kano_refuses_what_it_cannot_class() -> None:
    with pytest.raises(InvalidArgument, match="whole numbers from 1"):
        kano_categories([[6]], [[1]])
    with pytest.raises(InvalidArgument, match="one shape"):
        kano_categories([[1, 2]], [[1]])
    with pytest.raises(NotEstimable, match="Nobody answered both"):
        kano_categories([[np.nan]], [[1]])
