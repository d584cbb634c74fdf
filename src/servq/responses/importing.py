"""Storing many people's answers at once: simulated guests, or answers collected elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import InvalidArgument, SurveyClosed
from servq.responses import queries
from servq.responses.answers import encode_rows
from servq.responses.models import Administration
from servq.scoring.answers import Missing
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Channel, SurveyStatus
from servq.surveys.pages import Block, allowed_codes
from servq.surveys.service import get_survey, get_wave


@dataclass(frozen=True, kw_only=True)
class Besides:
    """What else is known of many responses: one entry each, or nothing."""

    started_at: Sequence[datetime] = ()
    seconds: Sequence[int] = ()
    locales: Sequence[str] = ()
    texts: Sequence[Mapping[str, str]] = ()
    import_id: int | None = None


async def store_answers(
    session: AsyncSession,
    survey_id: int,
    codes: NDArray[np.int16],
    *,
    answered_at: Sequence[datetime],
    attributes: Sequence[Mapping[str, str]],
    wave: int | None = None,
    locale: str | None = None,
    channel: Channel = Channel.OPEN_LINK,
    administration: Administration = Administration.SELF,
    besides: Besides | None = None,
) -> int:
    """Store one response per row and return how many of them are complete.

    Parameters
    ----------
    codes
        Shape (n_respondents, n_columns), columns as in ``instrument.columns``; `Missing` codes where there is no
        answer. A page is done if anything of it was shown; a response is complete if every required page is done.
    answered_at
        When each respondent finished; an anonymous survey stores the day.
    attributes
        What is known of each respondent, such as ``site``.
    wave
        Number of the wave, the newest when left out.
    besides
        What else is known of each respondent.

    Raises
    ------
    SurveyUnknown, SurveyNotLaunched, SurveyClosed, RequestInvalid
        The survey cannot take answers, or has no such wave.
    InvalidArgument
        Shapes differ, a code is not on its scale, or a row shows nothing.
    """
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    if (await get_survey(session, survey_id)).status is SurveyStatus.CLOSED:
        raise SurveyClosed(f"Survey {survey_id} is closed. It takes no more answers.")
    if codes.shape != (len(answered_at), survey.n_columns) or len(attributes) != len(answered_at):
        raise InvalidArgument(
            f"{len(answered_at)} respondents of {survey.n_columns} columns each were announced, and attributes for "
            f"{len(attributes)}, but the codes have the shape {codes.shape}."
        )
    done, complete = _pages_done(survey, codes)
    wave_id = (await get_wave(session, survey_id, wave)).id
    times = [survey.stored_time(time) for time in answered_at]
    answers = encode_rows(codes)
    known = besides or Besides()
    rows = [
        {
            "id": secrets.token_bytes(16),
            "survey_id": survey_id,
            "wave_id": wave_id,
            "revision": survey.revision,
            "channel": channel,
            "administration": administration,
            "mode": survey.sitting,
            "locale": (known.locales[row] if known.locales else "") or locale or survey.locale,
            "seed": 0,
            "started_at": survey.stored_time(known.started_at[row]) if known.started_at else times[row],
            "updated_at": times[row],
            "submitted_at": times[row] if complete[row] else None,
            "duration_s": known.seconds[row] if known.seconds else 0,
            "pages_done": int(done[row]),
            "answers": answers[row],
            "texts": dict(known.texts[row]) if known.texts else {},
            "attributes": dict(attributes[row]),
            "import_id": known.import_id,
        }
        for row in range(len(times))
    ]
    if rows:
        await queries.insert_responses(session, rows)
    return int(complete.sum())


def _pages_done(survey: LaunchedSurvey, codes: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Check the codes of each page; return the bits of the pages that were shown, and whether none required is missing.

    Open texts do not come this way, so pages that have nothing else count as done.
    """
    asked = survey.rules.shown(codes)
    done = np.zeros(codes.shape[0], dtype=np.int64)
    complete = np.ones(codes.shape[0], dtype=np.bool_)
    for page in survey.pages:
        for block in page.blocks:
            _check_codes(block, codes)
        shown = (codes[:, page.first : page.end] != Missing.NOT_SHOWN).any(axis=1)
        done |= np.where(shown | (not page.blocks), page.bit, 0)
        needed = [range(block.first, block.first + len(block.columns)) for block in page.blocks if block.required]
        if needed:
            complete &= shown | ~asked[:, [position for positions in needed for position in positions]].any(axis=1)
    shows_nothing = (codes == Missing.NOT_SHOWN).all(axis=1)
    if shows_nothing.any():
        raise InvalidArgument(f"Row {int(np.argmax(shows_nothing))} shows nothing; a response has at least one page.")
    return done, complete


def _check_codes(block: Block, codes: NDArray[np.int16]) -> None:
    for position, name in enumerate(block.fields):
        given = codes[:, block.first + position]
        wrong = np.flatnonzero(~np.isin(given, list(allowed_codes(block, position))))
        if wrong.size:
            raise InvalidArgument(f"Row {wrong[0]}, {name}: {given[wrong[0]]} is not on the scale.")
