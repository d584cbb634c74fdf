"""Earlier waves of a survey, brought down to what all of them asked alike, as a trend needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath

from servq.analysis.absence import Unavailable
from servq.analysis.compared import Compared, make_compared
from servq.analysis.estimating import Estimator
from servq.analysis.labels import Labels
from servq.analysis.segment_findings import OVERALL, SITE
from servq.analysis.trend_findings import Trend
from servq.analysis.trends import WavePoint, make_trend, wave_point
from servq.analysis.unchanged import in_common, restricted
from servq.instruments.model import TopBoxScore
from servq.messages import Message
from servq.scoring import AnswerTable, ScoredTable, score

MOST_WAVES = 24
"""Two years of months: what lies further back is another story, and each wave has to be read."""


def make_history(
    scored: ScoredTable,
    compared: Compared | Unavailable,
    earlier: Sequence[AnswerTable],
    labels: Labels,
    estimator_of: Callable[[AnswerTable], Estimator],
    *,
    better: str = "high",
) -> Trend | Unavailable:
    """The trend over the earlier waves and this one.

    Parameters
    ----------
    scored, compared
        This wave.
    earlier
        Waves before it, oldest first.
    estimator_of
        The estimator with the survey weights of a wave.
    better
        Which end of the headline is the good one.
    """
    if not earlier:
        return Unavailable(reason=Message("No earlier waves were given."))
    if isinstance(compared, Unavailable):
        return compared
    current = scored.answers
    tables, items, n_changed = _in_common(current, earlier[-MOST_WAVES + 1 :])
    points = []
    for table in tables:
        made = compared if table is current else _compared(table, estimator_of(table), labels)
        if not isinstance(made, Unavailable):
            points.append(_point(table, made, estimator_of(table)))
    trend = make_trend(
        points,
        better=better,
        labels={OVERALL: Message("Overall"), **{id_: labels.dimension(id_) for id_ in compared.dimensions}},
        shares=_shares(current),
        confidence_level=estimator_of(current).confidence_level,
    )
    if isinstance(trend, Unavailable):
        return trend
    return replace(trend, unchanged_items=items, n_changed=n_changed, n_left_out=len(earlier) + 1 - len(points))


def wave_name(answers: AnswerTable) -> str:
    """What a wave is called: its own name, else the name of the file without its ending."""
    return answers.wave or PurePath(answers.source).stem


def _in_common(
    current: AnswerTable, earlier: Sequence[AnswerTable]
) -> tuple[list[AnswerTable], tuple[str, ...] | None, int]:
    """All waves on the items that none of them changed, from the newest back until nothing would be left."""
    kept: list[AnswerTable] = []
    items: tuple[str, ...] | None = None
    n_asked = 0
    for table in reversed(earlier):
        common = in_common(current, table)
        if isinstance(common, Unavailable):
            break
        same = common.items if items is None else items
        if items is not None and common.items is not None:
            same = tuple(item for item in items if item in common.items)
            if not same:
                break
        items = same
        if common.items is not None:
            n_asked = len(common.items) + common.n_changed
        kept.append(table)
    tables = [*reversed(kept), current]
    if items is None:
        return tables, None, 0
    return [restricted(table, frozenset(items)) for table in tables], items, n_asked - len(items)


def _compared(table: AnswerTable, estimator: Estimator, labels: Labels) -> Compared | Unavailable:
    return make_compared(score(table), estimator, replace(labels, instrument=table.instrument))


def _point(table: AnswerTable, compared: Compared, estimator: Estimator) -> WavePoint:
    return wave_point(
        wave_name(table),
        {OVERALL: compared.overall.contributions, **compared.dimensions},
        estimator,
        sites=table.attributes.get(SITE),
    )


def _shares(answers: AnswerTable) -> frozenset[str]:
    first = answers.instrument.definition.scores[0]
    return frozenset({OVERALL}) if isinstance(first, TopBoxScore) else frozenset()
