"""Items by how important they are said to be and how well they are rated."""

from __future__ import annotations

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.score_findings import Priorities, Priority
from servq.errors import NotEstimable
from servq.instruments.model import MeanScore
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import importance_performance


def make_priorities(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Priorities | Unavailable | None:
    """The importance–performance map of the first mean score whose items have an importance of their own."""
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
