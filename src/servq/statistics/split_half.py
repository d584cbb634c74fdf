"""Split-half reliability over every way, or a sample of the ways, to halve a scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.estimate import Estimate
from servq.statistics.reliability import PERFECT, scale_caveats, scale_moments

MOST_ITEMS_FOR_ALL = 16
"""6,435 splits; beyond this the splits are sampled."""

N_SAMPLED = 10_000
CHUNK = 2_000


@dataclass(frozen=True, kw_only=True)
class SplitHalf(Estimate):
    """Distribution of the split-half reliabilities; `value` is the mean Spearman–Brown coefficient.

    Parameters
    ----------
    n_splits
        Splits looked at.
    is_sampled
        Whether those are a random sample instead of all.
    spearman_brown_min, spearman_brown_max
        Smallest and largest 2r / (1 + r) of a split.
    lambda4_mean, lambda4_min, lambda4_max
        The same for Guttman's λ₄ = 4 · covariance of the halves / variance of the sum.
    """

    n_splits: int
    is_sampled: bool
    spearman_brown_min: float
    spearman_brown_max: float
    lambda4_mean: float
    lambda4_min: float
    lambda4_max: float


def split_half(items: object, *, n_sampled: int = N_SAMPLED, seed: int = 0) -> SplitHalf:
    """Reliability from all ways to split a scale into halves.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`; list-wise.
    n_sampled
        Splits drawn when there are more than 16 items.
    seed
        Of the random splits, so that a report can be repeated.

    Returns
    -------
    SplitHalf
        Up to 16 items over all splits, the halves of an odd number of items differing by one; more items over random
        splits, which a caveat says. Without an interval.

    Raises
    ------
    NotEstimable
        Fewer than two items or complete respondents, or a half whose sum is the same for everybody.
    InvalidArgument
        `n_sampled` is below 1.

    Notes
    -----
    The covariance of two halves is all that a split needs, so the cost does not depend on n. Spearman 1910, Brown
    1910; Guttman 1945. R: ``psych::splitHalf(x, raw = TRUE, brute = TRUE)``, which is wrong for odd numbers of items.

    Examples
    --------
    >>> found = split_half([[1, 2, 2, 1], [3, 3, 4, 3], [4, 5, 4, 4], [6, 6, 7, 5]])
    >>> found.n_splits, round(found.value, 3)
    (3, 0.987)
    """
    if n_sampled < 1:
        raise InvalidArgument("n_sampled must be at least 1.")
    moments = scale_moments(items)
    k = moments.n_items
    is_sampled = k > MOST_ITEMS_FOR_ALL
    covariance = moments.covariance
    chunks = _sampled(k, n_sampled, seed) if is_sampled else _all(k)
    results = [_coefficients(covariance, chunk) for chunk in chunks]
    lambda4 = np.concatenate([one[0] for one in results])
    spearman_brown = np.concatenate([one[1] for one in results])
    if not np.isfinite(spearman_brown).all():
        raise NotEstimable(Message("In some split a half has the same sum for everybody."), n=moments.n)
    caveats = scale_caveats(moments)
    if is_sampled:
        caveats += (
            Message("{n} random splits stand for all {all}.", n=n_sampled, all=comb(k, k // 2) // (1 + (k % 2 == 0))),
        )
    return SplitHalf(
        value=float(spearman_brown.mean()),
        n=moments.n,
        method="mean split-half reliability, Spearman–Brown",
        caveats=caveats,
        n_splits=len(lambda4),
        is_sampled=is_sampled,
        spearman_brown_min=float(spearman_brown.min()),
        spearman_brown_max=float(spearman_brown.max()),
        lambda4_mean=float(lambda4.mean()),
        lambda4_min=float(lambda4.min()),
        lambda4_max=float(lambda4.max()),
    )


def _all(k: int) -> Iterator[NDArray[np.float64]]:
    # With an even number of items a split and its mirror are one: the first item stays in the first half.
    halves: Iterator[tuple[int, ...]] = combinations(range(k), k // 2)
    if k % 2 == 0:
        halves = ((0, *rest) for rest in combinations(range(1, k), k // 2 - 1))
    while chunk := list(islice(halves, CHUNK)):
        membership = np.zeros((len(chunk), k))
        np.put_along_axis(membership, np.array(chunk), 1.0, axis=1)
        yield membership


def _sampled(k: int, n_splits: int, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    for start in range(0, n_splits, CHUNK):
        order = rng.permuted(np.tile(np.arange(k), (min(CHUNK, n_splits - start), 1)), axis=1)
        yield (order < k // 2).astype(np.float64)


def _coefficients(
    covariance: NDArray[np.float64], membership: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """λ₄ and Spearman–Brown of each split; the latter infinite where a half does not vary."""
    with_items = membership @ covariance
    first = (with_items * membership).sum(axis=1)
    between = (with_items * (1 - membership)).sum(axis=1)
    total = covariance.sum()
    second = total - first - 2 * between
    floor = PERFECT * np.trace(covariance)
    varies = (first > floor) & (second > floor)
    root = np.sqrt(np.where(varies, first * second, 1.0))
    r = between / root
    # A correlation of −1 makes the coefficient minus infinity; it only happens when the sum score cannot vary.
    spearman_brown = np.where(varies & (r > -1 + PERFECT), 2 * r / np.where(r > -1 + PERFECT, 1 + r, 1.0), np.inf)
    return 4 * between / total, spearman_brown
