"""Two independent samples compared by ranks: Mann and Whitney's test and the dominance of one sample over the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level, normal_p_value, t_quantile
from servq.statistics.comparison_samples import present_values
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: From this size of either sample R's ``wilcox.test`` uses the normal approximation.
EXACT_BELOW = 50


class Dominance(NamedTuple):
    """How often a value of the first sample lies above one of the second, less the reverse (−1 … 1).

    ``wins`` counts the pairs in which the first is above, a tie as half: the statistic of Mann and Whitney.
    """

    wins: float
    delta: float
    ci_low: float | None
    ci_high: float | None
    caveats: tuple[Message, ...]


def mann_whitney(
    first: object, second: object, *, continuity: bool = True, confidence_level: float = CONFIDENCE_LEVEL
) -> Comparison:
    """Test that a value of the first sample lies above one of the second as often as below it.

    Parameters
    ----------
    first, second
        Shapes (n_first,) and (n_second,); NaN is left out.
    continuity
        Continuity correction of the normal approximation.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    Comparison
        ``value`` is the probability of superiority P(first > second) + P(equal) / 2, ``statistic`` is W (the number of
        pairs in which the first is above, ties counting half). The p-value is exact when both samples are smaller
        than 50 and nothing is tied, otherwise normal with the correction for ties.

    Raises
    ------
    NotEstimable
        An empty sample, or all values equal.

    Notes
    -----
    Values are tied when they are equal to the last digit, as in R. Scores that were computed by different routes should
    be rounded first, or rounding errors will break their ties.

    With fewer than two values in a sample there is a test but no interval, and a caveat.

    R equivalent: ``wilcox.test(first, second)``; the interval: ``effsize::cliff.delta``, moved to 0–1. Sources: Mann
    & Whitney (1947), *Ann. Math. Statist.* 18, 50–60; Vargha & Delaney (2000), *J. Educ. Behav. Statist.* 25, 101–132.

    Examples
    --------
    >>> test = mann_whitney([4, 6, 7, 7], [3, 4, 5])
    >>> round(test.value, 4), test.statistic, round(test.p_value, 4)
    (0.875, 10.5, 0.1498)
    """
    check_confidence_level(confidence_level)
    one, two = present_values(first, "first"), present_values(second, "second")
    n_one, n_two = len(one), len(two)
    n = n_one + n_two
    if min(n_one, n_two) == 0:
        raise NotEstimable(Message("Both samples need at least one value."), n=n)
    _, ties = np.unique(np.concatenate([one, two]), return_counts=True)
    if len(ties) == 1:
        raise NotEstimable(Message("All {n} values are equal, so they cannot be ranked.", n=n), n=n)
    dominance = dominance_of(one, two, confidence_level)
    statistic = dominance.wins
    if ties.max() == 1 and max(n_one, n_two) < EXACT_BELOW:
        from scipy.stats import mannwhitneyu  # half a second that only small samples need

        p_value = float(mannwhitneyu(one, two, method="exact").pvalue)
        method = "Mann–Whitney test, exact"
    else:
        cubes = ties.astype(np.float64) ** 3  # of whole numbers, they would overflow from two million ties on
        variance = n_one * n_two / 12 * (n + 1 - float((cubes - ties).sum()) / (n * (n - 1)))
        distance = abs(statistic - n_one * n_two / 2)
        corrected = max(distance - 0.5, 0.0) if continuity else distance
        p_value = normal_p_value(corrected / math.sqrt(variance))
        method = "Mann–Whitney test, normal approximation" + (" with continuity correction" if continuity else "")
    return Comparison(
        value=(dominance.delta + 1) / 2,
        ci_low=None if dominance.ci_low is None else (dominance.ci_low + 1) / 2,
        ci_high=None if dominance.ci_high is None else (dominance.ci_high + 1) / 2,
        confidence_level=confidence_level,
        n=n,
        method=method,
        caveats=dominance.caveats,
        statistic=statistic,
        df=None,
        p_value=p_value,
    )


def dominance_of(first: NDArray[np.float64], second: NDArray[np.float64], confidence_level: float) -> Dominance:
    """Cliff's delta of two samples without NaN, with Cliff's asymmetric interval; memory grows with n, not n²."""
    n_first, n_second = len(first), len(second)
    n_pairs = n_first * n_second
    wins_of_first, wins_of_second = _wins(first, second), _wins(second, first)
    wins = float(wins_of_first.sum())
    delta = 2 * wins / n_pairs - 1
    if min(n_first, n_second) < 2:  # a variance needs two values
        return Dominance(wins, delta, None, None, (Message("One value in a sample gives no interval."),))
    z = t_quantile(n_first + n_second - 2, confidence_level)
    if abs(delta) == 1:
        # No overlap leaves the variance at 0; the bound is that of a proportion of 1 (Feng & Cliff 2004).
        smaller = min(n_first, n_second)
        inner = (smaller - z**2) / (smaller + z**2)
        caveats = (Message("The samples do not overlap; the interval rests on their sizes alone."),)
        return Dominance(wins, delta, inner if delta > 0 else -1.0, 1.0 if delta > 0 else -inner, caveats)
    rows, columns = 2 * wins_of_first / n_second - 1, 1 - 2 * wins_of_second / n_first
    tied = _tied_pairs(first, second)
    spread = n_pairs - tied - n_pairs * delta**2
    variance = (
        n_second**2 * float(((rows - delta) ** 2).sum()) + n_first**2 * float(((columns - delta) ** 2).sum()) - spread
    ) / (n_pairs * (n_first - 1) * (n_second - 1))
    variance = max(variance, (1 - delta**2) / (n_pairs - 1))  # the least that Cliff's estimate may be
    scale = 1 - delta**2 + z**2 * variance
    half_width = z * math.sqrt(variance) * math.sqrt((1 - delta**2) ** 2 + z**2 * variance)
    centre = delta - delta**3
    return Dominance(wins, delta, (centre - half_width) / scale, (centre + half_width) / scale, ())


def _wins(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    wins: NDArray[np.float64] = (below + not_above) / 2
    return wins


def _tied_pairs(first: NDArray[np.float64], second: NDArray[np.float64]) -> int:
    values, counts = np.unique(second, return_counts=True)
    place = np.searchsorted(values, first).clip(max=len(values) - 1)
    return int(counts[place][values[place] == first].sum())
