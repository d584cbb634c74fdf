"""Whether the correlations of a set of items are fit for a factor analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from servq.errors import InvalidArgument
from servq.statistics.correlations import regular_correlation, varying_moments
from servq.statistics.estimate import Comparison, Estimate
from servq.statistics.moments import Moments


@dataclass(frozen=True, kw_only=True)
class SamplingAdequacy(Estimate):
    """Overall measure of sampling adequacy with that of each item, 0–1."""

    items: Mapping[str, float]


def kmo(items: object) -> SamplingAdequacy:
    """Kaiser–Meyer–Olkin measure of sampling adequacy: how small partial correlations are beside correlations.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), NaN where missing (rows dropped list-wise), or `Moments`.

    Returns
    -------
    SamplingAdequacy
        `value` for all items together and `items` for each, 0–1; no interval is defined.

    Raises
    ------
    InvalidArgument
        Fewer than two items.
    NotEstimable
        Fewer than two complete rows, an item without variance, a singular correlation matrix.

    Notes
    -----
    With r the correlations and q the anti-image (partial) correlations, MSA = Σr² / (Σr² + Σq²) over the pairs of
    different items, all of them or those of one item. For two items it is one half whatever they correlate; items
    that do not correlate at all have the same limit. R: ``psych::KMO``.

    References
    ----------
    Kaiser, H. F. & Rice, J. (1974). Little Jiffy, Mark IV. Educational and Psychological Measurement, 34, 111–117.

    Examples
    --------
    >>> round(kmo([[1, 2, 1], [2, 2, 3], [3, 5, 4], [4, 3, 5], [5, 5, 4]]).value, 4)
    0.6338
    """
    moments = _several_items(items)
    correlation = regular_correlation(moments)
    precision = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(precision))
    partial = precision / np.outer(scale, scale)
    np.fill_diagonal(partial, 0.0)
    simple = correlation - np.eye(len(correlation))
    shared, own = (simple**2).sum(axis=0), (partial**2).sum(axis=0)
    total = shared + own
    adequacy = np.divide(shared, total, out=np.full_like(total, 0.5), where=total > 0)
    overall = shared.sum() / total.sum() if total.sum() > 0 else 0.5
    return SamplingAdequacy(
        value=float(overall),
        n=moments.n,
        method="Kaiser–Meyer–Olkin measure of sampling adequacy",
        items=dict(zip(moments.names, adequacy.tolist(), strict=True)),
    )


def bartlett_sphericity(items: object) -> Comparison:
    """Bartlett's test that the items do not correlate at all in the population.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), NaN where missing (rows dropped list-wise), or `Moments`.

    Returns
    -------
    Comparison
        `value` and `statistic` are χ², with `df` = k (k − 1) / 2 and the p-value.

    Raises
    ------
    InvalidArgument
        Fewer than two items.
    NotEstimable
        Fewer than two complete rows, an item without variance, a singular correlation matrix.

    Notes
    -----
    χ² = −(n − 1 − (2k + 5) / 6) ln |R|. R: ``psych::cortest.bartlett``. The p-value of large samples is smaller than a
    floating-point number can say and is then 0.

    References
    ----------
    Bartlett, M. S. (1951). The effect of standardization on a χ² approximation in factor analysis. Biometrika, 38,
    337–344.

    Examples
    --------
    >>> test = bartlett_sphericity([[1, 2, 1], [2, 2, 3], [3, 5, 4], [4, 3, 5], [5, 5, 4]])
    >>> round(test.statistic, 4), test.df
    (4.2544, 3)
    """
    moments = _several_items(items)
    correlation = regular_correlation(moments)
    k = len(correlation)
    chi_square = float(-(moments.n - 1 - (2 * k + 5) / 6) * np.linalg.slogdet(correlation)[1])
    df = k * (k - 1) // 2
    return Comparison(
        value=chi_square,
        n=moments.n,
        method="Bartlett's test of sphericity",
        statistic=chi_square,
        df=df,
        p_value=float(chdtrc(df, max(chi_square, 0.0))),
    )


def _several_items(items: object) -> Moments:
    moments = varying_moments(items)
    if len(moments.names) < 2:  # one item correlates with nothing
        raise InvalidArgument("At least two items are needed to look at their correlations.")
    return moments
