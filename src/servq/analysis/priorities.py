"""What matters and how well it is done: by stated importance, by points, or derived from what goes with an outcome."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.driver_findings import Drivers
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.point_priorities import make_point_priorities, read_dimensions
from servq.analysis.score_findings import Priorities, Priority
from servq.errors import NotEstimable
from servq.instruments.model import MeanScore
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import importance_performance
from servq.statistics.importance_performance import place_on_map


def make_priorities(
    scored: ScoredTable, estimator: Estimator, labels: Labels, drivers: Drivers | Unavailable | None
) -> Priorities | Unavailable | None:
    """The importance–performance map that these answers permit; None where the instrument has nothing to place.

    Importance as the respondents rated it comes first, then the points that they spread, then what the driver analysis
    derived.
    """
    if (found := _of_items(scored, estimator, labels)) is not None:
        return found
    if (found := make_point_priorities(scored, estimator, labels)) is not None:
        return found if isinstance(found, Unavailable) else replace(found, basis="points")
    if not isinstance(drivers, Drivers):
        return None if drivers is None else Unavailable(reason=_NO_IMPORTANCE)
    return _derived(drivers, labels)


_NO_IMPORTANCE = Message(
    "Nobody said how much each part matters, and there is no outcome that its importance could be derived from."
)


def _derived(drivers: Drivers, labels: Labels) -> Priorities | Unavailable:
    """Dimensions by their share of what all of them explain, where they explain anything."""
    if drivers.strength != "clear":
        return Unavailable(
            reason=Message("The dimensions explain too little of the outcome to derive what matters from it.")
        )
    order = list(labels.instrument.definition.dimensions)
    ranked = sorted(drivers.drivers, key=lambda one: [dimension.id for dimension in order].index(one.id))
    found = place_on_map(
        [one.label for one in ranked],
        [one.importance for one in ranked],
        [one.performance for one in ranked],
        drivers.method,
    )
    items = tuple(
        Priority(
            id=one.id,
            number=number,
            label=one.label,
            importance=point.importance,
            performance=point.performance,
            quadrant=point.quadrant,
        )
        for number, (one, point) in enumerate(zip(ranked, found.points, strict=True), start=1)
    )
    return Priorities(
        basis="derived",
        outcome=drivers.outcome,
        importance=drivers.outcome_id,
        performance=labels.headline_battery,
        importance_line=found.importance_line,
        performance_line=found.performance_line,
        items=items,
        caveats=drivers.caveats,
        reading=read_dimensions(items),
    )


def _of_items(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Priorities | Unavailable | None:
    """The map of the first mean score whose items have an importance of their own."""
    definition = scored.answers.instrument.definition
    score = next((s for s in definition.scores if isinstance(s, MeanScore) and s.importance is not None), None)
    if score is None or score.importance is None:
        return None
    performance, importance = scored.ratings[score.battery], scored.ratings[score.importance]
    shared = [item for item in performance.items if item in importance.items]
    enough = [
        item
        for item in shared
        if estimator.too_few(min(int(np.isfinite(block.item(item)).sum()) for block in (performance, importance)))
        is None
    ]
    if not enough:
        return estimator.too_few(0) or Unavailable(reason=Message("Nobody said how important the items are."))
    rated, stated = (np.column_stack([block.item(item) for item in enough]) for block in (performance, importance))
    try:
        found = importance_performance(rated, importance=stated, confidence_level=estimator.confidence_level)
    except NotEstimable as error:
        return unavailable(error)
    instrument = scored.answers.instrument
    items = tuple(
        Priority(
            id=item,
            number=instrument.item(item).number,
            label=labels.item(item, score.battery),
            importance=point.importance,
            performance=point.performance,
            quadrant=point.quadrant,
        )
        for item, point in zip(enough, found.points, strict=True)
    )
    urgent = sum(item.quadrant == "concentrate_here" for item in items)
    return Priorities(
        importance=score.importance,
        performance=score.battery,
        importance_line=found.importance_line,
        performance_line=found.performance_line,
        items=items,
        caveats=(
            *found.caveats,
            *(
                (Message("Survey weights play no part in this map; every respondent counts alike."),)
                if estimator.weights is not None
                else ()
            ),
        ),
        reading=Message(
            "{n} of {all} items are more important than the average item and rated worse, beyond chance.",
            n=urgent,
            all=len(items),
        ),
    )
