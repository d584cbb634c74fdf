"""What is planned for a survey: the day on which it is launched, and those on which its waves open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RecordUnknown, RequestInvalid, SurveyClosed, SurveyLaunched
from servq.messages import Message
from servq.surveys import setup_queries
from servq.surveys.models import StepKind, Survey, SurveyStatus, SurveyStep
from servq.surveys.names import name_problems
from servq.surveys.service import LONGEST_SITE, get_survey, is_ahead

MOST_STEPS = 60


async def list_steps(session: AsyncSession, survey_id: int) -> Sequence[SurveyStep]:
    """Return what is and was planned, by its day; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    return await setup_queries.list_steps(session, survey_id)


async def plan_launch(session: AsyncSession, survey_id: int, due_at: datetime, *, now: datetime) -> SurveyStep:
    """Let a worker launch a draft as it is set up then; an earlier plan is replaced.

    Raises `SurveyUnknown`, `SurveyLaunched` or `RequestInvalid`.
    """
    survey = await get_survey(session, survey_id)
    if survey.status is not SurveyStatus.DRAFT:
        raise SurveyLaunched(f"Survey {survey_id} is launched already.")
    _ensure_possible(survey, due_at, column="opens_at", now=now)
    await setup_queries.delete_open_steps(session, survey_id, StepKind.LAUNCH)
    return await _add(session, survey_id, StepKind.LAUNCH, "", due_at)


async def plan_wave(session: AsyncSession, survey_id: int, due_at: datetime, name: str, *, now: datetime) -> SurveyStep:
    """Let a worker open another wave; its number is its name where there is no other.

    Raises `SurveyUnknown`, `SurveyClosed` or `RequestInvalid`.
    """
    survey = await get_survey(session, survey_id)
    if survey.status is SurveyStatus.CLOSED:
        raise SurveyClosed(f"Survey {survey_id} was closed. Create a new survey for another wave.")
    _ensure_possible(survey, due_at, column="wave_at", now=now)
    problems = name_problems("name of the wave", name, column="wave_name", longest=LONGEST_SITE) if name else []
    if len(await setup_queries.list_steps(session, survey_id)) >= MOST_STEPS:
        fix = Message("Remove some of them first.")
        problems.append(Problem(Message("There are {most} plans.", most=MOST_STEPS), fix, column="wave_at"))
    if problems:
        raise RequestInvalid(problems)
    return await _add(session, survey_id, StepKind.WAVE, name, due_at)


async def remove_step(session: AsyncSession, survey_id: int, step_id: int) -> None:
    """Forget what was planned, or what became of it; raises `RecordUnknown`."""
    step = await setup_queries.find_step(session, survey_id, step_id)
    if step is None:
        raise RecordUnknown(f"Survey {survey_id} has no plan {step_id}.")
    await session.delete(step)
    await session.flush()


def _ensure_possible(survey: Survey, due_at: datetime, *, column: str, now: datetime) -> None:
    if not is_ahead(due_at, now=now):
        fix = Message("Choose a later one.")
        raise RequestInvalid(Problem(Message("This time is past, or far beyond what is kept."), fix, column=column))
    if survey.closes_at is not None and due_at >= survey.closes_at:
        fix = Message("Choose an earlier time, or let the survey close later.")
        raise RequestInvalid(Problem(Message("The survey closes before that."), fix, column=column))


async def _add(session: AsyncSession, survey_id: int, kind: StepKind, name: str, due_at: datetime) -> SurveyStep:
    step = SurveyStep(survey_id=survey_id, kind=kind, name=name, due_at=due_at, done_at=None, problem="")
    session.add(step)
    await session.flush()
    return step
