"""Planning: how many respondents a question needs, and what a given number can show."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from scipy.special import fdtri, nctdtr, ndtr

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level, normal_quantile, t_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL

Quantity = Literal["mean", "proportion", "net_promoter_score", "paired_gap", "correlation", "alpha"]
Design = Literal["paired", "two_sample"]

POINTS = 100.0
SIGNIFICANCE_LEVEL = 0.05
#: Nobody surveys more people than live on earth; a search beyond that means the margin is out of reach.
LARGEST_N = 10**10


@dataclass(frozen=True, kw_only=True)
class SampleSize:
    """Respondents needed.

    Parameters
    ----------
    n
        Completed responses needed.
    reached
        Half-width of the interval, or power, that `n` gives.
    method
        How it was found.
    """

    n: int
    reached: float
    method: str


def required_sample_size(
    quantity: Quantity,
    *,
    margin: float | None = None,
    sd: float | None = None,
    share: float = 0.5,
    promoters: float = 0.5,
    detractors: float = 0.5,
    difference: float | None = None,
    correlation: float | None = None,
    alpha: float | None = None,
    n_items: int | None = None,
    desired_power: float = 0.80,
    confidence_level: float = CONFIDENCE_LEVEL,
    population: int | None = None,
) -> SampleSize:
    """Smallest number of respondents with which a quantity is estimated, or a gap detected, as precisely as wanted.

    Parameters
    ----------
    quantity
        What is asked, and the parameters that it needs:

        ``"mean"``: `margin`, `sd` – half-width of the t interval.
        ``"proportion"``: `margin` (0–1), `share` (0.5 is the worst case) – half-width by the normal approximation.
        ``"net_promoter_score"``: `margin` in points, `promoters`, `detractors` (shares; a half each is the worst case).
        ``"paired_gap"``: `difference` and `sd` of the gaps, `desired_power` – a two-sided paired t test.
        ``"correlation"``: `margin`, `correlation` – wider half of Fisher's z interval.
        ``"alpha"``: `margin`, `alpha`, `n_items` – wider half of Feldt's interval.
    margin
        Half-width wanted, in the unit of the quantity.
    sd, share, promoters, detractors, difference, correlation, alpha, n_items
        What is expected, from an earlier wave or a pilot.
    desired_power
        Probability of detecting `difference`, 0–1.
    confidence_level
        Nominal coverage, 0–1; the test has the level 1 − `confidence_level`.
    population
        Size of a finite population (all customers of a branch): standard errors shrink by √((N − n) / (N − 1)), an
        approximation for a correlation and for alpha.

    Raises
    ------
    InvalidArgument
        An unknown quantity, a parameter missing, or one that is impossible.
    NotEstimable
        No realistic number of respondents reaches the margin.

    Notes
    -----
    R equivalents: ``power.t.test(type = "paired", strict = TRUE)`` for the gap; ``presize::prec_mean``,
    ``prec_prop(method = "wald")``, ``prec_cor``, ``prec_cronb`` for margins. Sources: Cochran (1977), *Sampling
    Techniques*, 4; Bonett & Wright (2000), *Psychometrika* 65, 23–28; Bonett (2002), *J. Educ. Behav. Statist.* 27,
    335–340; Feldt (1965), *Psychometrika* 30, 357–370.

    Examples
    --------
    >>> required_sample_size("proportion", margin=0.05).n
    385
    >>> required_sample_size("proportion", margin=0.05, population=1000).n
    278
    """
    check_confidence_level(confidence_level)
    if quantity not in get_args(Quantity):
        raise InvalidArgument(f"quantity must be one of {', '.join(get_args(Quantity))}; it is {quantity!r}.")
    if population is not None and population < 2:  # a sample starts with two
        raise InvalidArgument(f"population must be at least 2; it is {population}.")
    if quantity == "paired_gap":
        wanted = _between(desired_power, "desired_power", 0, 1)
        gap, spread = _needed(difference, "difference"), _positive(sd, "sd")
        if gap == 0:
            raise InvalidArgument("difference must not be 0: no sample detects it.")
        level = 1 - confidence_level

        def power_with(n: int) -> float:
            shrunk = spread * _finite_correction(n, population)
            return power(n, difference=gap, sd=shrunk, significance_level=level) if shrunk else 1.0

        found = _smallest(lambda n: power_with(n) >= wanted)
        return SampleSize(n=found, reached=power_with(found), method="power of the paired t test")
    limit = _positive(margin, "margin")
    half_width, method = _half_width_function(
        quantity,
        confidence_level,
        sd=sd,
        share=share,
        promoters=promoters,
        detractors=detractors,
        correlation=correlation,
        alpha=alpha,
        n_items=n_items,
    )

    def reached_with(n: int) -> float:
        correction = _finite_correction(n, population)
        return half_width(n) * correction if correction else 0.0

    found = _smallest(lambda n: reached_with(n) <= limit)
    return SampleSize(n=found, reached=reached_with(found), method=method)


def power(
    n: int,
    *,
    difference: float,
    sd: float,
    design: Design = "paired",
    n_second: int | None = None,
    significance_level: float = SIGNIFICANCE_LEVEL,
) -> float:
    """Probability that a two-sided t test detects a difference.

    Parameters
    ----------
    n
        Pairs (or single values), or respondents of the first of two samples.
    difference
        True difference, in the unit of the answers.
    sd
        Standard deviation: of the differences when paired, within each sample otherwise.
    design
        ``"paired"`` (also one sample) or ``"two_sample"`` (equal variances).
    n_second
        Respondents of the second sample; `n` when None.
    significance_level
        Level of the test, 0–1.

    Returns
    -------
    float
        0–1; equals `significance_level` for a difference of 0.

    Raises
    ------
    InvalidArgument
        Fewer than two respondents in a sample, `sd` not positive, or an unknown design.

    Notes
    -----
    R equivalent: ``power.t.test(n, delta, sd, type = "paired", strict = TRUE)$power``. Source: Cohen (1988), 2.

    Examples
    --------
    >>> round(power(50, difference=0.4, sd=1), 4)
    0.7918
    """
    _between(significance_level, "significance_level", 0, 1)
    _positive(sd, "sd")
    second = n if n_second is None else n_second
    if min(n, second) < 2:  # a t test needs two values
        raise InvalidArgument("Each sample needs at least 2 respondents.")
    if design not in get_args(Design):
        raise InvalidArgument(f'design must be "paired" or "two_sample"; it is {design!r}.')
    paired = design == "paired"
    df = n - 1 if paired else n + second - 2
    noncentrality = abs(difference) / sd / math.sqrt(1 / n if paired else 1 / n + 1 / second)
    critical = t_quantile(df, 1 - significance_level)
    return _t_below(-critical, df, noncentrality) + 1 - _t_below(critical, df, noncentrality)


def _half_width_function(
    quantity: Quantity,
    confidence_level: float,
    *,
    sd: float | None,
    share: float,
    promoters: float,
    detractors: float,
    correlation: float | None,
    alpha: float | None,
    n_items: int | None,
) -> tuple[Callable[[int], float], str]:
    z = normal_quantile(confidence_level)
    if quantity == "mean":
        spread = _positive(sd, "sd")
        return lambda n: t_quantile(n - 1, confidence_level) * spread / math.sqrt(n), "half-width of the t interval"
    if quantity == "proportion":
        _between(share, "share", 0, 1)
        return lambda n: z * math.sqrt(share * (1 - share) / n), "half-width of the normal interval"
    if quantity == "net_promoter_score":
        if min(promoters, detractors) < 0 or not 0 < promoters + detractors <= 1:
            raise InvalidArgument("promoters and detractors must be shares of at least 0 that add up to at most 1.")
        variance = promoters + detractors - (promoters - detractors) ** 2
        return lambda n: POINTS * z * math.sqrt(variance / n), "half-width of the Wald interval, in points"
    if quantity == "correlation":
        r = _between(_needed(correlation, "correlation"), "correlation", -1, 1)
        return lambda n: _correlation_half_width(r, n, z), "wider half of Fisher's z interval"
    reliability, k = _needed(alpha, "alpha"), int(_needed(n_items, "n_items"))
    if reliability >= 1 or k < 2:  # alpha needs two items
        raise InvalidArgument("alpha must lie below 1 and n_items must be at least 2.")
    return lambda n: _alpha_half_width(reliability, k, n, confidence_level), "wider half of Feldt's interval"


def _correlation_half_width(r: float, n: int, z: float) -> float:
    if n <= 3:  # Fisher's variance is 1 / (n − 3)
        return math.inf
    centre, spread = math.atanh(r), z / math.sqrt(n - 3)
    return max(math.tanh(centre + spread) - r, r - math.tanh(centre - spread))


def _alpha_half_width(alpha: float, n_items: int, n: int, confidence_level: float) -> float:
    df = n - 1, (n - 1) * (n_items - 1)
    upper, lower = (float(fdtri(*df, tail)) for tail in ((1 + confidence_level) / 2, (1 - confidence_level) / 2))
    return (1 - alpha) * max(upper - 1, 1 - lower)


def _t_below(value: float, df: int, noncentrality: float) -> float:
    p = float(nctdtr(df, noncentrality, value))
    # scipy answers NaN far out in a tail; the normal approximation is 0 or 1 there.
    return p if not math.isnan(p) else float(ndtr(value - noncentrality))


def _smallest(enough: Callable[[int], bool]) -> int:
    high = 2
    while not enough(high):
        high *= 2
        if high > LARGEST_N:
            raise NotEstimable(Message("No realistic number of respondents reaches that."))
    low = high // 2 if high > 2 else 1  # a sample starts with two
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _finite_correction(n: int, population: int | None) -> float:
    if population is None:
        return 1.0
    return math.sqrt(max(population - n, 0) / (population - 1))


def _needed(value: float | None, name: str) -> float:
    if value is None or not math.isfinite(value):
        raise InvalidArgument(f"{name} is needed for this quantity.")
    return float(value)


def _positive(value: float | None, name: str) -> float:
    number = _needed(value, name)
    if number <= 0:
        raise InvalidArgument(f"{name} must be positive; it is {number}.")
    return number


def _between(value: float, name: str, low: float, high: float) -> float:
    if not low < value < high:
        raise InvalidArgument(f"{name} must lie between {low} and {high}; it is {value}.")
    return value
