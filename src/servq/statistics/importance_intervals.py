"""How sure the importance of each driver is: shares of R² over resamples of the respondents."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.importance import johnson_weights, lmg_importance
from servq.statistics.least_squares import complete_cases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_RESAMPLED_LMG = 8
"""LMG fits 256 regressions a resample at 8 drivers; beyond, Johnson's weights serve."""
RESAMPLES = 500


@dataclass(frozen=True, kw_only=True)
class ResampledImportance:
    """Shares of R² with percentile intervals.

    Parameters
    ----------
    shares
        Relative importance of each driver, 0–1, in the order of the drivers; they add up to 1.
    r_squared
        Share of the outcome's variance that the drivers account for together.
    leading
        Positions of the most important driver and of those that the resamples do not put behind it.
    """

    names: tuple[str, ...]
    n: int
    shares: tuple[Estimate, ...]
    r_squared: Estimate
    leading: tuple[int, ...]
    method: str
    caveats: tuple[Message, ...]


def importance_intervals(
    X: object,  # noqa: N803 - the usual name
    y: object,
    *,
    confidence_level: float = CONFIDENCE_LEVEL,
    n_resamples: int = RESAMPLES,
    seed: int = 1,
) -> ResampledImportance:
    """Split R² over the drivers (LMG up to eight drivers, else Johnson's weights) with bootstrap intervals.

    Parameters
    ----------
    X
        Drivers, shape (n_respondents, n_drivers). Rows with a blank are left out.
    y
        Outcome, shape (n_respondents,).
    confidence_level
        Nominal coverage of each interval, 0–1.
    n_resamples, seed
        Of the percentile bootstrap over respondents; the same seed gives the same intervals.

    Raises
    ------
    InvalidArgument
        Lengths differ, fewer than two drivers, or fewer than 100 resamples.
    NotEstimable
        Too few respondents, a constant driver or outcome, or drivers that determine one another.

    Notes
    -----
    A driver is behind the leading one when the interval of the difference of their shares, at Bonferroni's level for
    the other drivers, leaves out zero. R equivalent: ``relaimpo::boot.relimp(lm(y ~ X), type = "lmg", rela = TRUE)``.
    Source: Grömping (2006), *J. Stat. Software* 17(1).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> drivers = rng.normal(size=(400, 2))
    >>> found = importance_intervals(drivers, drivers[:, 0] + rng.normal(size=400))
    >>> found.leading, found.shares[0].value > 0.9
    ((0,), True)
    """
    check_confidence_level(confidence_level)
    cases = complete_cases(X, y)
    n_drivers = len(cases.names)
    if n_drivers < 2:  # one driver has all of R²
        raise InvalidArgument("Importance is split over at least two drivers.")
    if n_resamples < 100:
        raise InvalidArgument("Intervals need at least 100 resamples.")
    uses_lmg = n_drivers <= MOST_RESAMPLED_LMG
    found = (lmg_importance if uses_lmg else johnson_weights)(cases.x, cases.y)
    drawn = _resampled(np.column_stack([cases.x, cases.y]), n_resamples, seed)
    usable = drawn[_usable(drawn)]
    if len(usable) < n_resamples / 2:
        raise NotEstimable(Message("The respondents are too few or too alike to resample."), n=len(cases.y))
    parts = _lmg(usable) if uses_lmg else _johnson(usable)
    totals = parts.sum(axis=1)
    relative = parts / totals[:, None]
    caveats = cases.caveats
    if len(usable) < n_resamples:
        failed = Message(
            "{failed} of {n} resamples could not be used.", failed=n_resamples - len(usable), n=n_resamples
        )
        caveats = (*caveats, failed)
    method = f"{found.method}, percentile bootstrap of {n_resamples} resamples"
    tails = (1 - confidence_level) / 2

    def estimate(value: float, resampled: Array) -> Estimate:
        low, high = np.quantile(resampled, [tails, 1 - tails])
        return Estimate(
            value=value,
            ci_low=float(low),
            ci_high=float(high),
            confidence_level=confidence_level,
            n=len(cases.y),
            method=method,
            caveats=caveats,
        )

    shares = list(found.relative.values())
    leader = int(np.argmax(shares))
    tail = tails / (n_drivers - 1)
    behind = [
        i for i in range(n_drivers) if i != leader and np.quantile(relative[:, leader] - relative[:, i], tail) > 0
    ]
    return ResampledImportance(
        names=cases.names,
        n=len(cases.y),
        shares=tuple(estimate(share, relative[:, i]) for i, share in enumerate(shares)),
        r_squared=estimate(found.r_squared, totals),
        leading=tuple(i for i in range(n_drivers) if i not in behind),
        method=method,
        caveats=caveats,
    )


def _resampled(rows: Array, n_resamples: int, seed: int) -> Array:
    """Correlations of resampled respondents, shape (n_resamples, n_columns, n_columns); NaN where one is constant."""
    random = np.random.default_rng(seed)
    centred = rows - rows.mean(axis=0)
    n, n_columns = centred.shape
    drawn = np.empty((n_resamples, n_columns, n_columns))
    for i in range(n_resamples):
        sample = centred[random.integers(n, size=n)]
        sample -= sample.mean(axis=0)
        drawn[i] = sample.T @ sample
    spread = np.sqrt(np.diagonal(drawn, axis1=1, axis2=2))
    scale = spread[:, :, None] * spread[:, None, :]
    correlations: Array = np.divide(drawn, scale, out=np.full_like(drawn, np.nan), where=scale > 0)
    return correlations


def _usable(drawn: Array) -> NDArray[np.bool_]:
    """Resamples in which nothing is constant and the drivers do not determine one another."""
    whole = np.isfinite(drawn).all(axis=(1, 2))
    smallest = np.zeros(len(drawn))
    smallest[whole] = np.linalg.eigvalsh(drawn[whole][:, :-1, :-1])[:, 0]
    return smallest > 1e-8


def _lmg(drawn: Array) -> Array:
    """LMG shares of every resample, shape (n_resamples, n_drivers)."""
    n_drivers = drawn.shape[1] - 1
    explained = np.zeros((len(drawn), 1 << n_drivers))
    members = [[i for i in range(n_drivers) if subset >> i & 1] for subset in range(1 << n_drivers)]
    for subset, inside in enumerate(members):
        if inside:
            right = drawn[:, inside, -1]
            solved = np.linalg.solve(drawn[:, inside][:, :, inside], right[:, :, None])[:, :, 0]
            explained[:, subset] = (solved * right).sum(axis=1)
    shares = np.zeros((len(drawn), n_drivers))
    for driver in range(n_drivers):
        for subset, inside in enumerate(members):
            if driver not in inside:
                gain = explained[:, subset | (1 << driver)] - explained[:, subset]
                shares[:, driver] += gain / (n_drivers * comb(n_drivers - 1, len(inside)))
    return shares


def _johnson(drawn: Array) -> Array:
    """Johnson's weights of every resample, shape (n_resamples, n_drivers)."""
    eigenvalues, vectors = np.linalg.eigh(drawn[:, :-1, :-1])
    root = (vectors * np.sqrt(eigenvalues)[:, None, :]) @ vectors.transpose(0, 2, 1)
    orthogonal = np.linalg.solve(root, drawn[:, :-1, -1:])[:, :, 0]
    weights: Array = (root**2 @ orthogonal[:, :, None] ** 2)[:, :, 0]
    return weights
