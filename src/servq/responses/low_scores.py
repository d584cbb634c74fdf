"""Scores of one response, and the rules that say from where on one is a warning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.instruments.model import GapScore, Instrument, MeanScore
from servq.instruments.score_kinds import EffortScore, NetPromoterScore, TopBoxScore
from servq.responses import low_score_queries as queries
from servq.responses.models import LowScoreRule
from servq.scoring import AnswerTable, score
from servq.surveys.launched import get_tried

_OF_ONE_RESPONSE = (GapScore, MeanScore, NetPromoterScore, TopBoxScore, EffortScore)


def watchable_scores(instrument: Instrument) -> tuple[str, ...]:
    """Ids of the scores that a single response has by itself."""
    return tuple(each.id for each in instrument.definition.scores if isinstance(each, _OF_ONE_RESPONSE))


def respondent_scores(instrument: Instrument, codes: NDArray[np.int16]) -> dict[str, float]:
    """Return the scores that one response has by its instrument's own rules; one that is missing is left out.

    A score of one item is the point chosen; a gap or a mean is the respondent's overall.

    Parameters
    ----------
    codes
        Its stored answers, shape (1, n_columns).
    """
    scored = score(AnswerTable(instrument=instrument, codes=codes))
    found: dict[str, float] = {}
    for each in instrument.definition.scores:
        if isinstance(each, GapScore):
            value = float("nan") if scored.gap is None else scored.gap.overall[0]
        elif isinstance(each, MeanScore):
            value = scored.ratings[each.battery].overall[0]
        elif isinstance(each, NetPromoterScore | TopBoxScore | EffortScore):
            block = scored.ratings[each.battery]
            value = block.values[0, block.items.index(each.item)]
        else:
            continue
        if isfinite(value):
            found[each.id] = float(value)
    return found


async def set_low_score(
    session: AsyncSession, survey_id: int, score_id: str, at_most: float, *, now: datetime
) -> LowScoreRule:
    """Warn of responses whose score is at most `at_most`.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid`.
    """
    survey = await (await session.connection()).run_sync(get_tried, survey_id)
    problems = []
    offered = watchable_scores(survey.instrument)
    if survey.anonymous:
        problems.append(
            Problem(
                f"Survey {survey_id} is anonymous, and a warning would say when somebody answered.",
                "Watch a survey that is not.",
            )
        )
    if score_id not in offered:
        fix = f"Use one of: {', '.join(offered)}." if offered else "Its scores need more than one response."
        problems.append(
            Problem(f'{survey.instrument.id} has no score "{score_id[:60]}" of one response.', fix, column="score")
        )
    if not isfinite(at_most):
        problems.append(Problem("The threshold is no number.", "Give a number, such as 6.", column="at_most"))
    if problems:
        raise RequestInvalid(problems)
    return await queries.put_rule(session, survey_id, score_id, at_most, now=now)


async def list_low_scores(session: AsyncSession, survey_id: int) -> Sequence[LowScoreRule]:
    """Return the low-score rules of a survey."""
    return await queries.find_rules(session, survey_id)


async def remove_low_score(session: AsyncSession, survey_id: int, score_id: str) -> None:
    """Warn of this score no more; raises `RecordUnknown`."""
    if not await queries.delete_rule(session, survey_id, score_id):
        raise RecordUnknown(f'Survey {survey_id} has no low-score rule for "{score_id[:60]}".')
