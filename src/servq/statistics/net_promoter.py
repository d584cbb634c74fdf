"""Net promoter score: promoters minus detractors in points, with an interval that small samples can carry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level, normal_p_value, normal_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison, Estimate
from servq.statistics.proportions import on_scale

RATING_SCALE = (0, 10)
LOWEST_PROMOTER = 9  # Reichheld (2003)
HIGHEST_DETRACTOR = 6
# Three answers added, spread like Rocks (2016) did best: 3/4 promoters, 3/4 detractors, the rest passives.
ADDED_EACH = 0.75
ADDED_N = 3
POINTS = 100.0

NetPromoterMethod = Literal["adjusted_wald", "wald", "bootstrap"]


@dataclass(frozen=True, kw_only=True)
class NetPromoterScore(Estimate):
    """Net promoter score in points, −100 … 100, with the counts and shares (0–1) behind it.

    ``se`` is the standard error in points that the interval uses; None for the bootstrap and for one answer.
    """

    n_promoters: int
    n_passives: int
    n_detractors: int
    se: float | None

    @property
    def promoters(self) -> float:
        """Share of ratings 9 and 10."""
        return self.n_promoters / self.n

    @property
    def passives(self) -> float:
        """Share of ratings 7 and 8."""
        return self.n_passives / self.n

    @property
    def detractors(self) -> float:
        """Share of ratings 0 to 6."""
        return self.n_detractors / self.n


def net_promoter_score(
    ratings: object,
    *,
    method: NetPromoterMethod = "adjusted_wald",
    confidence_level: float = CONFIDENCE_LEVEL,
    n_resamples: int = 4000,
    seed: int = 1,
) -> NetPromoterScore:
    """Net promoter score, % promoters (9–10) − % detractors (0–6), in points.

    Parameters
    ----------
    ratings
        Shape (n_respondents,), whole numbers 0–10; NaN is left out.
    method
        Interval: ``"adjusted_wald"`` (best coverage in small samples), ``"wald"``, or ``"bootstrap"``
        (percentiles of `n_resamples` seeded resamples).
    confidence_level
        Nominal coverage, 0–1.
    n_resamples, seed
        Of the bootstrap only; the same seed gives the same interval.

    Returns
    -------
    NetPromoterScore
        ``value`` is always p − d, also with the adjusted interval, whose centre lies slightly nearer to 0.

    Raises
    ------
    InvalidArgument
        Ratings off 0–10: a score on another response scale is not an NPS.
    NotEstimable
        No ratings.

    Notes
    -----
    One rating gives a score without interval, and a caveat. An adjusted interval may reach beyond ±100 in very
    one-sided small samples; it is reported as it is, with a caveat, since cutting it would change its width.

    R equivalent: ``NPS::nps(x)``, ``NPS::nps.se(x)`` (Wald). Sources: Reichheld (2003), *HBR* 81(12), 46–54;
    Rocks (2016), *Am. Statist.* 70(4), 365–372.

    Examples
    --------
    >>> score = net_promoter_score([10, 9, 9, 8, 7, 3, 10, 6])
    >>> score.value, round(score.ci_low, 1), round(score.ci_high, 1)
    (25.0, -29.4, 65.8)
    """
    answers = on_scale(ratings, RATING_SCALE)
    promoters = int((answers >= LOWEST_PROMOTER).sum())
    detractors = int((answers <= HIGHEST_DETRACTOR).sum())
    return net_promoter_score_from(
        promoters,
        len(answers) - promoters - detractors,
        detractors,
        method=method,
        confidence_level=confidence_level,
        n_resamples=n_resamples,
        seed=seed,
    )


def net_promoter_score_from(
    promoters: int,
    passives: int,
    detractors: int,
    *,
    method: NetPromoterMethod = "adjusted_wald",
    confidence_level: float = CONFIDENCE_LEVEL,
    n_resamples: int = 4000,
    seed: int = 1,
) -> NetPromoterScore:
    """Net promoter score from the three counts; see `net_promoter_score`."""
    check_confidence_level(confidence_level)
    if method not in get_args(NetPromoterMethod):
        raise InvalidArgument(f"method must be one of {', '.join(get_args(NetPromoterMethod))}; it is {method!r}.")
    counts = (promoters, passives, detractors)
    if any(count < 0 or count != int(count) for count in counts):
        raise InvalidArgument(f"Counts must be whole numbers of at least 0; they are {counts}.")
    n = int(sum(counts))
    if n == 0:
        raise NotEstimable(Message("A net promoter score needs at least one rating; there are none."), n=0)
    value = POINTS * (promoters - detractors) / n
    low, high, se, caveats = None, None, None, [Message("One rating gives no interval.")]
    if n > 1:
        if method == "bootstrap":
            low, high = _bootstrap(counts, confidence_level, n_resamples, seed)
        else:
            low, high, se = _wald(promoters, detractors, n, adjusted=method == "adjusted_wald", level=confidence_level)
        caveats = _caveats(value, low, high)
    return NetPromoterScore(
        value=value,
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=n,
        method=f"net promoter score, {method.replace('_', ' ')} interval",
        caveats=tuple(caveats),
        n_promoters=int(promoters),
        n_passives=int(passives),
        n_detractors=int(detractors),
        se=se,
    )


def net_promoter_difference(
    first: object,
    second: object,
    *,
    method: Literal["wald", "adjusted_wald"] = "wald",
    confidence_level: float = CONFIDENCE_LEVEL,
) -> Comparison:
    """Difference of two independent net promoter scores, first − second, in points.

    Parameters
    ----------
    first, second
        Ratings 0–10 of shapes (n_first,) and (n_second,), NaN left out, or two `NetPromoterScore` with their counts.
    method
        ``"wald"``, or ``"adjusted_wald"``, which adds three answers to each sample.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Ratings off 0–10.
    NotEstimable
        A sample without ratings; or, by Wald, no variance in either sample.

    Notes
    -----
    ``value`` is the difference of the two scores p − d; the z test and the interval use the variances
    (p + d − (p − d)²) / n. R equivalent: ``NPS::nps.test(first, second)``. Source: Rocks (2016).

    Examples
    --------
    >>> change = net_promoter_difference([10, 9, 3, 7, 10], [6, 9, 7, 3, 0, 8])
    >>> round(change.value, 2), round(change.p_value, 4)
    (73.33, 0.1184)
    """
    if method not in ("wald", "adjusted_wald"):
        raise InvalidArgument(f'method must be "wald" or "adjusted_wald"; it is {method!r}.')
    one = first if isinstance(first, NetPromoterScore) else net_promoter_score(first)
    two = second if isinstance(second, NetPromoterScore) else net_promoter_score(second)
    added = ADDED_EACH if method == "adjusted_wald" else 0.0
    centre_first, variance_first = _centre_and_variance(one.n_promoters, one.n_detractors, one.n, added)
    centre_second, variance_second = _centre_and_variance(two.n_promoters, two.n_detractors, two.n, added)
    se = POINTS * math.sqrt(variance_first + variance_second)
    if se == 0:
        raise NotEstimable(
            Message("Both samples hold one kind of answer only, so there is no error to test against."), n=one.n + two.n
        )
    centre = POINTS * (centre_first - centre_second)
    half_width = normal_quantile(confidence_level) * se
    return Comparison(
        value=one.value - two.value,
        ci_low=centre - half_width,
        ci_high=centre + half_width,
        confidence_level=confidence_level,
        n=one.n + two.n,
        method=f"difference of net promoter scores, {method.replace('_', ' ')} z test",
        statistic=centre / se,
        df=None,
        p_value=normal_p_value(centre / se),
        se=se,
    )


def _wald(promoters: int, detractors: int, n: int, *, adjusted: bool, level: float) -> tuple[float, float, float]:
    centre, variance = _centre_and_variance(promoters, detractors, n, ADDED_EACH if adjusted else 0.0)
    se = POINTS * math.sqrt(variance)
    half_width = normal_quantile(level) * se
    return POINTS * centre - half_width, POINTS * centre + half_width, se


def _centre_and_variance(promoters: int, detractors: int, n: int, added: float) -> tuple[float, float]:
    total = n + added / ADDED_EACH * ADDED_N
    p, d = (promoters + added) / total, (detractors + added) / total
    # p + d − (p − d)² in a form that cannot turn negative by rounding when everybody answers alike
    return p - d, (p * (1 - p) + d * (1 - d) + 2 * p * d) / total


def _bootstrap(
    counts: tuple[int, int, int], confidence_level: float, n_resamples: int, seed: int
) -> tuple[float, float]:
    if n_resamples < 1:
        raise InvalidArgument(f"n_resamples must be at least 1; it is {n_resamples}.")
    n = sum(counts)
    # Resampling people and counting the three kinds is one multinomial draw.
    drawn = np.random.default_rng(seed).multinomial(n, np.array(counts) / n, size=n_resamples)
    scores = POINTS * (drawn[:, 0] - drawn[:, 2]) / n
    low, high = np.quantile(scores, [(1 - confidence_level) / 2, (1 + confidence_level) / 2])
    return float(low), float(high)


def _caveats(value: float, low: float, high: float) -> list[Message]:
    caveats = []
    if low == high:
        caveats.append(Message("Everybody answered alike, so this interval has no width."))
    if low < -POINTS or high > POINTS:
        caveats.append(Message("The interval reaches beyond the possible −100 to 100 points: too few answers."))
    if not low <= value <= high:
        caveats.append(Message("The interval does not contain the score: too few answers for this confidence level."))
    return caveats
