"""Intervals that counts, flows and waiting times need: rates, ratios, medians with and without open contacts.

Array-likes in, `Estimate` out, as in `servq.statistics`, which has the shares and means.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik, chdtrc, gammaincinv

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics import CONFIDENCE_LEVEL, Estimate, wilson_interval
from servq.statistics.comparison_quantiles import check_confidence_level, normal_quantile, t_quantile

Array = NDArray[np.float64]

_ROUNDING = 1e-12

OVERDISPERSED = 0.01
"""Below this p-value, counts vary more than a Poisson process would let them."""


def poisson_rate(events: int, exposure: float = 1.0, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Events per unit of exposure with the exact Poisson interval.

    Parameters
    ----------
    events
        Whole number of at least 0.
    exposure
        Units in which they happened, e.g. number of weeks; positive.

    Raises
    ------
    InvalidArgument
        Events that are no count, or an exposure that is not positive.

    Notes
    -----
    R equivalent: ``poisson.test(events, exposure)``. Source: Garwood (1936), *Biometrika* 28, 437–442.

    Examples
    --------
    >>> rate = poisson_rate(10)
    >>> round(rate.ci_low, 4), round(rate.ci_high, 4)
    (4.7954, 18.3904)
    """
    check_confidence_level(confidence_level)
    if events < 0 or events != int(events) or not exposure > 0:
        raise InvalidArgument(f"A rate needs a count and a positive exposure; they are {events} and {exposure}.")
    tail = (1 - confidence_level) / 2
    return Estimate(
        value=events / exposure,
        ci_low=float(gammaincinv(events, tail)) / exposure if events else 0.0,
        ci_high=float(gammaincinv(events + 1, 1 - tail)) / exposure,
        confidence_level=confidence_level,
        n=int(events),
        method="rate, exact Poisson interval",
    )


def overdispersion_p(counts: object) -> float:
    """p-value that counts of several periods vary no more than one Poisson rate makes them: Fisher's index.

    Source: Fisher (1950), *Biometrics* 6, 17–24. 1.0 where fewer than two periods, or no event, leave it open.
    """
    values = np.asarray(counts, dtype=np.float64)
    if values.size < 2 or values.sum() == 0:
        return 1.0
    return float(chdtrc(values.size - 1, ((values - values.mean()) ** 2).sum() / values.mean()))


def ratio_of_counts(first: int, second: int, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Ratio first : second of two counts, with Wilson's interval of the share first / (first + second) as odds.

    For two parts of one whole these are the odds; for two independent Poisson counts of equal exposure the ratio of
    their rates, since their split is binomial given the sum. Unlike an interval on the logarithm it exists when
    `first` is 0.

    Raises
    ------
    NotEstimable
        `second` is 0, so the ratio has no bound.

    Notes
    -----
    Source: Wilson (1927), *JASA* 22, 209–212; for rates Przyborowski & Wilenski (1940), *Biometrika* 31, 313–323.

    Examples
    --------
    >>> ratio_of_counts(30, 10).value
    3.0
    """
    if second == 0:
        raise NotEstimable(
            Message("There is nothing to compare with: the second count is 0, the first {n:,}.", n=first), n=first
        )
    share = wilson_interval(first, first + second, confidence_level=confidence_level)
    # the upper bound is below 1, because the second count is not 0
    low, high = (bound / (1 - bound) for bound in (share.ci_low or 0.0, share.ci_high or 0.0))
    return Estimate(
        value=first / second,
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=first + second,
        method="ratio of counts, Wilson interval of the share as odds",
    )


def ratio_of_totals(totals: object, counts: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Sum of totals over sum of counts, e.g. minutes per reply, where both vary from contact to contact.

    Parameters
    ----------
    totals, counts
        Shape (n_contacts,), without NaN; counts are positive.

    Raises
    ------
    NotEstimable
        No contacts.

    Notes
    -----
    Linearised (delta) standard error √(n / (n − 1) Σ (tᵢ − R cᵢ)²) / Σ cᵢ with n − 1 degrees of freedom, so that the
    replies of one contact need not be independent. R equivalent: ``survey::svyratio``. Source: Cochran (1977),
    *Sampling Techniques*, 3rd ed., section 2.11. One contact alone gives the value without an interval.

    Examples
    --------
    >>> ratio_of_totals([10, 20, 5, 7], [1, 1, 1, 1]).value
    10.5
    """
    first, second = np.asarray(totals, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    if first.size == 0:
        raise NotEstimable(Message("There is no contact with these values."), n=0)
    n, ratio = first.size, float(first.sum() / second.sum())
    method = "ratio of totals, linearised t interval"
    if n == 1:
        return Estimate(
            value=ratio,
            confidence_level=confidence_level,
            n=1,
            method=method,
            caveats=(Message("One contact alone has no interval."),),
        )
    se = math.sqrt(n / (n - 1) * float(((first - ratio * second) ** 2).sum())) / float(second.sum())
    reach = t_quantile(n - 1, confidence_level) * se
    return Estimate(
        value=ratio,
        ci_low=ratio - reach,
        ci_high=ratio + reach,
        confidence_level=confidence_level,
        n=n,
        method=method,
    )


def median_interval(values: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Median with the distribution-free interval between two order statistics.

    Parameters
    ----------
    values
        Shape (n_contacts,), without NaN.

    Raises
    ------
    NotEstimable
        No values.

    Notes
    -----
    The coverage is at least the nominal one; fewer than six values have no 95 % interval, and a caveat says so.
    R equivalent: ``DescTools::MedianCI(x, method = "exact")``. Source: Conover (1999), *Practical Nonparametric
    Statistics*, 3rd ed., section 3.2.
    """
    check_confidence_level(confidence_level)
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    if n == 0:
        raise NotEstimable(Message("There is no contact with these values."), n=0)
    tail = (1 - confidence_level) / 2
    rank = _rank_below(n, tail)
    return Estimate(
        value=float(np.median(ordered)),
        ci_low=float(ordered[rank - 1]) if rank else None,
        ci_high=float(ordered[n - rank]) if rank else None,
        confidence_level=confidence_level,
        n=n,
        method="median, order-statistic interval",
        caveats=() if rank else (Message("{n} contacts are too few for an interval of the median.", n=n),),
    )


def _rank_below(n: int, tail: float) -> int:
    """Largest rank r with P(B < r) ≤ tail for B binomial(n, ½); 0 when even the smallest value is not low enough."""
    if 0.5**n > tail:
        return 0
    rank = max(1, math.floor(float(bdtrik(tail, n, 0.5))))
    while bdtr(rank, n, 0.5) <= tail:
        rank += 1
    while rank > 1 and bdtr(rank - 1, n, 0.5) > tail:
        rank -= 1
    return rank


def waiting_median(durations: object, ended: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Median waiting time by Kaplan and Meier, which lets what is still open count for as long as it has waited.

    Parameters
    ----------
    durations
        Shape (n_contacts,): time until the end, or until now for an open contact; at least 0, without NaN.
    ended
        Shape (n_contacts,): whether the wait is over.

    Raises
    ------
    NotEstimable
        No contacts, or fewer than half are estimated to have ended within the time observed.

    Notes
    -----
    Where the curve stays at one half the middle of that stretch is taken, as in the median of an even number of values.
    The interval inverts the complementary log-log transformed one of the survival curve with Greenwood's error; a bound
    that lies beyond what was observed is None, with a caveat. R equivalent: ``survfit(Surv(t, d) ~ 1, conf.type =
    "log-log")``. Sources: Kaplan & Meier (1958), *JASA* 53, 457–481; Brookmeyer & Crowley (1982), *Biometrics* 38,
    29–41.
    """
    times, over = np.asarray(durations, dtype=np.float64), np.asarray(ended, dtype=bool)
    n = times.size
    if n == 0:
        raise NotEstimable(Message("There is no contact with these values."), n=0)
    moments, ends = np.unique(times[over], return_counts=True)
    at_risk = n - np.searchsorted(np.sort(times), moments, side="left")
    survival = np.cumprod(1 - ends / at_risk, dtype=np.float64)
    reached = np.flatnonzero(survival <= 0.5 + _ROUNDING)
    if not reached.size:
        raise NotEstimable(Message("Fewer than half of the {n:,} contacts had ended when the data end.", n=n), n=n)
    low, high = _median_bounds(moments, survival, ends, at_risk, normal_quantile(confidence_level))
    return Estimate(
        value=float(moments[_at_one_half(survival, int(reached[0]))].mean()),
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=n,
        method="Kaplan-Meier median, log-log interval",
        caveats=()
        if low is not None and high is not None
        else (Message("A bound of the interval lies beyond the time observed."),),
    )


def _at_one_half(survival: Array, first: int) -> slice:
    """Where the curve passes one half; both ends where it stays there, so that their mean is the usual median."""
    stays = abs(survival[first] - 0.5) <= _ROUNDING and first + 1 < survival.size
    return slice(first, first + 2 if stays else first + 1)


def _median_bounds(
    moments: Array, survival: Array, ends: NDArray[np.intp], at_risk: NDArray[np.intp], z: float
) -> tuple[float | None, float | None]:
    """First time that the interval of the curve reaches one half, and the first after it left one half behind."""
    inner = (survival > 0) & (survival < 1)
    kept, curve = moments[inner], survival[inner]
    variance = np.cumsum(ends / (at_risk * np.maximum(at_risk - ends, 1)))[inner]
    distance = np.log(-np.log(curve)) - math.log(math.log(2))
    holds = np.flatnonzero(np.abs(distance) * np.abs(np.log(curve)) <= z * np.sqrt(variance))
    if not holds.size:
        middle = float(moments[np.flatnonzero(survival <= 0.5 + _ROUNDING)[0]])
        return middle, middle
    after = np.flatnonzero(moments > kept[holds[-1]])
    return float(kept[holds[0]]), float(moments[after[0]]) if after.size else None


def pooled_correlation(
    first: object, second: object, groups: object, *, confidence_level: float = CONFIDENCE_LEVEL
) -> Estimate:
    """Correlation within groups: each group's means are taken out first, so that their levels play no part.

    Parameters
    ----------
    first, second
        Shape (n_pairs,), without NaN.
    groups
        Shape (n_pairs,): label of each pair's group; one label for all gives the ordinary correlation.

    Raises
    ------
    NotEstimable
        Fewer than four pairs beyond one per further group, or values that do not vary within any group.

    Notes
    -----
    Fisher's z interval with n − (groups − 1) − 3 in the standard error. With one group: R ``cor.test``. Source: Fisher
    (1921), *Metron* 1, 3–32.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    labels, codes = np.unique(np.asarray(groups), return_inverse=True)
    free = x.size - (labels.size - 1)
    if free < 4:  # Fisher's z needs a positive n − 3
        raise NotEstimable(Message("Only {n} pairs of values; a correlation needs more.", n=x.size), n=x.size)
    sizes = np.bincount(codes)
    scale = float(np.abs(x).max()) * float(np.abs(y).max())
    x, y = (v - (np.bincount(codes, v) / sizes)[codes] for v in (x, y))
    spread = math.sqrt(float((x**2).sum()) * float((y**2).sum()))
    if spread <= 1e-12 * scale:  # rounding alone
        raise NotEstimable(Message("One side does not vary, so there is no correlation."), n=x.size)
    r = max(-1.0, min(1.0, float((x * y).sum()) / spread))
    reach = normal_quantile(confidence_level) / math.sqrt(free - 3)
    centre = math.atanh(r) if abs(r) < 1 else math.copysign(math.inf, r)
    return Estimate(
        value=r,
        ci_low=math.tanh(centre - reach),
        ci_high=math.tanh(centre + reach),
        confidence_level=confidence_level,
        n=x.size,
        method="correlation within groups, Fisher interval" if labels.size > 1 else "correlation, Fisher interval",
    )
