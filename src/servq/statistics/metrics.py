"""Customer effort score in both directions.

The net promoter score and top boxes have modules of their own; metrics computed from service contacts belong to
the operations package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from servq.errors import InvalidArgument
from servq.statistics.comparison import mean_interval_from, summarise
from servq.statistics.estimate import CONFIDENCE_LEVEL, MeanEstimate
from servq.statistics.proportions import ProportionEstimate, on_scale, top_box

EffortDirection = Literal["high_is_good", "low_is_good"]


@dataclass(frozen=True, kw_only=True)
class EffortScore(MeanEstimate):
    """Mean effort answer in points of its response scale, and the share of respondents who found it easy."""

    easy: ProportionEstimate
    direction: EffortDirection


def customer_effort_score(
    values: object,
    scale: tuple[int, int] = (1, 7),
    direction: EffortDirection = "high_is_good",
    *,
    boxes: int | None = None,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> EffortScore:
    """Score customer effort: mean with a t interval, and the share of easy answers with Wilson's interval.

    Parameters
    ----------
    values
        Shape (n_respondents,), whole points of the response scale; NaN is left out.
    scale
        Lowest and highest point: (1, 7) for CES 2.0, (1, 5) for CES 1.0.
    direction
        ``"high_is_good"`` (CES 2.0: "made it easy", agreement) or ``"low_is_good"`` (CES 1.0: effort put forth). The
        mean is not turned round.
    boxes
        How many points, from the good end, count as easy; those strictly on the good side of the midpoint when left
        out: 5–7 of 1–7, 1–2 of 1–5.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Values off the response scale, an unknown direction, or `boxes` that leave no point over.
    NotEstimable
        Fewer than two answers.

    Notes
    -----
    R equivalent: ``t.test(x)`` and ``prop.test(sum(x > mean(scale)), length(x), correct = FALSE)``. Source: Dixon,
    Freeman & Toman (2010), *HBR* 88(7/8), 116–122. Constant answers: see `mean_interval`.

    Examples
    --------
    >>> score = customer_effort_score([7, 6, 5, 3, 6])
    >>> score.value, score.easy.value
    (5.4, 0.8)
    """
    if direction not in get_args(EffortDirection):
        raise InvalidArgument(f"direction must be one of {', '.join(get_args(EffortDirection))}; it is {direction!r}.")
    answers = on_scale(values, scale)
    mean = mean_interval_from(*summarise(answers), confidence_level=confidence_level)
    low, high = scale
    good = answers if direction == "high_is_good" else low + high - answers
    if boxes is None:
        boxes = (high - low + 1) // 2  # strictly above the midpoint
    easy = top_box(good, boxes, scale, confidence_level=confidence_level)
    return EffortScore(**vars(mean), easy=easy, direction=direction)
