"""Means and their differences with t intervals and t tests: one sample, pairs, two independent samples.

Each takes the values themselves or, by its ``…_from`` form, the numbers that one pass over a large table yields
(n, mean, standard deviation). Ranks, several groups and effect sizes live elsewhere.

Degenerate input is the same for all: fewer than two usable values (in a sample) cannot be estimated; values
that do not vary have a mean with an interval of no width (`mean_interval`, with a caveat) but no t test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level, t_p_value, t_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison, MeanEstimate
from servq.statistics.matrix import as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINIMUM_N = 2
# R's t.test calls values "essentially constant" below this multiple of the rounding unit.
CONSTANT_TOLERANCE = 10 * float(np.finfo(float).eps)


class SampleSummary(NamedTuple):
    """All that a t interval needs to know of a sample; `sd` has the divisor n − 1."""

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, kw_only=True)
class PairedComparison(Comparison):
    """A mean of differences with the two means over the very pairs that it rests on.

    ``mean_first - mean_second`` equals ``value`` (up to rounding in the last digit).
    """

    mean_first: float
    mean_second: float


@dataclass(frozen=True, kw_only=True)
class TwoSampleComparison(Comparison):
    """A difference of two independent means, first − second, with what is known of each sample."""

    first: SampleSummary
    second: SampleSummary


def mean_interval(values: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> MeanEstimate:
    """Mean with its t interval.

    Parameters
    ----------
    values
        Shape (n_respondents,); NaN is left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    NotEstimable
        Fewer than two values.

    Notes
    -----
    R equivalent: ``t.test(x)$conf.int``. Constant values give an interval without width and a caveat.
    Source: Student (1908), *Biometrika* 6, 1–25.

    Examples
    --------
    >>> estimate = mean_interval([4, 5, 6, 7])
    >>> round(estimate.value, 2), round(estimate.ci_low, 2), round(estimate.ci_high, 2)
    (5.5, 3.45, 7.55)
    """
    return mean_interval_from(*_summary(values), confidence_level=confidence_level)


def mean_interval_from(n: int, mean: float, sd: float, *, confidence_level: float = CONFIDENCE_LEVEL) -> MeanEstimate:
    """Mean with its t interval from n, mean and standard deviation (n − 1 divisor); see `mean_interval`."""
    check_confidence_level(confidence_level)
    _check_summary(n, mean, sd)
    se = sd / math.sqrt(n)
    half_width = t_quantile(n - 1, confidence_level) * se
    caveats: tuple[Message, ...] = ()
    if is_constant(mean, se):
        caveats = (Message("All {n} values are equal, so the interval has no width.", n=n),)
    return MeanEstimate(
        value=mean,
        ci_low=mean - half_width,
        ci_high=mean + half_width,
        confidence_level=confidence_level,
        n=n,
        method="mean, t interval",
        caveats=caveats,
        sd=sd,
        se=se,
    )


def one_sample(values: object, null: float = 0.0, *, confidence_level: float = CONFIDENCE_LEVEL) -> Comparison:
    """Mean of one sample with the t test that it equals `null`.

    Parameters
    ----------
    values
        Shape (n_respondents,); NaN is left out.
    null
        Value under the null hypothesis, in the unit of `values`.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    Comparison
        ``value`` is the mean (not mean − null) and the interval is the mean's.

    Raises
    ------
    NotEstimable
        Fewer than two values, or values that do not vary (use `mean_interval` for their mean).

    Notes
    -----
    R equivalent: ``t.test(x, mu = null)``. Source: Student (1908), *Biometrika* 6, 1–25.

    Examples
    --------
    >>> gap = one_sample([-1, 0, -2, -1, 1])
    >>> gap.value, round(gap.statistic, 4), gap.df, round(gap.p_value, 4)
    (-0.6, -1.1767, 4, 0.3046)
    """
    return one_sample_from(*_summary(values), null=null, confidence_level=confidence_level)


def one_sample_from(
    n: int, mean: float, sd: float, *, null: float = 0.0, confidence_level: float = CONFIDENCE_LEVEL
) -> Comparison:
    """One-sample t test from n, mean and standard deviation (n − 1 divisor); see `one_sample`."""
    estimate = mean_interval_from(n, mean, sd, confidence_level=confidence_level)
    if is_constant(mean, estimate.se):
        raise NotEstimable(Message("All {n} values are equal, so there is no error to test against.", n=n), n=n)
    statistic = (mean - null) / estimate.se
    return Comparison(
        value=mean,
        ci_low=estimate.ci_low,
        ci_high=estimate.ci_high,
        confidence_level=confidence_level,
        n=n,
        method="mean, one-sample t test",
        statistic=statistic,
        df=n - 1,
        p_value=t_p_value(statistic, n - 1),
        se=estimate.se,
        sd=sd,
    )


def paired_comparison(first: object, second: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> PairedComparison:
    """Mean of the differences first − second with the paired t test that it is zero.

    Parameters
    ----------
    first, second
        Shape (n_respondents,), aligned by respondent. A pair with a NaN is left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Different lengths.
    NotEstimable
        Fewer than two complete pairs, or differences that do not vary.

    Notes
    -----
    R equivalent: ``t.test(first, second, paired = TRUE)``. Source: Student (1908), *Biometrika* 6, 1–25.

    Examples
    --------
    >>> gap = paired_comparison(first=[5, 6, 4, 5], second=[6, 7, 6, 5])
    >>> gap.value, gap.mean_first, gap.mean_second, round(gap.p_value, 4)
    (-1.0, 5.0, 6.0, 0.0917)
    """
    one, two = as_vector(first, argument="first"), as_vector(second, argument="second")
    if len(one) != len(two):
        raise InvalidArgument(
            f"first and second must be aligned by respondent; they have {len(one)} and {len(two)} values."
        )
    difference = one - two
    paired = ~np.isnan(difference)
    n, _, sd = _summary(difference)
    if n < MINIMUM_N:
        raise NotEstimable(_too_few(n, "complete pairs"), n=n)
    return paired_comparison_from(
        n, float(one[paired].mean()), float(two[paired].mean()), sd, confidence_level=confidence_level
    )


def paired_comparison_from(
    n: int,
    mean_first: float,
    mean_second: float,
    sd_difference: float,
    *,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> PairedComparison:
    """Paired t test from both means over the pairs and the sd of the differences; see `paired_comparison`."""
    _check_summary(n, mean_first - mean_second, sd_difference)
    # The rounding errors of two large means outlast a difference of 0.
    if is_constant(max(abs(mean_first), abs(mean_second)), sd_difference / math.sqrt(n)):
        raise NotEstimable(Message("All {n} differences are equal, so there is no error to test against.", n=n), n=n)
    test = one_sample_from(n, mean_first - mean_second, sd_difference, confidence_level=confidence_level)
    return PairedComparison(
        **vars(test) | {"method": "mean difference, paired t test"}, mean_first=mean_first, mean_second=mean_second
    )


def welch_t_test(first: object, second: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> TwoSampleComparison:
    """Difference of two independent means, first − second, without assuming equal variances.

    Parameters
    ----------
    first, second
        Shapes (n_first,) and (n_second,); NaN is left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    NotEstimable
        A sample with fewer than two values, or neither sample varies.

    Notes
    -----
    R equivalent: ``t.test(first, second)``. Source: Welch (1947), *Biometrika* 34, 28–35. One constant sample is
    allowed: the other carries the standard error.

    Examples
    --------
    >>> change = welch_t_test([5, 6, 7, 6], [4, 5, 5, 6, 4])
    >>> round(change.value, 2), round(change.df, 2), round(change.p_value, 4)
    (1.2, 6.64, 0.069)
    """
    return welch_t_test_from(_summary(first, "first"), _summary(second, "second"), confidence_level=confidence_level)


def welch_t_test_from(
    first: SampleSummary, second: SampleSummary, *, confidence_level: float = CONFIDENCE_LEVEL
) -> TwoSampleComparison:
    """Welch's t test from the summaries of both samples; see `welch_t_test`."""
    check_confidence_level(confidence_level)
    _check_summary(*first)
    _check_summary(*second)
    share_first, share_second = first.sd**2 / first.n, second.sd**2 / second.n
    se = math.sqrt(share_first + share_second)
    if is_constant(max(abs(first.mean), abs(second.mean)), se):
        n = first.n + second.n
        raise NotEstimable(Message("Neither sample varies, so there is no error to test against."), n=n)
    df = (share_first + share_second) ** 2 / (share_first**2 / (first.n - 1) + share_second**2 / (second.n - 1))
    value = first.mean - second.mean
    half_width = t_quantile(df, confidence_level) * se
    return TwoSampleComparison(
        value=value,
        ci_low=value - half_width,
        ci_high=value + half_width,
        confidence_level=confidence_level,
        n=first.n + second.n,
        method="difference of means, Welch t test",
        statistic=value / se,
        df=df,
        p_value=t_p_value(value / se, df),
        se=se,
        first=first,
        second=second,
    )


def is_constant(mean: float, se: float) -> bool:
    """Whether a standard error is nothing but rounding beside its mean (the rule of R's ``t.test``)."""
    return bool(se <= CONSTANT_TOLERANCE * abs(mean))


def summarise(values: NDArray[np.float64]) -> SampleSummary:
    """Summarise values without NaN; mean and standard deviation are 0 where they are undefined."""
    n = len(values)
    mean = float(values.mean()) if n else 0.0
    return SampleSummary(n, mean, float(values.std(ddof=1)) if n >= MINIMUM_N else 0.0)


def _summary(values: object, argument: str = "values") -> SampleSummary:
    vector = as_vector(values, argument=argument)
    return summarise(vector[~np.isnan(vector)])


def _check_summary(n: int, mean: float, sd: float) -> None:
    if n < MINIMUM_N:
        raise NotEstimable(_too_few(n, "values"), n=n)
    if not (math.isfinite(mean) and math.isfinite(sd) and sd >= 0):
        raise InvalidArgument(
            f"The mean must be finite and the standard deviation at least 0; they are {mean} and {sd}."
        )


def _too_few(n: int, what: str) -> Message:
    return Message("At least {minimum} {what} are needed; there are {n}.", minimum=MINIMUM_N, what=what, n=n)
