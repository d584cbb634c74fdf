"""What moved since the previous wave: Welch between independent samples, pairs where respondents are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from servq.analysis.estimating import Array, Estimator, adjust_family
from servq.analysis.findings import Change, ChangeRow, Unavailable
from servq.analysis.labels import Labels
from servq.analysis.readings import direction_of, read_change
from servq.analysis.scores import headline_rule
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Comparison, Estimate


def make_change(
    current: ScoredTable, previous: ScoredTable | None, estimator: Estimator, labels: Labels, headline_label: Message
) -> Change | Unavailable:
    """Headline score and dimensions in both waves with their differences, current − previous.

    The p-values of the dimensions are adjusted by Holm; the headline's is not.
    """
    if previous is None:
        return Unavailable(reason=Message("No previous wave was given."))
    better = current.answers.instrument.scale_of(labels.headline_battery).better
    pairs = _pairs(current.answers.respondent_ids, previous.answers.respondent_ids)
    now, before = headline_rule(current, estimator), headline_rule(previous, estimator)
    overall = ChangeRow(
        id="overall",
        label=headline_label,
        previous=before.estimate(before.values),
        current=now.estimate(now.values),
        difference=_paired(now.values, before.values, pairs, estimator)
        if pairs is not None
        else now.difference(now.values, before.values),
    )
    dimensions = []
    for dimension in current.headline.dimensions:
        if dimension not in previous.headline.dimensions:
            continue
        one, two = _dimension(current, dimension), _dimension(previous, dimension)
        dimensions.append(
            ChangeRow(
                id=dimension,
                label=labels.dimension(dimension),
                previous=estimator.mean(two),
                current=estimator.mean(one),
                difference=_paired(one, two, pairs, estimator) if pairs is not None else estimator.difference(one, two),
            )
        )
    rows = [overall, *_with_holm(dimensions)]
    return Change(
        previous_source=previous.answers.source,
        n_previous=previous.answers.n_respondents,
        paired=pairs is not None,
        rows=tuple(replace(row, reading=read_change(row.difference, better=better)) for row in rows),
        reading=_reading(overall.difference, better_is_high=better == "high"),
    )


def _pairs(
    current: NDArray[np.object_] | None, previous: NDArray[np.object_] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Row positions of the respondents present in both waves, or None when respondents cannot be followed."""
    if current is None or previous is None:
        return None
    _, one, two = np.intersect1d(current.astype(str), previous.astype(str), return_indices=True)
    return one, two


def _paired(
    current: Array, previous: Array, pairs: tuple[NDArray[np.intp], NDArray[np.intp]], estimator: Estimator
) -> Comparison | Unavailable:
    one, two = pairs
    return estimator.test_of_zero(current[one] - previous[two])


def _dimension(scored: ScoredTable, dimension: str) -> Array:
    return scored.headline.dimension_scores[:, scored.headline.dimensions.index(dimension)]


def _with_holm(rows: Sequence[ChangeRow]) -> list[ChangeRow]:
    differences = adjust_family([row.difference for row in rows])
    return [replace(row, difference=one) for row, one in zip(rows, differences, strict=True)]


def _reading(difference: Estimate | Unavailable, *, better_is_high: bool) -> Message:
    if isinstance(difference, Unavailable):
        return difference.reason
    direction = direction_of(difference)
    if direction == "open":
        return Message("Overall, nothing has changed that can be told from chance.")
    if (direction == "above") == better_is_high:
        return Message("Overall, the service is rated better than in the previous wave.")
    return Message("Overall, the service is rated worse than in the previous wave.")
