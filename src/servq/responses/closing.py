"""Closing a survey for respondents: no more answers, and nothing kept that only a running survey needs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.invitations.outbox_queries import stop_survey
from servq.responses import queries
from servq.responses.belongings import belongings_set_aside
from servq.surveys.models import Survey
from servq.surveys.queries import list_overdue
from servq.surveys.service import close_to_answers


async def close_survey(session: AsyncSession, survey_id: int, *, now: datetime) -> Survey:
    """Close a survey; nobody is reminded of it any more.

    An anonymous one then keeps neither the keys of partial answers nor any trace of their order.

    Raises `SurveyUnknown` or `SurveyNotLaunched`.
    """
    survey = await close_to_answers(session, survey_id, now=now)
    await stop_survey(session, survey_id)
    if survey.anonymous:
        await queries.blank_keys(session, survey_id)
        async with belongings_set_aside(session, survey_id):
            await queries.shuffle_rows(session, survey_id)
    return survey


async def close_overdue_surveys(session: AsyncSession, *, now: datetime) -> int:
    """Close the surveys whose closing time has come, and return how many there were."""
    overdue = await list_overdue(session, now=now)
    for survey_id in overdue:
        await close_survey(session, survey_id, now=now)
    return len(overdue)
