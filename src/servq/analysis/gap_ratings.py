"""Gaps 2, 3 and 4: one rating a dimension, reported as published and as its distance to the top of the scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array
from servq.analysis.gap_findings import RatedGap, RatedRow, Verdict
from servq.analysis.measures import count_points
from servq.analysis.scales import Scale
from servq.analysis.study_answers import ROLES, Role
from servq.analysis.study_sides import Side, Sides, mean_points, nobody, weighted_by, with_known_weights
from servq.analysis.summary import leading_group
from servq.instruments.model import GapRatingScore
from servq.messages import Message
from servq.statistics import Estimate, MeanEstimate

ASKED: Mapping[int, Role] = {2: "managers", 3: "personnel", 4: "personnel"}
"""Who rates which gap in the published study; an instrument may ask somebody else."""


def make_rated_gap(gap: Literal[2, 3, 4], sides: Sides, absences: Mapping[Role, Message]) -> RatedGap | Unavailable:
    """One of the gaps 2 to 4, by dimension and overall."""
    found = next(
        ((sides[role], score) for role in ROLES if role in sides if (score := sides[role].rating_of(gap))), None
    )
    if found is None:
        role = ASKED[gap]
        if role not in sides:
            return nobody(role, absences)
        return Unavailable(reason=Message("No questionnaire of this study asks for gap {gap}.", gap=gap))
    side, score = found
    return rate_gap(side, score, mean_points(sides["customers"]) if "customers" in sides else {})


def rate_gap(side: Side, score: GapRatingScore, points: Mapping[str, MeanEstimate]) -> RatedGap:
    """The ratings of one gap by one audience, weighted by the customers' mean points where these are known."""
    block = side.scored.ratings[score.battery]
    scale = side.labels.scale(score.battery)
    overall = side.estimator.mean(block.overall)
    weighted = weighted_by(block, points)
    lowest = tuple(block.dimensions[i] for i in leading_group(-block.dimension_scores, side.estimator))
    rows = tuple(_row(side, score.battery, dimension, scale) for dimension in block.dimensions)
    return RatedGap(
        gap=score.gap,
        audience=side.role,
        battery=score.battery,
        scale=scale,
        instruction=next(one.instruction for one in side.labels.batteries() if one.id == score.battery),
        overall=overall,
        shortfall=shortfall_of(overall, scale),
        weighted=_without_points(points) if weighted is None else with_known_weights(side.estimator.mean(weighted)),
        dimensions=rows,
        lowest=lowest,
        verdict=verdict_on_rating(overall, scale),
        reading=read_rating(overall, scale),
    )


def _without_points(points: Mapping[str, MeanEstimate]) -> Unavailable:
    if points:
        return Unavailable(reason=Message("Too few customers spread their points over these dimensions."))
    return Unavailable(reason=Message("Customers' points are not known here."))


def _row(side: Side, battery: str, dimension: str, scale: Scale) -> RatedRow:
    block = side.scored.ratings[battery]
    values: Array = block.dimension(dimension)
    rating = side.estimator.mean(values)
    single = [block.items[i] for i in block.positions[block.dimensions.index(dimension)]]
    return RatedRow(
        id=dimension,
        label=side.labels.dimension(dimension),
        wording=side.labels.item(single[0], battery) if len(single) == 1 else "",
        rating=rating,
        shortfall=shortfall_of(rating, scale),
        distribution=count_points(values, range(scale.low, scale.high + 1))
        if len(single) == 1 and isinstance(rating, MeanEstimate)
        else (),
        reading=read_rating(rating, scale),
    )


def shortfall_of(rating: MeanEstimate | Unavailable, scale: Scale) -> Estimate | Unavailable:
    """Rating − top point: never above zero, and servq's own way to say a published rating."""
    if isinstance(rating, Unavailable):
        return rating
    ends = [None if end is None else end - scale.high for end in (rating.ci_low, rating.ci_high)]
    return Estimate(
        value=rating.value - scale.high,
        ci_low=ends[0],
        ci_high=ends[1],
        confidence_level=rating.confidence_level,
        n=rating.n,
        method=f"{rating.method}, less the top point",
        caveats=rating.caveats,
    )


def verdict_on_rating(rating: Estimate | Unavailable, scale: Scale) -> Verdict:
    """Where the interval lies beside the middle of the scale."""
    if isinstance(rating, Unavailable):
        return "unavailable"
    middle = (scale.low + scale.high) / 2
    if rating.ci_low is None or rating.ci_high is None:
        return "unclear"
    if rating.ci_high < middle:
        return "shown"
    return "not_shown" if rating.ci_low > middle else "unclear"


def read_rating(rating: Estimate | Unavailable, scale: Scale) -> Message:
    """Reading of a rating beside the middle of its scale."""
    if isinstance(rating, Unavailable):
        return rating.reason
    facts = {"value": rating.value, "top": scale.high, **_ends(rating)}
    match verdict_on_rating(rating, scale):
        case "shown":
            return Message(
                "Rated {value:.2f} of {top} ({low:.2f} to {high:.2f}), below the middle of the scale.", **facts
            )
        case "not_shown":
            return Message(
                "Rated {value:.2f} of {top} ({low:.2f} to {high:.2f}), above the middle of the scale.", **facts
            )
        case _:
            return Message(
                "Rated {value:.2f} of {top} ({low:.2f} to {high:.2f}), around the middle of the scale.", **facts
            )


def _ends(rating: Estimate) -> dict[str, float]:
    low = rating.value if rating.ci_low is None else rating.ci_low
    high = rating.value if rating.ci_high is None else rating.ci_high
    return {"low": low, "high": high}
