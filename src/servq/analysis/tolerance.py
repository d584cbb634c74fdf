"""Where perceived service lies between the least acceptable and the desired level, from the whole to each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, Estimator, adjust_family, unavailable
from servq.analysis.labels import Labels
from servq.analysis.readings import direction_of
from servq.analysis.score_findings import Place, ToleranceZones, Zone
from servq.errors import NotEstimable
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.scoring.tolerance import Tolerance
from servq.statistics import Comparison, Estimate, ZoneOfTolerance, zone_of_tolerance
from servq.statistics.zone_of_tolerance_measures import ROUNDING


def make_tolerance(scored: ScoredTable, estimator: Estimator, labels: Labels) -> ToleranceZones | None:
    """Every zone; p-values are adjusted by Holm over all dimensions and over all items, for each bound by itself."""
    tolerance = scored.tolerance
    if tolerance is None:
        return None
    instrument = scored.answers.instrument
    several = len(tolerance.perceived.dimensions) > 1
    overall = [_zone("overall", Message("Overall"), _overall(tolerance), estimator)]
    if several:
        overall.append(
            _zone("overall_by_items", Message("Overall, every item counted alike"), _by_items(tolerance), estimator)
        )
    dimensions = [
        replace(
            _zone(dimension, labels.dimension(dimension), _dimension(tolerance, dimension), estimator),
            n_items=len(positions),
        )
        for dimension, positions in zip(tolerance.perceived.dimensions, tolerance.perceived.positions, strict=True)
    ]
    items = [
        replace(
            _zone(item, labels.item(item, tolerance.score.perceived), _item(tolerance, item), estimator),
            number=instrument.item(item).number,
            dimension=instrument.item(item).dimension,
        )
        for item in tolerance.perceived.items
    ]
    dimensions, items = _with_holm(dimensions), _with_holm(items)
    return ToleranceZones(
        score=tolerance.score.id,
        minimum=tolerance.score.minimum,
        desired=tolerance.score.desired,
        perceived=tolerance.score.perceived,
        overall=tuple(overall),
        dimensions=tuple(dimensions),
        items=tuple(items),
        caveats=_caveats(overall[0], tolerance, estimator),
        reading=_reading(dimensions or items),
    )


Ratings = tuple[Array, Array, Array]
"""Perceived, minimum and desired of the same respondents."""


def _overall(tolerance: Tolerance) -> Ratings:
    return tolerance.perceived.overall, tolerance.minimum.overall, tolerance.desired.overall


def _by_items(tolerance: Tolerance) -> Ratings:
    return tolerance.perceived.by_items, tolerance.minimum.by_items, tolerance.desired.by_items


def _dimension(tolerance: Tolerance, dimension: str) -> Ratings:
    perceived, minimum, desired = (
        block.dimension(dimension) for block in (tolerance.perceived, tolerance.minimum, tolerance.desired)
    )
    return perceived, minimum, desired


def _item(tolerance: Tolerance, item: str) -> Ratings:
    perceived, minimum, desired = (
        block.item(item) for block in (tolerance.perceived, tolerance.minimum, tolerance.desired)
    )
    return perceived, minimum, desired


def _zone(zone_id: str, label: str, ratings: Ratings, estimator: Estimator) -> Zone:
    perceived, minimum, desired = ratings
    adequacy = estimator.test_of_zero(perceived - minimum)
    superiority = estimator.test_of_zero(perceived - desired)
    found = _whole_zone(ratings, estimator)
    below, within, above = _shares(found, ratings, estimator)
    place = place_of(adequacy, superiority)
    return Zone(
        id=zone_id,
        label=label,
        minimum=estimator.mean(minimum),
        desired=estimator.mean(desired),
        perceived=estimator.mean(perceived),
        adequacy=adequacy,
        superiority=superiority,
        width=estimator.mean(desired - minimum),
        position=_position(found, estimator),
        below=below,
        within=within,
        above=above,
        place=place,
        reading=_read_place(place, adequacy),
    )


def place_of(adequacy: Estimate | Unavailable, superiority: Estimate | Unavailable) -> Place:
    """Where the perceived level lies, as far as the intervals of both differences say."""
    if isinstance(adequacy, Unavailable) or isinstance(superiority, Unavailable):
        return "unknown"
    to_minimum, to_desired = direction_of(adequacy), direction_of(superiority)
    if to_minimum == "below":
        return "below"
    if to_desired == "above":
        return "above"
    if to_minimum == "open":
        return "at_minimum" if to_desired == "below" else "unknown"
    return "within" if to_desired == "below" else "at_desired"


def _whole_zone(ratings: Ratings, estimator: Estimator) -> ZoneOfTolerance | Unavailable:
    perceived, minimum, desired = ratings
    n = int(np.isfinite(perceived + minimum + desired).sum())
    if hidden := estimator.too_few(n):
        return hidden
    try:
        return zone_of_tolerance(perceived, minimum, desired, confidence_level=estimator.confidence_level)
    except NotEstimable as error:
        return unavailable(error)


def _shares(
    zone: ZoneOfTolerance | Unavailable, ratings: Ratings, estimator: Estimator
) -> tuple[Estimate | Unavailable, Estimate | Unavailable, Estimate | Unavailable]:
    if isinstance(zone, Unavailable):
        return zone, zone, zone
    if estimator.weights is None:
        return zone.below, zone.within, zone.above
    perceived, minimum, desired = ratings
    counted = np.isfinite(perceived + minimum + desired) & ~(minimum > desired + ROUNDING)
    is_below, is_above = perceived < minimum - ROUNDING, perceived > desired + ROUNDING
    below, within, above = (
        estimator.mean(np.where(counted, one, np.nan)) for one in (is_below, ~is_below & ~is_above, is_above)
    )
    return below, within, above


def _position(zone: ZoneOfTolerance | Unavailable, estimator: Estimator) -> Estimate | Unavailable:
    if isinstance(zone, Unavailable):
        return zone
    if zone.position is None:
        return Unavailable(
            reason=Message("The desired level does not lie above the minimum, so there is no zone to lie in.")
        )
    if estimator.weights is not None:
        return Unavailable(reason=Message("The position in the zone is not computed with survey weights."))
    return zone.position


def _with_holm(zones: Sequence[Zone]) -> list[Zone]:
    adequacies = adjust_family([zone.adequacy for zone in zones])
    superiorities = adjust_family([zone.superiority for zone in zones])
    return [
        replace(zone, adequacy=adequacy, superiority=superiority)
        for zone, adequacy, superiority in zip(zones, adequacies, superiorities, strict=True)
    ]


PLACES: dict[Place, Message] = {
    "below": Message("Below the zone: worse than what is acceptable."),
    "at_minimum": Message("At the lower edge of the zone: whether it is acceptable cannot be told."),
    "within": Message("Within the zone: acceptable, but not what is desired."),
    "at_desired": Message("At the upper edge of the zone: acceptable, and not to be told from what is desired."),
    "above": Message("Above the zone: better than what is desired."),
    "unknown": Message("The zone is too narrow for these answers to tell where the service lies."),
}


def _read_place(place: Place, adequacy: Comparison | Unavailable) -> Message:
    return adequacy.reason if isinstance(adequacy, Unavailable) else PLACES[place]


def _caveats(overall: Zone, tolerance: Tolerance, estimator: Estimator) -> tuple[Message, ...]:
    inverted = tolerance.minimum.values > tolerance.desired.values
    caveats = []
    if n := int(inverted.sum()):
        caveats.append(
            Message(
                "In {n} of {all} answers the minimum exceeds the desired level; they count in the means and are left "
                "out of the shares.",
                n=n,
                all=int(np.isfinite(tolerance.perceived.values).sum()),
            )
        )
    if isinstance(overall.position, Estimate) and overall.position.caveats:
        caveats += overall.position.caveats
    if estimator.weights is not None:
        caveats.append(Message("Means and shares are weighted; the shares have the interval of a weighted mean."))
    return tuple(caveats)


def _reading(zones: Sequence[Zone]) -> Message:
    known = [zone for zone in zones if zone.place != "unknown"]
    if not known:
        return Message("Where the service lies in the zones cannot be told.")
    return Message(
        "Of {n} zones, service lies below {below}, within {within} and above {above}; of the others it cannot be told "
        "on which side of an edge it lies.",
        n=len(zones),
        below=sum(zone.place == "below" for zone in known),
        within=sum(zone.place == "within" for zone in known),
        above=sum(zone.place == "above" for zone in known),
    )
