"""What moved since the previous wave: Welch between independent samples, pairs where respondents are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from servq.analysis.change_findings import Change, ChangeRow
from servq.analysis.compared import Compared, MeanScoreOfGroup, ScoreOfGroup, make_compared
from servq.analysis.estimating import Estimator, adjust_family
from servq.analysis.findings import OverallScore, Unavailable
from servq.analysis.labels import Labels
from servq.analysis.readings import SLIGHT_D, direction_of, read_change
from servq.analysis.unchanged import in_common
from servq.messages import Message
from servq.scoring import ScoredTable, score
from servq.statistics import Comparison, Estimate

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Wave:
    """One wave as it is compared: its scores, and the estimator with its survey weights."""

    scored: ScoredTable
    estimator: Estimator


@dataclass(frozen=True)
class _Compared:
    scores: Compared
    estimator: Estimator


def make_change(
    current: Wave, previous: Wave | None, labels: Labels, headline: OverallScore | None
) -> Change | Unavailable:
    """Headline score and dimensions in both waves with their differences, current − previous.

    The p-values of the dimensions are adjusted by Holm; the headline's is not. Where the instrument was changed in
    between, both waves are scored again over the items that were not.
    """
    if previous is None:
        return Unavailable(reason=Message("No previous wave was given."))
    if headline is None:
        return Unavailable(reason=Message("Classes of items have no mean that waves could be compared on."))
    common = in_common(current.scored.answers, previous.scored.answers)
    if isinstance(common, Unavailable):
        return common
    whole = common.items is None and common.n_changed == 0
    now, before = (
        _compared(wave if whole else Wave(score(answers), wave.estimator), labels)
        for wave, answers in ((current, common.current), (previous, common.previous))
    )
    if isinstance(now, Unavailable):
        return now
    if isinstance(before, Unavailable):
        return before
    pairs = _pairs(current.scored.answers.respondent_ids, previous.scored.answers.respondent_ids)
    spreads = {"overall": _spread(now.scores.overall.contributions)} | {
        dimension: _spread(values) for dimension, values in now.scores.dimensions.items()
    }
    overall = _row("overall", headline.label, now.scores.overall, before.scores.overall, pairs)
    dimensions = [
        _row(dimension, labels.dimension(dimension), _dimension(now, dimension), _dimension(before, dimension), pairs)
        for dimension in now.scores.dimensions
        if dimension in before.scores.dimensions
    ]
    better = headline.better
    return Change(
        unchanged_items=common.items,
        n_changed=common.n_changed,
        previous_source=previous.scored.answers.source,
        n_previous=previous.scored.answers.n_respondents,
        paired=pairs is not None,
        rows=(
            *(
                replace(row, reading=read_change(row.difference, better=better, spread=spreads[row.id]))
                for row in (overall, *_with_holm(dimensions))
            ),
        ),
        reading=_reading(overall.difference, better_is_high=better == "high", spread=spreads["overall"]),
    )


def _compared(wave: Wave, labels: Labels) -> _Compared | Unavailable:
    scores = make_compared(wave.scored, wave.estimator, replace(labels, instrument=wave.scored.answers.instrument))
    return scores if isinstance(scores, Unavailable) else _Compared(scores, wave.estimator)


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


def _dimension(wave: _Compared, dimension: str) -> MeanScoreOfGroup:
    return MeanScoreOfGroup(wave.scores.dimensions[dimension], wave.estimator)


def _with_holm(rows: Sequence[ChangeRow]) -> list[ChangeRow]:
    differences = adjust_family([row.difference for row in rows])
    return [replace(row, difference=one) for row, one in zip(rows, differences, strict=True)]


def _spread(contributions: NDArray[np.float64]) -> float:
    present = contributions[np.isfinite(contributions)]
    return float(present.std(ddof=1)) if present.size > 1 else 0.0


def _reading(difference: Estimate | Unavailable, *, better_is_high: bool, spread: float) -> Message:
    if isinstance(difference, Unavailable):
        return difference.reason
    direction = direction_of(difference)
    if direction == "open":
        return Message("Overall, nothing has changed that can be told from chance.")
    is_better = (direction == "above") == better_is_high
    if abs(difference.value) < SLIGHT_D * spread:
        if is_better:
            return Message("Overall, the service is rated slightly better than in the previous wave.")
        return Message("Overall, the service is rated slightly worse than in the previous wave.")
    if is_better:
        return Message("Overall, the service is rated better than in the previous wave.")
    return Message("Overall, the service is rated worse than in the previous wave.")
