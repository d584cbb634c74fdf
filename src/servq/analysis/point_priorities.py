"""Dimensions by the points that respondents gave them and by how well they are rated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.score_findings import Priorities, Priority
from servq.errors import NotEstimable
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import importance_performance


def make_point_priorities(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Priorities | Unavailable | None:
    """The importance–performance map of the dimensions; None where nobody was asked for points.

    Importance is the mean share of the points, 0–100; performance is the headline number of the dimension (the gap
    where there is one), so that a dimension may matter much and fall short.
    """
    block, points = scored.headline, scored.points
    if points is None:
        return None
    dimensions = [one for one in block.dimensions if one in points.dimensions]
    if len(dimensions) < 2:  # nothing to choose from
        return None
    stated = np.column_stack([100 * points.shares[:, points.dimensions.index(one)] for one in dimensions])
    rated = np.column_stack([block.dimension(one) for one in dimensions])
    fewest = min(int(np.isfinite(column).sum()) for column in (*stated.T, *rated.T))
    if hidden := estimator.too_few(fewest):
        return hidden
    try:
        found = importance_performance(rated, importance=stated, confidence_level=estimator.confidence_level)
    except NotEstimable as error:
        return unavailable(error)
    items = tuple(
        Priority(
            id=dimension,
            number=number,
            label=labels.dimension(dimension),
            importance=point.importance,
            performance=point.performance,
            quadrant=point.quadrant,
        )
        for number, (dimension, point) in enumerate(zip(dimensions, found.points, strict=True), start=1)
    )
    return Priorities(
        importance="points",
        performance=labels.headline_battery,
        importance_line=found.importance_line,
        performance_line=found.performance_line,
        items=items,
        caveats=found.caveats,
        reading=read_dimensions(items),
    )


def read_dimensions(items: Sequence[Priority]) -> Message:
    """What a map of dimensions says beyond chance."""
    urgent = [item.label for item in items if item.quadrant == "concentrate_here"]
    if not urgent:
        return Message("No dimension matters more than the average and does worse, beyond chance.")
    return Message(
        "Matters more than the average dimension and does worse, beyond chance: {names}.", names=", ".join(urgent)
    )
