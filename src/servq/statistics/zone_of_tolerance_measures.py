"""Zone of tolerance: where perceived service lies between what is acceptable and what is wished for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison import MINIMUM_N, PairedComparison, paired_comparison
from servq.statistics.comparison_quantiles import check_confidence_level, t_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.matrix import as_vector
from servq.statistics.proportions import ProportionEstimate, wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Means of several items meet a bound only up to rounding; real differences of means are far larger.
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class ZoneOfTolerance:
    """Perceived service against its minimum and its desired level.

    Parameters
    ----------
    n
        Respondents with all three ratings; everything rests on them unless its caveats say otherwise.
    mean_minimum, mean_desired, mean_perceived, width
        Means in points of the response scale; `width` is desired − minimum.
    position
        (perceived − minimum) / (desired − minimum) of the means: 0 at the minimum, 1 at the desired level; None when
        the desired level is not above the minimum.
    below, within, above
        Shares of respondents whose own rating lies there; the bounds belong to the zone.
    n_inverted
        Respondents whose minimum exceeds their desired level; they are left out of the shares.
    caveats
        What a reader must know of the whole.
    """

    n: int
    mean_minimum: float
    mean_desired: float
    mean_perceived: float
    width: float
    position: Estimate | None
    below: ProportionEstimate
    within: ProportionEstimate
    above: ProportionEstimate
    n_inverted: int
    caveats: tuple[Message, ...]


def service_adequacy(
    perceived: object, minimum: object, *, confidence_level: float = CONFIDENCE_LEVEL
) -> PairedComparison:
    """Measure of service adequacy, MSA = perceived − minimum; negative: below the zone.

    Parameters
    ----------
    perceived, minimum
        Ratings or dimension scores, shape (n_respondents,) each; pairs with a NaN are left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    NotEstimable
        Fewer than two pairs, or differences that do not vary.

    Notes
    -----
    R equivalent: ``t.test(perceived, minimum, paired = TRUE)``. Source: Parasuraman, Zeithaml & Berry (1994), *J.
    Retailing* 70, 201–230.

    Examples
    --------
    >>> service_adequacy(perceived=[6, 7, 5, 6], minimum=[5, 5, 6, 6]).value
    0.5
    """
    return paired_comparison(perceived, minimum, confidence_level=confidence_level)


def service_superiority(
    perceived: object, desired: object, *, confidence_level: float = CONFIDENCE_LEVEL
) -> PairedComparison:
    """Measure of service superiority, MSS = perceived − desired; positive: above the zone.

    Parameters
    ----------
    perceived, desired
        Ratings or dimension scores, shape (n_respondents,) each; pairs with a NaN are left out.

    Notes
    -----
    Confidence level, errors and source as in `service_adequacy`. R equivalent: ``t.test(perceived, desired, paired =
    TRUE)``.

    Examples
    --------
    >>> service_superiority(perceived=[6, 7, 5, 6], desired=[8, 7, 8, 7]).value
    -1.5
    """
    return paired_comparison(perceived, desired, confidence_level=confidence_level)


def zone_of_tolerance(
    perceived: object, minimum: object, desired: object, *, confidence_level: float = CONFIDENCE_LEVEL
) -> ZoneOfTolerance:
    """Place perceived service in the zone between the minimum and the desired level.

    Parameters
    ----------
    perceived, minimum, desired
        Ratings or dimension scores, shape (n_respondents,) each; a respondent with a NaN is left out.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Different lengths.
    NotEstimable
        Fewer than two respondents with all three ratings, or nobody whose desired level reaches the minimum.

    Notes
    -----
    The interval of the position is Fieller's; where the width does not differ from 0 at the confidence level no
    interval exists, and a caveat says so. Shares have Wilson intervals. R equivalent: none. Sources: Parasuraman,
    Zeithaml & Berry (1994), *J. Retailing* 70, 201–230; Fieller (1954), *JRSS B* 16, 175–185.

    Examples
    --------
    >>> zone = zone_of_tolerance([6, 7, 5, 6], minimum=[5, 5, 6, 5], desired=[8, 6, 8, 7])
    >>> zone.position.value, zone.below.value, zone.within.value, zone.above.value
    (0.375, 0.25, 0.5, 0.25)
    """
    check_confidence_level(confidence_level)
    ratings = [
        as_vector(one, argument=name)
        for one, name in ((perceived, "perceived"), (minimum, "minimum"), (desired, "desired"))
    ]
    if len({len(one) for one in ratings}) > 1:
        raise InvalidArgument("perceived, minimum and desired must be aligned by respondent.")
    complete = ~np.isnan(np.column_stack(ratings)).any(axis=1)
    n = int(complete.sum())
    if n < MINIMUM_N:
        raise NotEstimable(Message("Only {n} respondents gave all three ratings; at least 2 are needed.", n=n), n=n)
    rated, lowest, wished = (one[complete] for one in ratings)
    inverted = lowest > wished + ROUNDING
    n_zones = int((~inverted).sum())
    if n_zones == 0:
        raise NotEstimable(Message("Nobody's desired level reaches the minimum."), n=n)
    is_below, is_above = (rated < lowest - ROUNDING) & ~inverted, (rated > wished + ROUNDING) & ~inverted
    counts = (int(is_below.sum()), int(n_zones - is_below.sum() - is_above.sum()), int(is_above.sum()))
    below, within, above = (wilson_interval(count, n_zones, confidence_level=confidence_level) for count in counts)
    n_inverted = n - n_zones
    caveats = (
        (
            Message(
                "Left out of the shares, with a minimum above the desired level: {n_inverted}.",
                n_inverted=n_inverted,
            ),
        )
        if n_inverted
        else ()
    )
    return ZoneOfTolerance(
        n=n,
        mean_minimum=float(lowest.mean()),
        mean_desired=float(wished.mean()),
        mean_perceived=float(rated.mean()),
        width=float((wished - lowest).mean()),
        position=_position(rated - lowest, wished - lowest, confidence_level),
        below=below,
        within=within,
        above=above,
        n_inverted=n_inverted,
        caveats=caveats,
    )


def _position(adequacy: NDArray[np.float64], width: NDArray[np.float64], confidence_level: float) -> Estimate | None:
    n = len(width)
    mean_adequacy, mean_width = float(adequacy.mean()), float(width.mean())
    if mean_width <= ROUNDING:
        return None
    spread = np.cov(adequacy, width) / n * t_quantile(n - 1, confidence_level) ** 2
    # Fieller: all ratios r with (adequacy − r width)² within t² of its variance
    a = mean_width**2 - float(spread[1, 1])
    b = mean_adequacy * mean_width - float(spread[0, 1])
    c = mean_adequacy**2 - float(spread[0, 0])
    low = high = None
    caveats: tuple[Message, ...] = ()
    if a > 0:
        root = math.sqrt(max(b**2 - a * c, 0.0))
        low, high = (b - root) / a, (b + root) / a
    else:
        caveats = (Message("The width of the zone may be 0, so its position has no interval."),)
    return Estimate(
        value=mean_adequacy / mean_width,
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=n,
        method="position of the means in the zone of tolerance, Fieller interval",
        caveats=caveats,
    )
