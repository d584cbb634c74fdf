"""Internal consistency of a scale: how far its items measure one thing.

Everything here follows from the moments of the items, so it takes raw answers or `Moments`; respondents with a blank
in any item of the scale are left out (list-wise), and the number left out is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri

from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.moments import Moments, as_moments

SMALL_SAMPLE = 30
"""Fewest respondents for alpha even in good conditions (Yurdugül 2008, *Hacettepe Univ. J. Educ.* 35, 397–405)."""

PERFECT = 1e-12
"""Shares of variance below this are rounding."""


@dataclass(frozen=True, kw_only=True)
class ItemDiagnostics:
    """How one item fits its scale.

    Parameters
    ----------
    item
        Name of its column.
    n
        Respondents complete in the whole scale.
    mean, sd
        Of the item over those respondents; the standard deviation has the n − 1 divisor.
    r_drop
        Correlation of the item with the sum of the others; None where either is constant.
    alpha_if_deleted
        Alpha of the others; None with fewer than three items or where the others' sum is constant.
    smc
        Squared multiple correlation with the others; None where the item is constant.
    """

    item: str
    n: int
    mean: float
    sd: float
    r_drop: float | None
    alpha_if_deleted: float | None
    smc: float | None


def cronbach_alpha(items: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Cronbach's alpha of the raw answers with Feldt's interval.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`. Reverse-keyed items must
        already be reversed. Respondents with a blank are left out before n is counted.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    Estimate
        The interval is exact for normal, essentially tau-equivalent items. Caveats name left-out respondents,
        constant items, two-item scales, small n and a negative alpha.

    Raises
    ------
    NotEstimable
        Fewer than two items or complete respondents, or the sum score is the same for everybody.
    InvalidArgument
        The items are no table of numbers, or the confidence level lies outside 0–1.

    Notes
    -----
    k / (k − 1) · (1 − Σ variances / variance of the sum); Cronbach 1951, *Psychometrika* 16, 297–334. The interval:
    Feldt 1965, *Psychometrika* 30, 357–370. R: ``psych::alpha``, ``psych::alpha.ci``.

    Examples
    --------
    >>> round(cronbach_alpha([[1, 2, 2], [3, 3, 4], [4, 5, 4], [6, 6, 7]]).value, 4)
    0.9781
    """
    check_confidence_level(confidence_level)
    moments = scale_moments(items)
    value = alpha_of(moments.scatter)
    low, high = feldt_interval(value, moments.n, moments.n_items, confidence_level)
    return Estimate(
        value=value,
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=moments.n,
        method="Cronbach's alpha, Feldt interval",
        caveats=(*scale_caveats(moments), *negative_caveats(value)),
    )


def standardized_alpha(items: object) -> Estimate:
    """Alpha of the standardised items, from their mean correlation.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`; list-wise.

    Returns
    -------
    Estimate
        Without an interval: Feldt's holds for raw scores.

    Raises
    ------
    NotEstimable
        Fewer than two items or complete respondents, a constant item, or a sum of standardised items that is the same
        for everybody.

    Notes
    -----
    k · r̄ / (1 + (k − 1) · r̄). R: ``psych::alpha(x)$total$std.alpha``. Source: Falk & Savalei (2011), *J. Pers.
    Assess.* 93, 445–453.

    Examples
    --------
    >>> round(standardized_alpha([[1, 2], [2, 4], [3, 3], [4, 8]]).value, 4)
    0.9098
    """
    return _from_correlation(items, alpha_of, "standardised alpha", negative_caveats)


def guttman_lambda2(items: object) -> Estimate:
    """Guttman's λ₂ of the raw answers: a lower bound of the reliability that is never below alpha.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`; list-wise.

    Raises
    ------
    NotEstimable
        Fewer than two items or complete respondents, or the sum score is the same for everybody.

    Notes
    -----
    (Σ covariances + √(k / (k − 1) · Σ squared covariances)) / variance of the sum, over i ≠ j; Guttman 1945,
    *Psychometrika* 10, 255–282. R: ``Lambda4::lambda2(cov(x))``.

    Examples
    --------
    >>> round(guttman_lambda2([[1, 2, 2], [3, 3, 4], [4, 5, 4], [6, 6, 7]]).value, 4)
    0.9795
    """
    moments = scale_moments(items)
    k = moments.n_items
    off_diagonal = moments.scatter - np.diag(moments.scatter.diagonal())
    bound = off_diagonal.sum() + np.sqrt(k / (k - 1) * (off_diagonal**2).sum())
    return Estimate(
        value=float(bound / moments.scatter.sum()), n=moments.n, method="Guttman's λ₂", caveats=scale_caveats(moments)
    )


def guttman_lambda6(items: object) -> Estimate:
    """Guttman's λ₆ of the standardised items, from their squared multiple correlations.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`; list-wise.

    Raises
    ------
    NotEstimable
        Fewer than two items or complete respondents, a constant item, or a sum of standardised items that is the same
        for everybody.

    Notes
    -----
    1 − Σ (1 − smc) / sum of the correlation matrix; Guttman 1945. R: ``psych::alpha(x)$total$"G6(smc)"``.

    Examples
    --------
    >>> round(guttman_lambda6([[1, 2, 2], [3, 3, 4], [4, 5, 4], [6, 6, 7], [2, 1, 4]]).value, 4)
    0.9936
    """

    def lambda6(correlation: NDArray[np.float64]) -> float:
        return float(1 - (1 - squared_multiple_correlations(correlation)).sum() / correlation.sum())

    return _from_correlation(items, lambda6, "Guttman's λ₆", lambda _value: ())


def item_diagnostics(items: object) -> tuple[ItemDiagnostics, ...]:
    """How each item of a scale fits the others.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`; list-wise.

    Returns
    -------
    One `ItemDiagnostics` per item, in the order of the columns. What does not exist for an item is None.

    Raises
    ------
    NotEstimable
        Fewer than two items or complete respondents.

    Notes
    -----
    R: ``psych::alpha(x)$item.stats`` (``r.drop``, ``mean``, ``sd``), ``$alpha.drop$raw_alpha``, ``psych::smc``.
    Source: Nunnally & Bernstein (1994), *Psychometric Theory*, 8.

    Examples
    --------
    >>> first, *_ = item_diagnostics([[1, 2, 2], [3, 3, 4], [4, 5, 4], [6, 6, 7]])
    >>> first.item, round(first.r_drop, 4), round(first.alpha_if_deleted, 4)
    ('1', 0.9968, 0.9357)
    """
    moments = _enough(items)
    scatter = moments.scatter
    sums, squares, total = scatter.sum(axis=1), scatter.diagonal(), scatter.sum()
    rest = total - 2 * sums + squares
    is_flat = np.isin(moments.names, moments.constant)
    floor = PERFECT * squares.sum()
    varying = np.flatnonzero(~is_flat)
    smc = np.zeros(moments.n_items)
    if len(varying):
        smc[varying] = squared_multiple_correlations(moments.select([moments.names[i] for i in varying]).correlation)
    found = []
    for i, name in enumerate(moments.names):
        flat_rest = rest[i] <= floor
        without = np.delete(np.delete(scatter, i, axis=0), i, axis=1)
        r_drop = None if is_flat[i] or flat_rest else float((sums[i] - squares[i]) / np.sqrt(squares[i] * rest[i]))
        found.append(
            ItemDiagnostics(
                item=name,
                n=moments.n,
                mean=float(moments.mean[i]),
                sd=float(moments.sd[i]),
                r_drop=None if r_drop is None else min(1.0, max(-1.0, r_drop)),
                alpha_if_deleted=None if len(without) < 2 or flat_rest else alpha_of(without),  # a scale
                smc=None if is_flat[i] else float(smc[i]),
            )
        )
    return tuple(found)


def alpha_of(covariance: NDArray[np.float64]) -> float:
    """Alpha of a covariance matrix (or any multiple of one) of at least two items whose sum varies."""
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def feldt_interval(alpha: float, n: int, k: int, confidence_level: float) -> tuple[float, float]:
    """Bounds of alpha for `n` respondents and `k` items (Feldt 1965)."""
    tail = (1 - confidence_level) / 2
    df = (n - 1, (n - 1) * (k - 1))
    return 1 - (1 - alpha) * float(fdtri(*df, 1 - tail)), 1 - (1 - alpha) * float(fdtri(*df, tail))


def squared_multiple_correlations(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each item's variance that the others predict; works for singular matrices too."""
    if np.linalg.eigvalsh(correlation)[0] > PERFECT * len(correlation):
        return np.asarray(1 - 1 / np.linalg.inv(correlation).diagonal())
    shares = []
    for i in range(len(correlation)):
        others = np.delete(np.arange(len(correlation)), i)
        with_others = correlation[others, i]
        predicted = with_others @ np.linalg.pinv(correlation[np.ix_(others, others)], hermitian=True) @ with_others
        shares.append(min(1.0, max(0.0, float(predicted))))
    return np.array(shares)


def scale_moments(items: object) -> Moments:
    """Moments of a scale whose reliability can be estimated at all; raises `NotEstimable` otherwise."""
    moments = _enough(items)
    # Against the items' own variances: a sum that is constant up to rounding has no reliability.
    if moments.scatter.sum() <= PERFECT * np.trace(moments.scatter) or len(moments.constant) == moments.n_items:
        raise NotEstimable(
            Message("Every respondent has the same sum score, so nothing can be told apart."), n=moments.n
        )
    return moments


def scale_caveats(moments: Moments) -> tuple[Message, ...]:
    """What a reader must know about the answers behind any reliability."""
    caveats = []
    left_out = moments.n_respondents - moments.n
    if left_out:
        caveats.append(
            Message(
                "{left_out} of {n_respondents} respondents are left out because they skipped an item.",
                left_out=left_out,
                n_respondents=moments.n_respondents,
            )
        )
    if moments.constant:
        caveats.append(Message("Everybody gave the same answer to: {items}.", items=", ".join(moments.constant)))
    if moments.n_items == 2:  # the smallest scale
        caveats.append(Message("A scale of two items says little about internal consistency."))
    if moments.n < SMALL_SAMPLE:
        caveats.append(
            Message("Only {n} respondents; at least {minimum} are advised.", n=moments.n, minimum=SMALL_SAMPLE)
        )
    return tuple(caveats)


def direction_caveats(loadings: NDArray[np.float64], moments: Moments) -> tuple[Message, ...]:
    """Which items load on the common factor against the others; `loadings` has the shape (n_items,)."""
    against = [name for name, loading in zip(moments.names, loadings, strict=True) if loading < 0]
    if not against:
        return ()
    return (
        Message(
            "Loading against the other items: {items}. Check whether reverse-keyed items were reversed.",
            items=", ".join(against),
        ),
    )


def _enough(items: object) -> Moments:
    moments = as_moments(items)
    if moments.n_items < 2:  # consistency is between items
        raise NotEstimable(Message("Internal consistency needs at least two items."), n=moments.n)
    if moments.n < 2:  # covariances need two respondents
        raise NotEstimable(Message("Fewer than two respondents answered every item."), n=moments.n)
    return moments


def negative_caveats(value: float) -> tuple[Message, ...]:
    """What a negative alpha means."""
    if value >= 0:
        return ()
    return (
        Message(
            "Alpha is negative ({value:.2f}): on average the items run against each other. "
            "Check whether reverse-keyed items were reversed.",
            value=value,
        ),
    )


def _from_correlation(
    items: object,
    coefficient: Callable[[NDArray[np.float64]], float],
    method: str,
    further_caveats: Callable[[float], tuple[Message, ...]],
) -> Estimate:
    moments = scale_moments(items)
    correlation: NDArray[Any] = moments.correlation
    if correlation.sum() <= PERFECT * len(correlation):
        raise NotEstimable(
            Message("The standardised items cancel each other out: their sum is the same for everybody."), n=moments.n
        )
    value = coefficient(correlation)
    return Estimate(value=value, n=moments.n, method=method, caveats=(*scale_caveats(moments), *further_caveats(value)))
