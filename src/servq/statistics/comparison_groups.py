"""Differences between several groups: analysis of variance, Games–Howell, and adjusted pairwise comparisons.

All take ``(values, groups)``: one value and one group label per respondent. A row without a value or a group is left
out; a group with a single value too, with a caveat. Groups stand in the order of their labels and a difference is
first − second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from scipy.special import fdtrc

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.adjustment import AdjustmentMethod, with_adjusted_p
from servq.statistics.comparison import SampleSummary, is_constant, welch_t_test_from
from servq.statistics.comparison_quantiles import check_confidence_level, t_p_value, t_quantile
from servq.statistics.comparison_ranks import mann_whitney
from servq.statistics.comparison_samples import Groups, read_groups
from servq.statistics.effect_size_noncentral import noncentral_f_interval
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison
from servq.statistics.studentized_range import studentized_range_quantile, studentized_range_sf

PairTest = Literal["welch", "pooled", "mann_whitney"]


@dataclass(frozen=True, kw_only=True)
class GroupComparison(Comparison):
    """A test that several groups have one mean; ``value`` is η², the share of variance between the groups.

    ``groups`` holds n, mean and standard deviation by label.
    """

    groups: dict[str, SampleSummary]
    ss_between: float
    ss_within: float


@dataclass(frozen=True, kw_only=True)
class PairComparison(Comparison):
    """One pair of groups out of several, first − second."""

    group_first: str
    group_second: str


def anova(values: object, groups: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> GroupComparison:
    """One-way analysis of variance.

    Parameters
    ----------
    values, groups
        Shape (n_respondents,) each: a number and a label. See the module for missing values and small groups.
    confidence_level
        Nominal coverage of the interval of η², 0–1; 0.90 matches a test at the 5 % level.

    Returns
    -------
    GroupComparison
        ``statistic`` is F, ``df`` (between, within), ``value`` η² with its interval from the noncentral F.

    Raises
    ------
    NotEstimable
        Fewer than two groups of two, or no variance within the groups.

    Notes
    -----
    R equivalent: ``oneway.test(values ~ groups, var.equal = TRUE)``. Source: Fisher (1925), *Statistical Methods
    for Research Workers*. The interval: Steiger (2004), *Psychol. Methods* 9, 164–182; see `eta_squared`.

    Examples
    --------
    >>> test = anova([4, 5, 6, 6, 7, 8], ["a", "a", "a", "b", "b", "b"])
    >>> round(test.statistic, 4), test.df, round(test.p_value, 4), round(test.value, 4)
    (6.0, (1, 4), 0.0705, 0.6)
    """
    check_confidence_level(confidence_level)
    samples = read_groups(values, groups)
    ss_between, ss_within, df = _sums_of_squares(samples)
    statistic = ss_between / df[0] / (ss_within / df[1])
    low, high = noncentral_f_interval(statistic, *df, confidence_level)
    return GroupComparison(
        value=ss_between / (ss_between + ss_within),
        ci_low=low / (low + df[1]),
        ci_high=high / (high + df[1]),
        confidence_level=confidence_level,
        n=samples.n,
        method="analysis of variance, η² with noncentral F interval",
        caveats=samples.caveats,
        statistic=statistic,
        df=df,
        p_value=float(fdtrc(*df, statistic)),
        groups=samples.summaries,
        ss_between=ss_between,
        ss_within=ss_within,
    )


def welch_anova(values: object, groups: object) -> GroupComparison:
    """One-way comparison of means without assuming equal variances.

    Parameters
    ----------
    values, groups
        Shape (n_respondents,) each: a number and a label. See the module for missing values and small groups.

    Returns
    -------
    GroupComparison
        ``statistic`` is Welch's F, ``df`` (between, within). ``value`` is η² of these respondents, without an interval.

    Raises
    ------
    NotEstimable
        Fewer than two groups of two, or a group whose values do not vary (its weight would be infinite).

    Notes
    -----
    R equivalent: ``oneway.test(values ~ groups)``. Source: Welch (1951), *Biometrika* 38, 330–336.

    Examples
    --------
    >>> test = welch_anova([4, 5, 6, 6, 7, 9], ["a", "a", "a", "b", "b", "b"])
    >>> round(test.statistic, 4), round(test.df[1], 4), round(test.p_value, 4)
    (4.9, 3.4483, 0.1021)
    """
    samples = read_groups(values, groups)
    summaries = samples.summaries
    constant = [label for label, one in summaries.items() if is_constant(one.mean, one.sd / math.sqrt(one.n))]
    if constant:
        raise NotEstimable(
            Message("The values do not vary in {groups}, so Welch's weights do not exist.", groups=", ".join(constant)),
            n=samples.n,
        )
    sizes = np.array([one.n for one in summaries.values()], dtype=float)
    means = np.array([one.mean for one in summaries.values()])
    weights = sizes / np.array([one.sd for one in summaries.values()]) ** 2
    n_groups = len(summaries)
    centre = (weights * means).sum() / weights.sum()
    imbalance = ((1 - weights / weights.sum()) ** 2 / (sizes - 1)).sum() / (n_groups**2 - 1)
    statistic = float((weights * (means - centre) ** 2).sum() / (n_groups - 1) / (1 + 2 * (n_groups - 2) * imbalance))
    df = (n_groups - 1, float(1 / (3 * imbalance)))
    ss_between, ss_within, _ = _sums_of_squares(samples)
    return GroupComparison(
        value=ss_between / (ss_between + ss_within),
        n=samples.n,
        method="Welch's analysis of variance",
        caveats=samples.caveats,
        statistic=statistic,
        df=df,
        p_value=float(fdtrc(*df, statistic)),
        groups=summaries,
        ss_between=ss_between,
        ss_within=ss_within,
    )


def games_howell(
    values: object, groups: object, *, confidence_level: float = CONFIDENCE_LEVEL
) -> tuple[PairComparison, ...]:
    """All pairs of groups by Games and Howell's test: unequal variances, error rate held over the family of pairs.

    Parameters
    ----------
    values, groups
        Shape (n_respondents,) each: a number and a label. See the module for missing values and small groups.
    confidence_level
        Nominal simultaneous coverage of all intervals, 0–1.

    Returns
    -------
    tuple of PairComparison
        One per pair; ``statistic`` is the studentised range q = |t| √2. The p-value already holds over the pairs, so
        ``p_adjusted`` equals it.

    Raises
    ------
    NotEstimable
        Fewer than two groups of two, or a pair of groups in which nothing varies.

    Notes
    -----
    R equivalent: ``rstatix::games_howell_test``. Source: Games & Howell (1976), *J. Educ. Statist.* 1, 113–125.

    Examples
    --------
    >>> pairs = games_howell([4, 5, 6, 6, 7, 9, 5, 8, 9], list("aaabbbccc"))
    >>> [(one.group_first, one.group_second, round(one.p_value, 4)) for one in pairs]
    [('a', 'b', 0.1981), ('a', 'c', 0.3285), ('b', 'c', 1.0)]
    """
    check_confidence_level(confidence_level)
    samples = read_groups(values, groups)
    n_groups = len(samples.samples)
    pairs = []
    for (label_first, first), (label_second, second) in combinations(samples.summaries.items(), 2):
        test = welch_t_test_from(first, second)
        se = test.se or math.nan
        df = test.df if isinstance(test.df, float) else math.nan
        q = abs(test.statistic) * math.sqrt(2)
        p_value = float(studentized_range_sf([q], n_groups, [df])[0])
        half_width = studentized_range_quantile(confidence_level, n_groups, df) * se / math.sqrt(2)
        pairs.append(
            PairComparison(
                value=test.value,
                ci_low=test.value - half_width,
                ci_high=test.value + half_width,
                confidence_level=confidence_level,
                n=test.n,
                method="difference of means, Games–Howell",
                caveats=samples.caveats,
                statistic=q,
                df=df,
                p_value=p_value,
                p_adjusted=p_value,
                se=se,
                group_first=label_first,
                group_second=label_second,
            )
        )
    return tuple(pairs)


def pairwise_comparisons(
    values: object,
    groups: object,
    *,
    test: PairTest = "welch",
    adjustment: AdjustmentMethod = "holm",
    confidence_level: float = CONFIDENCE_LEVEL,
) -> tuple[PairComparison, ...]:
    """All pairs of groups, with p-values adjusted over the pairs.

    Parameters
    ----------
    values, groups
        Shape (n_respondents,) each: a number and a label. See the module for missing values and small groups.
    test
        ``"welch"``, ``"pooled"`` (one standard deviation for all groups) or ``"mann_whitney"``.
    adjustment
        See `adjust_p_values`.
    confidence_level
        Nominal coverage of each interval, 0–1; the intervals are not adjusted.

    Raises
    ------
    NotEstimable
        Fewer than two groups of two, or a pair in which nothing varies.

    Notes
    -----
    R equivalent: ``pairwise.t.test(values, groups, pool.sd = FALSE)``, ``pairwise.t.test(values, groups)``,
    ``pairwise.wilcox.test(values, groups)``. Sources: Welch (1947), *Biometrika* 34, 28–35; Mann & Whitney (1947),
    *Ann. Math. Statist.* 18, 50–60; the adjustment: see `adjust_p_values`.

    Examples
    --------
    >>> pairs = pairwise_comparisons([4, 5, 6, 6, 7, 9, 5, 8, 9], list("aaabbbccc"))
    >>> [round(one.p_adjusted, 4) for one in pairs]
    [0.3062, 0.3647, 1.0]
    """
    check_confidence_level(confidence_level)
    if test not in get_args(PairTest):
        raise InvalidArgument(f"test must be one of {', '.join(get_args(PairTest))}; it is {test!r}.")
    samples = read_groups(values, groups)
    compared = []
    for label_first, label_second in combinations(samples.samples, 2):
        comparison = _compare_pair(samples, label_first, label_second, test, confidence_level)
        shared = {name: getattr(comparison, name) for name in Comparison.__dataclass_fields__}
        shared["caveats"] = comparison.caveats + samples.caveats
        compared.append(PairComparison(**shared, group_first=label_first, group_second=label_second))
    return with_adjusted_p(compared, adjustment)


def _compare_pair(
    samples: Groups, label_first: str, label_second: str, test: PairTest, confidence_level: float
) -> Comparison:
    if test == "mann_whitney":
        return mann_whitney(
            samples.samples[label_first], samples.samples[label_second], confidence_level=confidence_level
        )
    first, second = samples.summaries[label_first], samples.summaries[label_second]
    if test == "welch":
        return welch_t_test_from(first, second, confidence_level=confidence_level)
    _, ss_within, (_, df) = _sums_of_squares(samples)
    se = math.sqrt(ss_within / df * (1 / first.n + 1 / second.n))
    value = first.mean - second.mean
    half_width = t_quantile(df, confidence_level) * se
    return Comparison(
        value=value,
        ci_low=value - half_width,
        ci_high=value + half_width,
        confidence_level=confidence_level,
        n=first.n + second.n,
        method="difference of means, t test with pooled standard deviation",
        statistic=value / se,
        df=df,
        p_value=t_p_value(value / se, df),
        se=se,
    )


def _sums_of_squares(samples: Groups) -> tuple[float, float, tuple[int, int]]:
    summaries = samples.summaries.values()
    n = samples.n
    grand_mean = sum(one.n * one.mean for one in summaries) / n
    ss_between = sum(one.n * (one.mean - grand_mean) ** 2 for one in summaries)
    ss_within = sum((one.n - 1) * one.sd**2 for one in summaries)
    df = (len(summaries) - 1, n - len(summaries))
    if is_constant(max(abs(one.mean) for one in summaries), math.sqrt(ss_within / df[1])):
        raise NotEstimable(Message("The values do not vary within any group."), n=n)
    return ss_between, ss_within, df
