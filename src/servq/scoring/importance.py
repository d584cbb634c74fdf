"""Performance weighted by how important each respondent finds each item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from servq.scoring.blocks import Array, Block, share_mean


@dataclass(frozen=True)
class WeightedPerformance:
    """Importance × performance, respondent by respondent.

    Parameters
    ----------
    mean
        Σ I·P / Σ I over the items that a respondent rated on both sides, by the missing-data rule; on the scale of
        performance, shape (n_respondents,).
    products
        Σ I·P over all items, NaN where one is missing: the form of Cronin & Taylor (1992), which is not on the scale.
    n_items
        Items that both batteries ask.
    """

    mean: Array
    products: Array
    n_items: int


def weighted_by_importance(performance: Block, importance: Block) -> WeightedPerformance:
    """Weight the ratings of each respondent by the same respondent's importance of each item."""
    shared = [item for item in performance.items if item in importance.items]
    p = np.column_stack([performance.item(item) for item in shared])
    i = np.column_stack([importance.item(item) for item in shared])
    products = p * i
    weights = np.where(np.isnan(products), np.nan, i)
    # both are means over the same items, so their ratio is that of the sums
    share = performance.minimum_share
    with np.errstate(invalid="ignore", divide="ignore"):  # importance 0 throughout weighs nothing
        mean = share_mean(products, share) / share_mean(weights, share)
    return WeightedPerformance(
        mean=np.where(np.isfinite(mean), mean, np.nan), products=products.sum(axis=1), n_items=len(shared)
    )
