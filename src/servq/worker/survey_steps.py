"""What was planned for surveys, done on its day: launches, and waves that open."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.drafts.service import find_instrument
from servq.errors import ServqError
from servq.responses.setting_up import launch
from servq.surveys import setup_queries
from servq.surveys.models import StepKind
from servq.surveys.service import get_survey, open_wave
from servq.worker.running import Job, Workplace

_log = logging.getLogger(__name__)


def survey_step_jobs() -> tuple[Job, ...]:
    """Return the job that does what was planned for surveys."""
    return (Job("survey plans", _do_due_steps, every_s=20),)


async def _do_due_steps(place: Workplace) -> Callable[[], Awaitable[object]]:
    async def work() -> None:
        now = place.now()
        async with place.sessions() as session:
            due = await setup_queries.list_due_steps(session, now=now)
        for step_id, survey_id in due:
            try:
                async with place.sessions.begin() as session:
                    await do_step(session, step_id, survey_id, now=now)
            except ServqError as error:
                _log.warning("What was planned for survey %d could not be done: %s", survey_id, error)
                async with place.sessions.begin() as session:
                    await setup_queries.note_problem(session, step_id, str(error), now=now)
            if place.stopping.is_set():
                return

    return work


async def do_step(session: AsyncSession, step_id: int, survey_id: int, *, now: datetime) -> None:
    """Do one step unless another worker did; raises what launching or opening a wave raises."""
    taken = await setup_queries.take_step(session, step_id, now=now)
    if taken is None:
        return
    kind, name = taken
    if kind is StepKind.LAUNCH:
        survey = await get_survey(session, survey_id)
        await launch(session, survey_id, await find_instrument(session, survey.instrument_id), now=now)
        await record(session, None, AuditAction.LAUNCHED, kind="survey", target=str(survey_id), now=now)
        return
    wave = await open_wave(session, survey_id, name=name or None, now=now)
    detail = {"wave": str(wave.number)}
    await record(session, None, AuditAction.CHANGED, kind="survey", target=str(survey_id), detail=detail, now=now)
