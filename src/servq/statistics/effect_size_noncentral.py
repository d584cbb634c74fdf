"""Intervals of noncentrality parameters, from which the intervals of standardised effects follow.

The bounds are found by bisection on the distribution function to machine precision; R's effectsize searches both at
once by a simplex, which is off by about 1e-7, and by much more where one of them does not exist.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.special import chndtr, ncfdtr, nctdtr

# Beyond this many standard errors of t the noncentrality parameter never lies, at any useful level.
SEARCH_WIDTH = 20.0
PRECISION = 1e-13


def noncentral_t_interval(statistic: float, df: float, confidence_level: float) -> tuple[float, float]:
    """Noncentrality parameters of t under which `statistic` is just as high, or as low, as the level allows."""
    if statistic < 0:
        low, high = noncentral_t_interval(-statistic, df, confidence_level)
        return -high, -low
    width = SEARCH_WIDTH * math.sqrt(1 + statistic**2 / (2 * df))

    def probability(noncentrality: float) -> float:
        p = float(nctdtr(df, noncentrality, statistic))
        # scipy answers NaN far out in a tail, where the probability is 0 or 1 to all digits.
        return p if not math.isnan(p) else float(noncentrality < statistic)

    low, high = (
        _root(probability, tail, statistic - width, statistic + width)
        for tail in ((1 + confidence_level) / 2, (1 - confidence_level) / 2)
    )
    return low, high


def noncentral_f_interval(
    statistic: float, df_between: float, df_within: float, confidence_level: float
) -> tuple[float, float]:
    """Noncentrality parameters of F, each 0 where `statistic` is too low for a positive one."""
    return _positive_interval(
        lambda noncentrality: float(ncfdtr(df_between, df_within, noncentrality, statistic)),
        statistic * df_between,
        confidence_level,
    )


def noncentral_chi_square_interval(statistic: float, df: float, confidence_level: float) -> tuple[float, float]:
    """Noncentrality parameters of chi-square, each 0 where `statistic` is too low for a positive one."""
    return _positive_interval(
        lambda noncentrality: float(chndtr(statistic, df, noncentrality)), statistic, confidence_level
    )


def _positive_interval(
    probability: Callable[[float], float], start: float, confidence_level: float
) -> tuple[float, float]:
    bounds = []
    for tail in ((1 + confidence_level) / 2, (1 - confidence_level) / 2):
        if probability(0.0) <= tail:
            bounds.append(0.0)
            continue
        above = max(start, 1.0)
        while probability(above) > tail:
            above *= 2
        bounds.append(_root(probability, tail, 0.0, above))
    return bounds[0], bounds[1]


def _root(probability: Callable[[float], float], target: float, low: float, high: float) -> float:
    from scipy.optimize import brentq  # slow to import, and only these bounds need it

    return float(
        brentq(lambda noncentrality: probability(noncentrality) - target, low, high, xtol=PRECISION, rtol=PRECISION)
    )
