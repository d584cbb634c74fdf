"""What moved since the previous wave: Welch between independent samples, pairs where respondents are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from servq.analysis.estimating import Estimator, adjust_family
from servq.analysis.findings import Change, ChangeRow, OverallScore, Unavailable
from servq.analysis.labels import Labels
from servq.analysis.readings import direction_of, read_change
from servq.analysis.scores import MeanScoreOfGroup, ScoreOfGroup, headline_of_group
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Comparison, Estimate

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Wave:
    """One wave as it is compared: its scores and the estimator with its survey weights."""

    scored: ScoredTable
    estimator: Estimator


def make_change(current: Wave, previous: Wave | None, labels: Labels, headline: OverallScore) -> Change | Unavailable:
    """Headline score and dimensions in both waves with their differences, current − previous.

    The p-values of the dimensions are adjusted by Holm; the headline's is not.
    """
    if previous is None:
        return Unavailable(reason=Message("No previous wave was given."))
    pairs = _pairs(current.scored.answers.respondent_ids, previous.scored.answers.respondent_ids)
    better = current.scored.answers.instrument.scale_of(labels.headline_battery).better
    now, before = (headline_of_group(wave.scored, wave.estimator) for wave in (current, previous))
    overall = _row("overall", headline.label, now, before, pairs)
    dimensions = [
        _row(
            dimension,
            labels.dimension(dimension),
            _dimension(current, dimension),
            _dimension(previous, dimension),
            pairs,
        )
        for dimension in current.scored.headline.dimensions
        if dimension in previous.scored.headline.dimensions
    ]
    return Change(
        previous_source=previous.scored.answers.source,
        n_previous=previous.scored.answers.n_respondents,
        paired=pairs is not None,
        rows=(
            replace(overall, reading=read_change(overall.difference, better=headline.better)),
            *(replace(row, reading=read_change(row.difference, better=better)) for row in _with_holm(dimensions)),
        ),
        reading=_reading(overall.difference, better_is_high=headline.better == "high"),
    )


def _row(row_id: str, label: str, now: ScoreOfGroup, before: ScoreOfGroup, pairs: Pairs | None) -> ChangeRow:
    return ChangeRow(
        id=row_id,
        label=label,
        previous=before.estimate(),
        current=now.estimate(),
        difference=now.difference(before) if pairs is None else _paired(now, before, pairs),
    )


def _pairs(current: NDArray[np.object_] | None, previous: NDArray[np.object_] | None) -> Pairs | None:
    """Row positions of the respondents present in both waves, or None when respondents cannot be followed."""
    if current is None or previous is None:
        return None
    ids, one, two = np.intersect1d(current.astype(str), previous.astype(str), return_indices=True)
    named = ids != ""
    return one[named], two[named]


def _paired(now: ScoreOfGroup, before: ScoreOfGroup, pairs: Pairs) -> Comparison | Unavailable:
    one, two = pairs
    if one.size < now.estimator.minimum_group_size:
        return Unavailable(
            reason=Message(
                "Fewer than {minimum} respondents answered in both waves, so the change is not shown.",
                minimum=now.estimator.minimum_group_size,
            )
        )
    return now.estimator.among(one).test_of_zero(now.contributions[one] - before.contributions[two])


def _dimension(wave: Wave, dimension: str) -> MeanScoreOfGroup:
    block = wave.scored.headline
    return MeanScoreOfGroup(block.dimension_scores[:, block.dimensions.index(dimension)], wave.estimator)


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
