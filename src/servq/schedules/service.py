"""Who gets which report when: adding and ending schedules, taking one that is due, and saying what became of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account
from servq.accounts.sessions import viewer_of
from servq.accounts.viewer import Viewer
from servq.errors import Problem, RecordUnknown, RequestInvalid, SurveyUnknown
from servq.responses.seeing import get_survey_seen
from servq.schedules import queries
from servq.schedules.calendar import (
    FIRST_DAY,
    FIRST_WEEKDAY,
    LAST_DAY,
    LAST_HOUR,
    LAST_WEEKDAY,
    next_due,
)
from servq.schedules.models import Rhythm, Schedule, ScheduledKind, StopReason
from servq.schedules.queries import ScheduleRow

LEASE = timedelta(minutes=15)
"""How long printing may take before another worker begins it anew."""

MOST_SCHEDULES = 50
"""Schedules that one person may have."""

DEFAULT_LOCALE = "en"
_LONGEST_PROBLEM = 500


class NewSchedule(Struct, frozen=True, kw_only=True):
    """What is to come when."""

    survey_id: int
    kind: ScheduledKind
    rhythm: Rhythm
    site: str | None = None
    weekday: int = 0
    day: int = 1
    hour: int = 7
    paper: str = "a4"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReport:
    """A schedule that this worker has taken, with who gets it."""

    row: ScheduleRow
    viewer: Viewer
    lease: str
    wave: int | None


async def list_schedules(session: AsyncSession, viewer: Viewer) -> Sequence[ScheduleRow]:
    """Return one's own schedules; an admin sees those of everybody."""
    return await queries.list_schedules(session, None if viewer.is_admin else viewer.account_id)


async def add_schedule(session: AsyncSession, viewer: Viewer, new: NewSchedule, *, now: datetime) -> Schedule:
    """Let a report come again and again to whoever asks for it.

    Raises
    ------
    RequestInvalid
        With every problem; the column of each names the field.
    SurveyUnknown
        There is no such survey, or it is not theirs.
    """
    survey = await get_survey_seen(session, viewer, new.survey_id)
    problems = _problems(viewer, new)
    if len(await queries.list_schedules(session, viewer.account_id)) >= MOST_SCHEDULES:
        problems.append(Problem(f"You have {MOST_SCHEDULES} schedules already.", "End one that you no longer read."))
    if problems:
        raise RequestInvalid(problems)
    is_wave = new.rhythm is Rhythm.WAVE
    schedule = Schedule(
        account_id=viewer.account_id,
        survey_id=survey.id,
        kind=new.kind,
        site=new.site if new.kind is ScheduledKind.SITE else None,
        rhythm=new.rhythm,
        weekday=new.weekday if new.rhythm is Rhythm.WEEKLY else None,
        day=new.day if new.rhythm is Rhythm.MONTHLY else None,
        hour=new.hour,
        paper=new.paper,
        created_at=now,
        next_due_at=next_due(
            new.rhythm, hour=new.hour, zone=ZoneInfo(viewer.time_zone), after=now, weekday=new.weekday, day=new.day
        ),
        wave_done=await queries.newest_closed_wave(session, survey.id, now=now) if is_wave else 0,
        leased_until=None,
        lease=None,
        sent_at=None,
        stopped=None,
        problem="",
    )
    session.add(schedule)
    await session.flush()
    return schedule


async def end_schedule(session: AsyncSession, viewer: Viewer, schedule_id: int) -> ScheduleRow:
    """Let a report come no longer and return what it was; an admin may end anybody's.

    Raises `RecordUnknown`, the same whether it exists or is another's.
    """
    row = await queries.find_row(session, schedule_id)
    if row is None or not (viewer.is_admin or row.account.id == viewer.account_id):
        raise RecordUnknown(f"There is no schedule {schedule_id}.")
    await session.delete(row.schedule)
    await session.flush()
    return row


async def take_due(session: AsyncSession, *, now: datetime) -> DueReport | None:
    """Take a schedule that is due; one whose person may not have it any more is stopped instead.

    The lease must be committed before the report is printed.
    """
    while (schedule_id := await queries.find_due(session, now=now)) is not None:
        token = secrets.token_hex(16)
        if not await queries.lease(session, schedule_id, token, until=now + LEASE, now=now):
            continue
        row = await queries.find_row(session, schedule_id)
        if row is None:
            continue
        await session.refresh(row.schedule)
        viewer = await viewer_of(session, row.account, locale=DEFAULT_LOCALE)
        reason = await _why_stopped(session, row, viewer)
        if reason is None:
            wave = None
            if row.schedule.rhythm is Rhythm.WAVE:
                wave = await queries.newest_closed_wave(session, row.survey.id, now=now)
            return DueReport(row=row, viewer=viewer, lease=token, wave=wave)
        await queries.finish(session, schedule_id, token, {"stopped": reason, "next_due_at": None})
    return None


async def finish(session: AsyncSession, due: DueReport, *, problem: str = "", now: datetime) -> bool:
    """Plan the next report, and say whether this one is still this worker's to send.

    It is sent in the same transaction, so that one that is planned is sent exactly once.
    """
    schedule = due.row.schedule
    return await queries.finish(
        session,
        schedule.id,
        due.lease,
        {
            "next_due_at": next_due(
                schedule.rhythm,
                hour=schedule.hour,
                zone=ZoneInfo(due.viewer.time_zone),
                after=now,
                weekday=schedule.weekday,
                day=schedule.day,
            ),
            "wave_done": schedule.wave_done if due.wave is None else due.wave,
            "problem": problem[:_LONGEST_PROBLEM],
            **({} if problem else {"sent_at": now}),
        },
    )


async def _why_stopped(session: AsyncSession, row: ScheduleRow, viewer: Viewer) -> StopReason | None:
    account: Account = row.account
    if account.disabled_at is not None:
        return StopReason.DISABLED
    try:
        await get_survey_seen(session, viewer, row.survey.id)
    except SurveyUnknown:
        return StopReason.SITE_LOST
    site = row.schedule.site
    return StopReason.SITE_LOST if site is not None and not viewer.sees(site) else None


def _problems(viewer: Viewer, new: NewSchedule) -> list[Problem]:
    problems = []
    if new.kind is ScheduledKind.SITE and (not new.site or not viewer.sees(new.site)):
        problems.append(Problem("A site report needs a site.", "Choose one of yours.", column="site"))
    if not FIRST_WEEKDAY <= new.weekday <= LAST_WEEKDAY:
        problems.append(Problem("There is no such day of the week.", "Choose one.", column="weekday"))
    if not FIRST_DAY <= new.day <= LAST_DAY:
        problems.append(Problem("There is no such day of the month.", "Choose 1 to 31.", column="day"))
    if not 0 <= new.hour <= LAST_HOUR:
        problems.append(Problem("There is no such hour.", "Choose 0 to 23.", column="hour"))
    if new.paper not in {"a4", "letter"}:
        problems.append(Problem("There is no such paper.", "Choose A4 or Letter.", column="paper"))
    return problems
