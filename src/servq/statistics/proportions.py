"""Shares of respondents and their differences, with intervals that hold near 0 and 1 and for small samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import normal_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.matrix import as_vector


@dataclass(frozen=True, kw_only=True)
class ProportionEstimate(Estimate):
    """A share, 0–1, with the count behind it."""

    successes: int


def wilson_interval(successes: int, n: int, *, confidence_level: float = CONFIDENCE_LEVEL) -> ProportionEstimate:
    """Share successes / n with Wilson's score interval (no continuity correction).

    Parameters
    ----------
    successes
        Respondents that count, 0 … n.
    n
        Respondents asked.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Counts that are not whole numbers with 0 ≤ successes ≤ n.
    NotEstimable
        ``n == 0``.

    Notes
    -----
    R equivalent: ``prop.test(successes, n, correct = FALSE)$conf.int``. Source: Wilson (1927), *JASA* 22,
    209–212. Shares of 0 and 1 have an interval of positive width.

    Examples
    --------
    >>> share = wilson_interval(81, 263)
    >>> round(share.ci_low, 4), round(share.ci_high, 4)
    (0.2553, 0.3662)
    """
    _check_counts(successes, n)
    share = successes / n
    low, high = _wilson_bounds(share, n, normal_quantile(confidence_level))
    return ProportionEstimate(
        value=share,
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=int(n),
        method="proportion, Wilson interval",
        successes=int(successes),
    )


def newcombe_interval(
    successes_first: int,
    n_first: int,
    successes_second: int,
    n_second: int,
    *,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> Estimate:
    """Difference of two independent shares, first − second, with Newcombe's hybrid score interval.

    Parameters
    ----------
    successes_first, n_first, successes_second, n_second
        Counts of both samples.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Counts that are not whole numbers with 0 ≤ successes ≤ n.
    NotEstimable
        A sample without respondents.

    Notes
    -----
    R equivalent: ``DescTools::BinomDiffCI(x1, n1, x2, n2, method = "score")``. Source: Newcombe (1998),
    *Statist. Med.* 17, 873–890, method 10.

    Examples
    --------
    >>> change = newcombe_interval(56, 70, 48, 80)
    >>> round(change.value, 4), round(change.ci_low, 4), round(change.ci_high, 4)
    (0.2, 0.0524, 0.3339)
    """
    first = wilson_interval(successes_first, n_first, confidence_level=confidence_level)
    second = wilson_interval(successes_second, n_second, confidence_level=confidence_level)
    z = normal_quantile(confidence_level)
    low_first, high_first = _wilson_bounds(first.value, first.n, z)
    low_second, high_second = _wilson_bounds(second.value, second.n, z)
    difference = first.value - second.value
    return Estimate(
        value=difference,
        ci_low=difference - math.hypot(first.value - low_first, high_second - second.value),
        ci_high=difference + math.hypot(high_first - first.value, second.value - low_second),
        confidence_level=confidence_level,
        n=first.n + second.n,
        method="difference of proportions, Newcombe interval",
    )


def top_box(
    values: object,
    points: int = 2,
    scale: tuple[int, int] = (1, 5),
    *,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> ProportionEstimate:
    """Share of the `points` highest points of the response scale, with Wilson's interval.

    Parameters
    ----------
    values
        Shape (n_respondents,), whole points of the response scale; NaN is left out.
    points
        How many of the highest points count; 2 of 5 is the usual CSAT.
    scale
        Lowest and highest point of the response scale.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Values off the response scale, or `points` that do not leave a point outside the box.
    NotEstimable
        No answers.

    Notes
    -----
    R equivalent: ``prop.test(sum(x > max - points), length(x), correct = FALSE)``. Source: Wilson (1927), *JASA* 22,
    209–212.

    Examples
    --------
    >>> top_box([5, 4, 4, 3, 1]).value
    0.6
    """
    answers = on_scale(values, scale)
    low, high = scale
    if not 1 <= points <= high - low:
        raise InvalidArgument(
            f"points must be 1 to {high - low} on a response scale from {low} to {high}; it is {points}."
        )
    return wilson_interval(int((answers > high - points).sum()), len(answers), confidence_level=confidence_level)


def on_scale(values: object, scale: tuple[int, int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Answers without NaN, checked to be whole points of the response scale."""
    low, high = scale
    if low >= high:
        raise InvalidArgument(f"scale must name the lowest and the highest point, e.g. (1, 5); it is {scale}.")
    vector = as_vector(values)
    answers = vector[~np.isnan(vector)]
    strange = answers[(answers < low) | (answers > high) | (answers != np.round(answers))]
    if strange.size:
        raise InvalidArgument(
            f"values must be whole points from {low} to {high}; {strange.size} are not, e.g. {strange[0]:g}."
        )
    return answers


def _wilson_bounds(share: float, n: int, z: float) -> tuple[float, float]:
    centre = share + z**2 / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # The bounds at 0 and 1 are exact; computed, they would miss by a rounding error and could exclude the share.
    low = 0.0 if share == 0 else (centre - spread) / (1 + z**2 / n)
    high = 1.0 if share == 1 else (centre + spread) / (1 + z**2 / n)
    return low, high


def _check_counts(successes: int, n: int) -> None:
    if successes != int(successes) or n != int(n) or not 0 <= successes <= n:
        raise InvalidArgument(f"Counts must be whole numbers with 0 ≤ successes ≤ n; they are {successes} of {n}.")
    if n == 0:
        raise NotEstimable(Message("A share needs at least one answer; there are none."), n=0)
