"""Who answered, and what was left out for which reason."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from servq.analysis.compared import Compared
from servq.analysis.findings import Unavailable
from servq.analysis.labels import Labels
from servq.analysis.response_findings import ItemMissing, MissingCount, Responses, Weighting
from servq.instruments.model import ChecklistScore, KanoScore, RatingBattery
from servq.messages import Message
from servq.scoring import AnswerTable, Missing, ScoredTable
from servq.scoring.routing import shown
from servq.statistics import design_effect, effective_sample_size

MOST_MISSING_SHOWN = 5


def make_responses(scored: ScoredTable, labels: Labels, compared: Compared | Unavailable) -> Responses:
    """Counts of respondents and of missing answers, per battery and for the items left out most."""
    answers = scored.answers
    batteries = answers.instrument.definition.batteries
    counts, items = [], []
    for battery_id in batteries:
        positions = [i for i, column in enumerate(answers.columns) if column.battery == battery_id]
        codes = answers.codes[:, positions]
        not_shown = int((codes == Missing.NOT_SHOWN).sum())
        counts.append(
            MissingCount(
                battery=battery_id,
                n_asked=codes.size - not_shown,
                n_answered=int((codes >= 0).sum()),
                n_skipped=int((codes == Missing.SKIPPED).sum()),
                n_not_applicable=int((codes == Missing.NOT_APPLICABLE).sum()),
                n_not_shown=not_shown,
            )
        )
        for column, n_missing, n_asked in zip(
            (answers.columns[i] for i in positions),
            ((codes < 0) & (codes != Missing.NOT_SHOWN)).sum(axis=0),
            (codes != Missing.NOT_SHOWN).sum(axis=0),
            strict=True,
        ):
            if n_missing:
                items.append(
                    ItemMissing(
                        battery=battery_id,
                        item=column.item,
                        label=labels.item(column.item, battery_id),
                        n_missing=int(n_missing),
                        share_missing=float(n_missing / n_asked),
                    )
                )
    n_complete = int(_is_complete(scored).sum())
    n_scored = _n_scored(scored, compared)
    return Responses(
        n_respondents=answers.n_respondents,
        n_empty=answers.n_empty,
        n_complete=n_complete,
        n_partial=answers.n_partial,
        n_scored=n_scored,
        n_read_as_blank=answers.n_read_as_blank,
        excluded=dict(answers.excluded),
        batteries=tuple(counts),
        most_missing=tuple(sorted(items, key=lambda item: -item.share_missing)[:MOST_MISSING_SHOWN]),
        weighting=_weighting(answers.survey_weights),
        reading=_reading(answers, n_complete, n_scored),
    )


def _reading(answers: AnswerTable, n_complete: int, n_scored: int) -> Message:
    people = Message(
        "{n} assessments; {complete} left nothing out; {scored} have an overall score."
        if isinstance(answers.instrument.definition.scores[0], ChecklistScore)
        else "{n} people answered; {complete} left nothing out; {scored} have an overall score.",
        n=answers.n_respondents,
        complete=n_complete,
        scored=n_scored,
    )
    if answers.n_contradictory:
        people = Message(
            "{people} Answers to items that, by the skip rules, were not asked are left out: {contradictory}.",
            people=people,
            contradictory=answers.n_contradictory,
        )
    if answers.n_read_as_blank:
        people = Message(
            "{people} {n} cells such as “n/a” were read as left blank, not as “not applicable”.",
            people=people,
            n=answers.n_read_as_blank,
        )
    if answers.excluded:
        people = Message(
            "{people} Left out by hand, and in no number of this report: {n} ({reasons}).",
            people=people,
            n=sum(answers.excluded.values()),
            reasons="; ".join(f"{reason}: {n}" for reason, n in answers.excluded.items()),
        )
    return people


def _is_complete(scored: ScoredTable) -> NDArray[np.bool_]:
    """Whether a respondent answered every rating that the skip rules ask of them, shape (n_respondents,)."""
    answers = scored.answers
    batteries = answers.instrument.definition.batteries
    rated = [i for i, c in enumerate(answers.columns) if isinstance(batteries[c.battery], RatingBattery)]
    asked = shown(answers.instrument, answers.codes)[:, rated]
    return np.asarray(((answers.codes[:, rated] >= 0) | ~asked).all(axis=1), dtype=np.bool_)


def _n_scored(scored: ScoredTable, compared: Compared | Unavailable) -> int:
    """Respondents with the headline score; with a pair of answers to any attribute where that is a class."""
    first = scored.answers.instrument.definition.scores[0]
    if isinstance(first, KanoScore):
        pairs = scored.ratings[first.functional].values, scored.ratings[first.dysfunctional].values
        return int((np.isfinite(pairs[0]).any(axis=1) & np.isfinite(pairs[1]).any(axis=1)).sum())
    if isinstance(compared, Unavailable):
        return 0
    return int(np.isfinite(compared.overall.contributions).sum())


def _weighting(weights: NDArray[np.float64] | None) -> Weighting | None:
    if weights is None:
        return None
    effect, effective = design_effect(weights).value, effective_sample_size(weights).value
    return Weighting(
        design_effect=effect,
        effective_n=effective,
        reading=Message(
            "Means are weighted; the {n} respondents say as much as {effective:.0f} of equal weight would "
            "(design effect {effect:.2f}). Reliability is computed without weights.",
            n=len(weights),
            effective=effective,
            effect=effect,
        ),
    )
