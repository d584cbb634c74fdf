"""Pearson's correlation of two measurements with Fisher's interval."""

from __future__ import annotations

import math

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison import is_constant
from servq.statistics.comparison_quantiles import check_confidence_level, normal_quantile, t_p_value
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison
from servq.statistics.matrix import as_vector

MINIMUM_PAIRS = 4
"""Fisher's interval has the standard error 1 / √(n − 3)."""


def pearson_correlation(first: object, second: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Comparison:
    """Product-moment correlation with Fisher's interval and the t test that it is zero.

    Parameters
    ----------
    first, second
        Shape (n,) each; pairs with a NaN are left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Different lengths.
    NotEstimable
        Fewer than four complete pairs, one side does not vary, or the pairs lie on one line.

    Notes
    -----
    The interval holds for pairs drawn from a bivariate normal population. R equivalent: ``cor.test(first, second)``.
    Source: Fisher (1921), *Metron* 1, 3–32.

    Examples
    --------
    >>> found = pearson_correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    >>> round(found.value, 4), round(found.ci_low, 4), round(found.ci_high, 4), round(found.p_value, 4)
    (0.8, -0.2796, 0.9862, 0.1041)
    """
    check_confidence_level(confidence_level)
    x, y = as_vector(first, argument="first"), as_vector(second, argument="second")
    if x.shape != y.shape:
        raise InvalidArgument(f"A correlation needs pairs, not {len(x)} and {len(y)} numbers.")
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    n = len(x)
    if n < MINIMUM_PAIRS:
        raise NotEstimable(
            Message(
                "A correlation with its interval needs {minimum} pairs; there are {n}.", minimum=MINIMUM_PAIRS, n=n
            ),
            n=n,
        )
    for side in (x, y):
        if is_constant(float(np.abs(side).max()), float(side.std())):
            raise NotEstimable(Message("One side is the same everywhere, so nothing can go with it."), n=n)
    dx, dy = x - x.mean(), y - y.mean()
    value = float((dx @ dy) / math.sqrt((dx @ dx) * (dy @ dy)))
    if is_constant(1.0, 1 - abs(value)):
        raise NotEstimable(Message("The {n} pairs lie on one line, so no interval can be given.", n=n), n=n)
    half_width = normal_quantile(confidence_level) / math.sqrt(n - 3)
    df = n - 2
    statistic = value * math.sqrt(df / (1 - value**2))
    return Comparison(
        value=value,
        ci_low=math.tanh(math.atanh(value) - half_width),
        ci_high=math.tanh(math.atanh(value) + half_width),
        confidence_level=confidence_level,
        n=n,
        method="Pearson correlation, Fisher interval",
        statistic=statistic,
        df=float(df),
        p_value=t_p_value(statistic, df),
    )
