"""Which responses show signs of careless answering: looked for in all answers of a survey, kept beside each response.

The signs are those that the report counts, of `servq.statistics.answer_quality`, with missing answers and exact
repetitions besides. Nobody is left out for them; a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import InvalidArgument, NotEstimable
from servq.instruments.model import Instrument, RatingBattery
from servq.responses.answers import decode
from servq.responses.models import Response, ResponseQuality, SurveyQuality
from servq.scoring import AnswerTable, Missing, headline_battery
from servq.scoring.routing import SkipRules
from servq.scoring.scores import keyed_values
from servq.statistics import answer_quality
from servq.statistics.answer_quality_flags import QualityCutoffs
from servq.surveys.launched import get_launched

LEAST_ITEMS = 6
"""Rated items below which a run of equal answers is no sign of anything."""

MISSING_FROM = 0.5
"""Share of the items asked from which on many are missing: the usual missing-data rule scores nothing then."""

LEAST_REPEATED = 10
"""Answers that two responses must share, all of them, to be called a repetition: fewer coincide by chance."""

_AT_ONCE = 2_000


class Flag(IntFlag):
    """Signs, one bit each, as stored."""

    SAME_ANSWERS = 1
    TOO_FAST = 2
    MANY_MISSING = 4
    UNUSUAL = 8
    INCONSISTENT = 16
    REPEATED = 32


_INDICES: Mapping[Flag, tuple[str, ...]] = {
    Flag.SAME_ANSWERS: ("longstring", "intra_individual_variability"),
    Flag.UNUSUAL: ("mahalanobis",),
    Flag.INCONSISTENT: ("even_odd_consistency", "psychometric_synonyms", "guttman_errors"),
}
"""Indices of answer quality behind each sign: several that measure the same thing count as one."""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What was seen in each response, shape (n_respondents,) each; `seconds_per_item` is NaN where no time is known."""

    flags: NDArray[np.int64]
    missing_share: NDArray[np.float64]
    longest_run: NDArray[np.int64]
    seconds_per_item: NDArray[np.float64]

    @property
    def n_signs(self) -> NDArray[np.int64]:
        """Signs per response."""
        return np.array([int(flags).bit_count() for flags in range(2 * max(Flag))], dtype=np.int64)[self.flags]


def look_through(instrument: Instrument, codes: NDArray[np.int16], seconds: NDArray[np.float64]) -> Quality:
    """Look for signs of careless answering.

    Parameters
    ----------
    codes
        Stored answers, shape (n_respondents, n_columns).
    seconds
        Time spent on them, shape (n_respondents,), NaN where it is not known.
    """
    batteries = instrument.definition.batteries
    rated = [i for i, column in enumerate(instrument.columns) if isinstance(batteries[column.battery], RatingBattery)]
    asked = SkipRules.of(instrument).shown(codes)[:, rated]
    answered = (codes[:, rated] >= 0) & asked
    given_a_reason = (codes[:, rated] == Missing.NOT_APPLICABLE) & asked
    n_asked, n_answered = asked.sum(axis=1), answered.sum(axis=1)
    missing = 1 - (answered | given_a_reason).sum(axis=1) / np.maximum(n_asked, 1)
    pace = seconds / np.maximum(n_answered, 1)
    flags = np.zeros(len(codes), dtype=np.int64)
    flags[missing >= MISSING_FROM] |= Flag.MANY_MISSING
    flags[(n_answered > 0) & (pace < QualityCutoffs().seconds_per_item)] |= Flag.TOO_FAST
    flags[_repeated(codes, answered)] |= Flag.REPEATED
    runs = np.zeros(len(codes), dtype=np.int64)
    battery = headline_battery(instrument.definition.scores[0])
    if (
        isinstance(batteries[battery], RatingBattery)
        and len(instrument.asked_in(battery)) >= LEAST_ITEMS
        and len(codes)
    ):
        runs = _patterns(AnswerTable(instrument=instrument, codes=codes), battery, flags)
    return Quality(flags=flags, missing_share=missing, longest_run=runs, seconds_per_item=pace)


def _patterns(answers: AnswerTable, battery: str, flags: NDArray[np.int64]) -> NDArray[np.int64]:
    """Set the signs that lie in the pattern of the answers to the headline battery; return the longest runs."""
    try:
        quality = answer_quality(answers.values(battery), scored_items=keyed_values(answers, battery))
    except (NotEstimable, InvalidArgument):
        return np.zeros(len(flags), dtype=np.int64)
    for flag, indices in _INDICES.items():
        for index in indices:
            if index in quality.flags:
                flags[quality.flags[index]] |= flag
    return np.nan_to_num(quality.indices["longstring"]).astype(np.int64)


def _repeated(codes: NDArray[np.int16], answered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether another response has exactly the same answers, where those are many and not all alike."""
    repeated = np.zeros(len(codes), dtype=np.bool_)
    many = np.flatnonzero(answered.sum(axis=1) >= LEAST_REPEATED)
    if not many.size:
        return repeated
    rows = np.ascontiguousarray(codes[many]).view(np.dtype((np.void, codes.shape[1] * codes.itemsize))).ravel()
    _, inverse, n = np.unique(rows, return_inverse=True, return_counts=True)
    repeated[many] = n[inverse] > 1
    return repeated


async def find_check(session: AsyncSession, survey_id: int) -> SurveyQuality | None:
    """Return when the answers of a survey were last looked through, or None."""
    return await session.get(SurveyQuality, survey_id, populate_existing=True)


async def stamp_of(session: AsyncSession, survey_id: int) -> str:
    """Return what changes whenever a response is stored, changed or erased."""
    found = select(
        func.count(), func.count(Response.submitted_at), func.max(Response.updated_at), func.sum(Response.pages_done)
    ).where(Response.survey_id == survey_id, Response.trial.is_(False))
    return sha256(repr(tuple((await session.execute(found)).one())).encode()).hexdigest()


async def check_quality(sessions: async_sessionmaker[AsyncSession], survey_id: int, *, now: datetime) -> int:
    """Look through all answers of a survey and store what is seen; return how many there are.

    Excluded responses are looked at too: that they are out is no reason not to see why. The signs are stored in parts,
    so that nobody who is answering waits.
    """
    async with sessions() as session:
        survey = await (await session.connection()).run_sync(get_launched, survey_id)
        stamp = await stamp_of(session, survey_id)
        found = await session.execute(
            select(Response.id, Response.answers, Response.duration_s)
            .where(Response.survey_id == survey_id, Response.trial.is_(False))
            .order_by(Response.id)
        )
        rows = found.all()
    seconds = np.array([row.duration_s or np.nan for row in rows], dtype=np.float64)
    codes = survey.rules.apply(decode([row.answers for row in rows], survey.n_columns))
    quality = look_through(survey.instrument, codes, seconds)
    n_signs = quality.n_signs
    for first in range(0, len(rows), _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, len(rows)))
        values = [
            {
                "response_id": rows[i].id,
                "survey_id": survey_id,
                "flags": int(quality.flags[i]),
                "n_signs": int(n_signs[i]),
                "missing_share": float(quality.missing_share[i]),
                "longest_run": int(quality.longest_run[i]),
                "seconds_per_item": _known(quality.seconds_per_item[i]),
            }
            for i in some
        ]
        async with sessions.begin() as session:
            ids = [each["response_id"] for each in values]
            there = set(await session.scalars(select(Response.id).where(Response.id.in_(ids))))
            await session.execute(delete(ResponseQuality).where(ResponseQuality.response_id.in_(ids)))
            kept = [each for each in values if each["response_id"] in there]
            if kept:
                await session.execute(insert(ResponseQuality), kept)
    async with sessions.begin() as session:
        await session.execute(delete(SurveyQuality).where(SurveyQuality.survey_id == survey_id))
        session.add(SurveyQuality(survey_id=survey_id, stamp=stamp, n_checked=len(rows), checked_at=now))
    return len(rows)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
