"""Sizes of effects with intervals: standardised differences of two means, dominance, and shares of variance."""

from __future__ import annotations

import math

from scipy.special import gammaln

from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics.comparison import MINIMUM_N, is_constant, paired_comparison, summarise
from servq.statistics.comparison_groups import GroupComparison, anova
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.comparison_ranks import dominance_of
from servq.statistics.comparison_samples import present_values
from servq.statistics.effect_size_noncentral import noncentral_f_interval, noncentral_t_interval
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate


def cohens_d(first: object, second: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Difference of two independent means, first − second, in pooled standard deviations.

    Parameters
    ----------
    first, second
        Shapes (n_first,) and (n_second,); NaN is left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    NotEstimable
        A sample with fewer than two values, or no variance in either.

    Notes
    -----
    The interval comes from the noncentral t distribution. R equivalent: ``effectsize::cohens_d(first, second)``.
    Sources: Cohen (1988), *Statistical Power Analysis*; Cumming & Finch (2001), *Educ. Psychol. Meas.* 61, 532–574.

    Examples
    --------
    >>> effect = cohens_d([5, 6, 7, 6], [4, 5, 5, 6, 4])
    >>> round(effect.value, 4), round(effect.ci_low, 4), round(effect.ci_high, 4)
    (1.4491, -0.0997, 2.9221)
    """
    return _standardised_difference(first, second, confidence_level, unbiased=False)


def hedges_g(first: object, second: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Cohen's d without its upward bias in small samples, by the exact factor.

    Parameters, errors and interval as in `cohens_d`; value and bounds are multiplied by
    Γ(df/2) / (√(df/2) Γ((df − 1)/2)), df = n_first + n_second − 2.

    Notes
    -----
    R equivalent: ``effectsize::hedges_g(first, second)``. Source: Hedges (1981), *J. Educ. Statist.* 6, 107–128.

    Examples
    --------
    >>> round(hedges_g([5, 6, 7, 6], [4, 5, 5, 6, 4]).value, 4)
    1.2871
    """
    return _standardised_difference(first, second, confidence_level, unbiased=True)


def cohens_dz(first: object, second: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Mean of paired differences, first − second, in standard deviations of the differences.

    Parameters
    ----------
    first, second
        Shape (n_respondents,), aligned by respondent; a pair with a NaN is left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Different lengths.
    NotEstimable
        Fewer than two pairs, or differences that do not vary.

    Notes
    -----
    The interval comes from the noncentral t distribution. R equivalent: ``effectsize::cohens_d(first, second, paired =
    TRUE)``. Source: Cohen (1988), *Statistical Power Analysis*, 2.3.5.

    Examples
    --------
    >>> effect = cohens_dz(first=[5, 6, 4, 5], second=[6, 7, 6, 5])
    >>> round(effect.value, 4), round(effect.ci_low, 4), round(effect.ci_high, 4)
    (-1.2247, -2.5335, 0.1702)
    """
    test = paired_comparison(first, second, confidence_level=confidence_level)
    low, high = noncentral_t_interval(test.statistic, test.n - 1, confidence_level)
    unit = 1 / math.sqrt(test.n)
    return Estimate(
        value=test.statistic * unit,
        ci_low=low * unit,
        ci_high=high * unit,
        confidence_level=confidence_level,
        n=test.n,
        method="Cohen's d of paired differences, noncentral t interval",
    )


def cliffs_delta(first: object, second: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """How often a value of the first sample lies above one of the second, less the reverse: −1 … 1.

    Parameters
    ----------
    first, second
        Shapes (n_first,) and (n_second,); NaN is left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    NotEstimable
        An empty sample.

    Notes
    -----
    One value in a sample gives no interval; samples that do not overlap get the bound of Feng & Cliff; both with a
    caveat. R equivalent: ``effsize::cliff.delta(first, second)``. Sources: Cliff (1993), *Psychol. Bull.* 114, 494–509;
    Feng & Cliff (2004), *J. Mod. Appl. Stat. Methods* 3, 322–332.

    Examples
    --------
    >>> effect = cliffs_delta([4, 6, 7, 7], [3, 4, 5])
    >>> round(effect.value, 4), round(effect.ci_low, 4), round(effect.ci_high, 4)
    (0.75, -0.2016, 0.9732)
    """
    check_confidence_level(confidence_level)
    one, two = present_values(first, "first"), present_values(second, "second")
    n = len(one) + len(two)
    if min(len(one), len(two)) == 0:
        raise NotEstimable(Message("Both samples need at least one value."), n=n)
    dominance = dominance_of(one, two, confidence_level)
    return Estimate(
        value=dominance.delta,
        ci_low=dominance.ci_low,
        ci_high=dominance.ci_high,
        confidence_level=confidence_level,
        n=n,
        method="Cliff's delta, asymmetric interval",
        caveats=dominance.caveats,
    )


def eta_squared(values: object, groups: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Share of the variance of these respondents that lies between the groups, 0–1.

    Parameters
    ----------
    values, groups
        Shape (n_respondents,) each, as in `anova`.
    confidence_level
        Nominal coverage, 0–1; 0.90 matches a test at the 5 % level.

    Raises
    ------
    NotEstimable
        Fewer than two groups of two, or no variance within the groups.

    Notes
    -----
    The bounds are λ / (λ + df within) for the bounds λ of the noncentrality parameter of F. η² overstates the share in
    the population, so that with a very small F it can lie above its own interval, which then says so.

    R equivalent: ``effectsize::eta_squared(aov(values ~ groups), alternative = "two.sided")``, whose optimiser misses
    the upper bound when the lower one is 0. Source: Steiger (2004), *Psychol. Methods* 9, 164–182.

    Examples
    --------
    >>> effect = eta_squared([4, 5, 6, 6, 7, 8], ["a", "a", "a", "b", "b", "b"])
    >>> round(effect.value, 4), effect.ci_low, round(effect.ci_high, 4)
    (0.6, 0.0, 0.8583)
    """
    test = anova(values, groups, confidence_level=confidence_level)
    return _share_of_variance(test, test.value, test.ci_low or 0.0, test.ci_high or 0.0, "η²")


def omega_squared(values: object, groups: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Share of variance between the groups in the population, nearly unbiased; negative estimates are set to 0.

    Parameters, errors and source as in `eta_squared`; ω² = df between (F − 1) / (df between F + df within + 1), and the
    same with each bound of λ / df between in the place of F.

    Notes
    -----
    R equivalent: ``effectsize::omega_squared(aov(values ~ groups), alternative = "two.sided")``.

    Examples
    --------
    >>> round(omega_squared([4, 5, 6, 6, 7, 8], ["a", "a", "a", "b", "b", "b"]).value, 4)
    0.4545
    """
    test = anova(values, groups, confidence_level=confidence_level)
    df_between, df_within = test.df if isinstance(test.df, tuple) else (math.nan, math.nan)
    noncentrality = noncentral_f_interval(test.statistic, df_between, df_within, confidence_level)
    value, low, high = (
        max(0.0, (scaled_f - df_between) / (scaled_f + df_within + 1))
        for scaled_f in (test.statistic * df_between, *noncentrality)
    )
    return _share_of_variance(test, value, low, high, "ω²")


def _share_of_variance(test: GroupComparison, value: float, low: float, high: float, symbol: str) -> Estimate:
    caveats = test.caveats
    if not low <= value <= high:
        caveats += (Message("The groups differ less than chance alone would make them; the interval is not usable."),)
    return Estimate(
        value=value,
        ci_low=low,
        ci_high=high,
        confidence_level=test.confidence_level,
        n=test.n,
        method=f"{symbol}, noncentral F interval",
        caveats=caveats,
    )


def _standardised_difference(first: object, second: object, confidence_level: float, *, unbiased: bool) -> Estimate:
    check_confidence_level(confidence_level)
    one, two = summarise(present_values(first, "first")), summarise(present_values(second, "second"))
    n, df = one.n + two.n, one.n + two.n - 2
    if min(one.n, two.n) < MINIMUM_N:
        raise NotEstimable(
            Message("Both samples need at least 2 values; they have {a} and {b}.", a=one.n, b=two.n), n=n
        )
    pooled = math.sqrt(((one.n - 1) * one.sd**2 + (two.n - 1) * two.sd**2) / df)
    if is_constant(max(abs(one.mean), abs(two.mean)), pooled):
        raise NotEstimable(Message("Neither sample varies, so the difference has no unit."), n=n)
    unit = math.sqrt(1 / one.n + 1 / two.n)
    value = (one.mean - two.mean) / pooled
    low, high = noncentral_t_interval(value / unit, df, confidence_level)
    factor = math.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / math.sqrt(df / 2) if unbiased else 1.0
    return Estimate(
        value=value * factor,
        ci_low=low * unit * factor,
        ci_high=high * unit * factor,
        confidence_level=confidence_level,
        n=n,
        method=("Hedges' g" if unbiased else "Cohen's d") + ", noncentral t interval",
    )
