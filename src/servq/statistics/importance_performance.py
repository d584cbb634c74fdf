"""Importance–performance analysis: what matters and how well it is done, with the uncertainty of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison import mean_interval
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.importance import johnson_weights
from servq.statistics.least_squares import complete_cases
from servq.statistics.matrix import as_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Quadrant = Literal["concentrate_here", "keep_up", "low_priority", "possible_overkill", "open"]


@dataclass(frozen=True, kw_only=True)
class ImportancePerformancePoint:
    """One attribute on the map.

    `quadrant` is claimed only where both intervals lie on one side of the cross-hairs; else it is ``open``.
    """

    name: str
    importance: Estimate
    performance: Estimate
    quadrant: Quadrant


@dataclass(frozen=True, kw_only=True)
class ImportancePerformanceMap:
    """Attributes by importance and performance; the cross-hairs are the means over the attributes."""

    points: tuple[ImportancePerformancePoint, ...]
    importance_line: float
    performance_line: float
    method: str
    caveats: tuple[Message, ...]


def importance_performance(
    X: object,  # noqa: N803 - the usual name
    y: object | None = None,
    *,
    importance: object | None = None,
    confidence_level: float = CONFIDENCE_LEVEL,
    n_resamples: int = 1000,
    seed: int = 1,
) -> ImportancePerformanceMap:
    """Place attributes by how much they matter and how well they are rated.

    Parameters
    ----------
    X
        Performance ratings, shape (n_respondents, n_attributes).
    y
        An outcome, shape (n_respondents,): importance is then derived, as Johnson's relative weight (share of R²)
        with a percentile interval over `n_resamples` seeded resamples of respondents. Rows with a blank are left out.
    importance
        Stated importance instead, shape (n_respondents, n_attributes): importance is its mean with a t interval;
        blanks are left out by attribute.
    confidence_level
        Nominal coverage, 0–1.
    n_resamples, seed
        Of the interval of derived importance only; the same seed gives the same interval.

    Raises
    ------
    InvalidArgument
        Neither or both of `y` and `importance`, or shapes that differ.
    NotEstimable
        Too few respondents, or drivers that determine one another.

    Notes
    -----
    Source: Martilla & James (1977), *J. Marketing* 41(1), 77–79. R equivalent: none; the weights are ``rwa::rwa``.

    Examples
    --------
    >>> ratings = [[6, 3], [7, 2], [6, 3], [7, 3], [6, 2]]
    >>> stated = [[2, 7], [3, 6], [2, 7], [3, 7], [2, 6]]
    >>> [point.quadrant for point in importance_performance(ratings, importance=stated).points]
    ['possible_overkill', 'concentrate_here']
    """
    if (y is None) == (importance is None):
        raise InvalidArgument("Give either y (derived importance) or importance (stated importance).")
    if y is not None:
        return _derived(X, y, confidence_level, n_resamples, seed)
    ratings, stated = as_items(X, argument="X"), as_items(importance, argument="importance")
    if ratings.values.shape != stated.values.shape:
        raise InvalidArgument(
            f"X and importance must have one shape; they have {ratings.values.shape} and {stated.values.shape}."
        )
    performances = [mean_interval(column, confidence_level=confidence_level) for column in ratings.values.T]
    importances = [mean_interval(column, confidence_level=confidence_level) for column in stated.values.T]
    return place_on_map(ratings.names, importances, performances, "stated importance, mean with t interval")


def _derived(x: object, y: object, level: float, n_resamples: int, seed: int) -> ImportancePerformanceMap:
    cases = complete_cases(x, y)
    weights = np.array(list(johnson_weights(cases.x, cases.y).relative.values()))
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(n_resamples):
        rows = random.integers(len(cases.y), size=len(cases.y))
        try:
            drawn.append(list(johnson_weights(cases.x[rows], cases.y[rows]).relative.values()))
        except NotEstimable:  # a resample in which something is constant says nothing of its weight
            continue
    if len(drawn) < n_resamples / 2:
        raise NotEstimable(Message("The respondents are too few or too alike to resample."), n=len(cases.y))
    tails = (1 - level) / 2
    low, high = np.quantile(np.array(drawn), [tails, 1 - tails], axis=0)
    caveats = cases.caveats
    if len(drawn) < n_resamples:
        failed = Message("{failed} of {n} resamples could not be used.", failed=n_resamples - len(drawn), n=n_resamples)
        caveats = (*caveats, failed)
    importances = [
        Estimate(
            value=float(weight),
            ci_low=float(low[i]),
            ci_high=float(high[i]),
            confidence_level=level,
            n=len(cases.y),
            method="Johnson's relative weight, percentile bootstrap",
        )
        for i, weight in enumerate(weights)
    ]
    performances = [mean_interval(column, confidence_level=level) for column in cases.x.T]
    method = "importance derived by Johnson's relative weights"
    return place_on_map(cases.names, importances, performances, method, caveats)


def place_on_map(
    names: Sequence[str],
    importances: Sequence[Estimate],
    performances: Sequence[Estimate],
    method: str,
    caveats: tuple[Message, ...] = (),
) -> ImportancePerformanceMap:
    """Divide attributes whose importance and performance are known by the means over the attributes.

    Parameters
    ----------
    names, importances, performances
        One of each per attribute, in one order.
    method
        Where the importance comes from.
    """
    importance_line = float(np.mean([one.value for one in importances]))
    performance_line = float(np.mean([one.value for one in performances]))
    points = tuple(
        ImportancePerformancePoint(
            name=name,
            importance=important,
            performance=performing,
            quadrant=_quadrant(_side(important, importance_line), _side(performing, performance_line)),
        )
        for name, important, performing in zip(names, importances, performances, strict=True)
    )
    return ImportancePerformanceMap(
        points=points,
        importance_line=importance_line,
        performance_line=performance_line,
        method=method,
        caveats=caveats,
    )


def _side(estimate: Estimate, line: float) -> bool | None:
    """Whether the interval lies above the line (True), below it (False), or across it (None)."""
    if estimate.ci_low is not None and estimate.ci_low > line:
        return True
    if estimate.ci_high is not None and estimate.ci_high < line:
        return False
    return None


def _quadrant(important: bool | None, performing: bool | None) -> Quadrant:  # noqa: FBT001 - two sides of a cross
    if important is None or performing is None:
        return "open"
    if important:
        return "keep_up" if performing else "concentrate_here"
    return "possible_overkill" if performing else "low_priority"
