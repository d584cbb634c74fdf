"""Shares of R² with bootstrap intervals.

1. The shares are those of `lmg_importance`, or of `johnson_weights` for many drivers, and add up to 1.
2. The intervals cover what the population has; the leading driver is named where it leads.
3. Degenerate input is refused with a reason.
"""

from __future__ import annotations

import numpy as np
import pytest

from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import importance_intervals, johnson_weights, lmg_importance


def simulated(seed: int, n: int, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, len(weights)))
    return x, x @ weights + random.standard_normal(n)


@pytest.mark.parametrize(("n_drivers", "reference"), [(4, lmg_importance), (9, johnson_weights)])
def test_the_shares_are_those_without_intervals(n_drivers: int, reference: object) -> None:
    x, y = simulated(1, 200, np.linspace(0.2, 1.0, n_drivers))
    found, expected = importance_intervals(x, y, n_resamples=100), reference(x, y)
    assert [one.value for one in found.shares] == pytest.approx(list(expected.relative.values()))
    assert found.r_squared.value == pytest.approx(expected.r_squared)
    assert sum(one.value for one in found.shares) == pytest.approx(1.0)
    assert all(0 <= one.ci_low <= one.value <= one.ci_high <= 1 for one in found.shares)


def test_the_intervals_cover_the_shares_of_the_population() -> None:
    """Independent drivers: the share of each is its squared weight over the sum of squares."""
    weights = np.array([1.0, 0.7, 0.4])
    true = weights**2 / (weights**2).sum()
    covered = np.zeros(3)
    n_samples = 100
    for seed in range(n_samples):
        shares = importance_intervals(*simulated(seed, 300, weights), n_resamples=200, seed=seed).shares
        covered += [one.ci_low <= value <= one.ci_high for one, value in zip(shares, true, strict=True)]
    assert (covered / n_samples >= 0.95 - 3 * (0.05 * 0.95 / n_samples) ** 0.5).all()


def test_the_leading_driver_is_alone_where_it_leads_and_not_where_drivers_are_alike() -> None:
    assert importance_intervals(*simulated(2, 400, np.array([0.3, 1.5, 0.3]))).leading == (1,)
    assert importance_intervals(*simulated(3, 400, np.array([0.6, 0.6, 0.6]))).leading == (0, 1, 2)


def test_the_same_seed_gives_the_same_intervals() -> None:
    x, y = simulated(4, 80, np.array([1.0, 0.5]))
    one, two = (importance_intervals(x, y, n_resamples=100, seed=7) for _ in range(2))
    assert one == two


def test_rows_with_a_blank_are_left_out() -> None:
    x, y = simulated(5, 80, np.array([1.0, 0.5]))
    x[0, 0], y[1] = np.nan, np.nan
    assert importance_intervals(x, y, n_resamples=100).n == 78


def test_degenerate_input_is_refused() -> None:
    x, y = simulated(6, 40, np.array([1.0, 0.5]))
    with pytest.raises(InvalidArgument, match="at least two drivers"):
        importance_intervals(x[:, :1], y)
    with pytest.raises(InvalidArgument, match="at least 100 resamples"):
        importance_intervals(x, y, n_resamples=10)
    with pytest.raises(NotEstimable):
        importance_intervals(np.column_stack([x[:, 0], x[:, 0]]), y)
    with pytest.raises(NotEstimable):
        importance_intervals(x, np.ones(40))
