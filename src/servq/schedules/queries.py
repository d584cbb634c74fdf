"""The statements on scheduled reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account
from servq.schedules.models import Rhythm, Schedule
from servq.surveys.models import Survey, SurveyStatus, Wave


class ScheduleRow(NamedTuple):
    """A schedule with whose it is and what it reports."""

    schedule: Schedule
    account: Account
    survey: Survey


async def list_schedules(session: AsyncSession, account_id: int | None) -> Sequence[ScheduleRow]:
    """Return the schedules of a person, of everybody for None, by survey and age."""
    rows = await session.execute(
        select(Schedule, Account, Survey)
        .join(Account, Schedule.account_id == Account.id)
        .join(Survey, Schedule.survey_id == Survey.id)
        .where(true() if account_id is None else Schedule.account_id == account_id)
        .order_by(Survey.title, Schedule.id)
    )
    return [ScheduleRow._make(row) for row in rows]


async def find_row(session: AsyncSession, schedule_id: int) -> ScheduleRow | None:
    """Return one of them."""
    row = (
        await session.execute(
            select(Schedule, Account, Survey)
            .join(Account, Schedule.account_id == Account.id)
            .join(Survey, Schedule.survey_id == Survey.id)
            .where(Schedule.id == schedule_id)
        )
    ).one_or_none()
    return None if row is None else ScheduleRow._make(row)


async def newest_closed_wave(session: AsyncSession, survey_id: int, *, now: datetime) -> int:
    """Return the number of the newest wave that takes no more answers, 0 for none."""
    closed: int | None = await session.scalar(
        select(_newest_closed(now)).join(Survey, Wave.survey_id == Survey.id).where(Wave.survey_id == survey_id)
    )
    return closed or 0


async def find_due(session: AsyncSession, *, now: datetime) -> int | None:
    """Return the number of a schedule that is due and that nobody works on; the oldest first."""
    closed = (
        select(_newest_closed(now))
        .join(Survey, Wave.survey_id == Survey.id)
        .where(Wave.survey_id == Schedule.survey_id)
        .scalar_subquery()
    )
    is_due = or_(
        and_(Schedule.rhythm != Rhythm.WAVE, Schedule.next_due_at <= now),
        and_(Schedule.rhythm == Rhythm.WAVE, func.coalesce(closed, 0) > Schedule.wave_done),
    )
    found: int | None = await session.scalar(
        select(Schedule.id)
        .where(is_due, Schedule.stopped.is_(None), _is_free(now))
        .order_by(Schedule.next_due_at, Schedule.id)
        .limit(1)
    )
    return found


async def lease(session: AsyncSession, schedule_id: int, token: str, *, until: datetime, now: datetime) -> bool:
    """Take a schedule to work on; whether it was still free."""
    taken = await session.execute(
        update(Schedule)
        .where(Schedule.id == schedule_id, Schedule.stopped.is_(None), _is_free(now))
        .values(lease=token, leased_until=until)
        .returning(Schedule.id)
    )
    return taken.scalar_one_or_none() is not None


async def finish(session: AsyncSession, schedule_id: int, token: str, values: Mapping[str, Any]) -> bool:
    """Write down what became of a schedule and give it back; whether it was still this worker's."""
    done = await session.execute(
        update(Schedule)
        .where(Schedule.id == schedule_id, Schedule.lease == token)
        .values(lease=None, leased_until=None, **values)
        .returning(Schedule.id)
    )
    return done.scalar_one_or_none() is not None


def _is_free(now: datetime) -> Any:
    return or_(Schedule.leased_until.is_(None), Schedule.leased_until <= now)


def _newest_closed(now: datetime) -> Any:
    """Highest number of a wave, one less while the newest takes answers: opening a wave closes the last."""
    is_open = and_(Survey.status == SurveyStatus.LAUNCHED, or_(Survey.closes_at.is_(None), Survey.closes_at > now))
    return func.max(Wave.number - case((is_open, 1), else_=0))
