"""Changing and launching a survey that somebody may be trying out: trial answers never outlive their questions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.instruments.model import Instrument
from servq.responses.trials import delete_trials
from servq.surveys import setup, setup_queries
from servq.surveys.models import StepKind, Survey
from servq.surveys.own_questions import OwnQuestions
from servq.surveys.service import NewSurvey, launch_survey


async def change_basics(
    session: AsyncSession, survey_id: int, new: NewSurvey, base: Instrument, *, version: int, by: str, now: datetime
) -> Survey:
    """Change what a researcher decides about a draft; raises what `setup.change_basics` raises."""
    survey = await setup.change_basics(session, survey_id, new, base, version=version, by=by, now=now)
    await delete_trials(session, survey_id)
    return survey


async def change_questions(
    session: AsyncSession, survey_id: int, own: OwnQuestions, base: Instrument, *, version: int, by: str, now: datetime
) -> None:
    """Change how a draft differs from its instrument; raises what `setup.change_questions` raises."""
    await setup.change_questions(session, survey_id, own, base, version=version, by=by, now=now)
    await delete_trials(session, survey_id)


async def prepare_trial(session: AsyncSession, survey_id: int, base: Instrument, *, by: str, now: datetime) -> None:
    """Put a draft together so that it can be tried out; raises `RequestInvalid` if its questions break a rule."""
    if await setup.refresh(session, survey_id, base, by=by, now=now):
        await delete_trials(session, survey_id)


async def launch(session: AsyncSession, survey_id: int, base: Instrument, *, now: datetime) -> Survey:
    """Freeze a draft as it is set up and open it; its trial answers are deleted.

    Parameters
    ----------
    base
        The instrument that the survey uses, as it is now.

    Raises
    ------
    RequestInvalid
        Its questions break a rule.
    SurveyUnknown, SurveyLaunched, SurveyClosed
        It is no draft.
    """
    instrument = await setup.put_together(session, survey_id, base)
    survey = await launch_survey(session, survey_id, instrument, now=now)
    await delete_trials(session, survey_id)
    await setup_queries.delete_open_steps(session, survey_id, StepKind.LAUNCH)
    return survey
