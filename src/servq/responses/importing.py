"""Storing many people's answers at once: simulated guests, or answers collected elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
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
from servq.surveys.service import get_survey, get_wave


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
    done = _pages_done(survey, codes)
    complete = (done & survey.required_pages) == survey.required_pages
    wave_id = (await get_wave(session, survey_id, wave)).id
    times = [survey.stored_time(time) for time in answered_at]
    answers = encode_rows(codes)
    rows = [
        {
            "id": secrets.token_bytes(16),
            "survey_id": survey_id,
            "wave_id": wave_id,
            "revision": survey.revision,
            "channel": channel,
            "administration": administration,
            "mode": survey.sitting,
            "locale": locale or survey.locale,
            "seed": 0,
            "started_at": times[row],
            "updated_at": times[row],
            "submitted_at": times[row] if complete[row] else None,
            "duration_s": 0,
            "pages_done": int(done[row]),
            "answers": answers[row],
            "texts": {},
            "attributes": dict(attributes[row]),
        }
        for row in range(len(times))
    ]
    if rows:
        await queries.insert_responses(session, rows)
    return int(complete.sum())


def _pages_done(survey: LaunchedSurvey, codes: NDArray[np.int16]) -> NDArray[np.int64]:
    """Check the codes of each page against its scale, and return the bits of the pages that were shown."""
    done = np.zeros(codes.shape[0], dtype=np.int64)
    for page in survey.pages:
        shown = codes[:, page.first : page.first + len(page.columns)]
        allowed = [*page.scale.points, Missing.SKIPPED, Missing.NOT_SHOWN]
        if page.scale.not_applicable:
            allowed.append(Missing.NOT_APPLICABLE)
        wrong = np.argwhere(~np.isin(shown, allowed))
        if wrong.size:
            row, column = wrong[0]
            raise InvalidArgument(f"Row {row}, {page.fields[column]}: {shown[row, column]} is not on the scale.")
        done |= np.where((shown != Missing.NOT_SHOWN).any(axis=1), page.bit, 0)
    if not done.all():
        raise InvalidArgument(f"Row {int(np.argmin(done))} shows nothing; a response has at least one page.")
    return done
