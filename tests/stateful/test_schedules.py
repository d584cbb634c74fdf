"""Reports by mail: due by the reader's clock, taken by one worker, sent once, ended with the right to read.

1. The calendar, with changes of the clocks.
2. Taking, finishing and ending schedules, on both databases.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Account, Role
from servq.accounts.service import add_account
from servq.accounts.sessions import viewer_of
from servq.accounts.viewer import Viewer
from servq.errors import RecordUnknown, RequestInvalid, SurveyUnknown
from servq.mail.models import StaffMail
from servq.report_style.models import StoredStyle
from servq.report_style.service import NewStyle, get_style, save_style
from servq.schedules import queries, service
from servq.schedules.calendar import next_due
from servq.schedules.models import Rhythm, Schedule, ScheduledKind, StopReason
from servq.schedules.service import NewSchedule
from servq.surveys.service import open_wave
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = NewSchedule(survey_id=1, kind=ScheduledKind.FULL, rhythm=Rhythm.WEEKLY, weekday=0, hour=7)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type,misc]  # year, month, day, hour and so on


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (local(2026, 3, 4, 12), local(2026, 3, 9, 7)),
        (local(2026, 3, 9, 6, 59), local(2026, 3, 9, 7)),
        (local(2026, 3, 9, 7), local(2026, 3, 16, 7)),
        # the clocks change on 29 March and 25 October 2026, and it stays seven o'clock
        (local(2026, 3, 23, 7), local(2026, 3, 30, 7)),
        (local(2026, 10, 19, 7), local(2026, 10, 26, 7)),
    ],
)
def test_a_weekly_report_comes_at_the_same_hour_of_the_same_day(after: datetime, due: datetime) -> None:
    assert next_due(Rhythm.WEEKLY, hour=7, zone=BERLIN, after=after, weekday=0) == due


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (local(2026, 1, 31, 7), local(2026, 2, 28, 7)),
        (local(2026, 2, 28, 7), local(2026, 3, 31, 7)),
        (local(2028, 2, 1, 0), local(2028, 2, 29, 7)),
        (local(2026, 12, 31, 8), local(2027, 1, 31, 7)),
    ],
)
def test_a_shorter_month_takes_its_last_day(after: datetime, due: datetime) -> None:
    assert next_due(Rhythm.MONTHLY, hour=7, zone=BERLIN, after=after, day=31) == due


def test_an_hour_that_the_clocks_leave_out_or_repeat_comes_once() -> None:
    skipped = next_due(Rhythm.WEEKLY, hour=2, zone=BERLIN, after=local(2026, 3, 28, 12), weekday=6)
    assert skipped == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert skipped.astimezone(BERLIN).hour == 3
    twice = next_due(Rhythm.WEEKLY, hour=2, zone=BERLIN, after=local(2026, 10, 24, 12), weekday=6)
    assert twice == datetime(2026, 10, 25, 0, tzinfo=UTC)
    again = next_due(Rhythm.WEEKLY, hour=2, zone=BERLIN, after=twice, weekday=6)
    assert again == datetime(2026, 11, 1, 1, tzinfo=UTC)


def test_a_wave_has_no_clock() -> None:
    assert next_due(Rhythm.WAVE, hour=7, zone=BERLIN, after=NOW) is None


async def somebody(session: AsyncSession, name: str = "reader", role: Role = Role.RESEARCHER) -> tuple[Account, Viewer]:
    account = await add_account(session, f"{name}@example.org", role, password="a long password", now=NOW)
    account.time_zone = "Europe/Berlin"
    await session.flush()
    return account, await viewer_of(session, account, locale="en")


async def test_a_due_report_is_taken_by_one_worker_and_planned_again(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        _, viewer = await somebody(session)
        new = NewSchedule(survey_id=survey.id, kind=ScheduledKind.FULL, rhythm=Rhythm.WEEKLY, weekday=0, hour=7)
        made = await service.add_schedule(session, viewer, new, now=NOW)
        assert made.next_due_at == datetime(2026, 3, 9, 6, tzinfo=UTC)
    async with sessions.begin() as session:
        assert await service.take_due(session, now=NOW) is None
    monday = datetime(2026, 3, 9, 6, 5, tzinfo=UTC)
    async with sessions.begin() as session:
        due = await service.take_due(session, now=monday)
    assert due is not None
    async with sessions.begin() as session:  # another worker finds nothing
        assert await service.take_due(session, now=monday) is None
    async with sessions.begin() as session:
        assert await service.finish(session, due, now=monday)
    async with sessions.begin() as session:  # once it was sent, it cannot be sent again
        assert not await service.finish(session, due, now=monday)
        stored = await session.get_one(Schedule, made.id)
        assert stored.next_due_at == datetime(2026, 3, 16, 6, tzinfo=UTC)
        assert stored.sent_at == monday


async def test_a_report_whose_worker_ended_is_taken_by_another_and_the_first_may_not_send(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        _, viewer = await somebody(session)
        await service.add_schedule(
            session, viewer, NewSchedule(survey_id=survey.id, kind=WEEKLY.kind, rhythm=WEEKLY.rhythm), now=NOW
        )
    later = NOW + timedelta(days=8)
    async with sessions.begin() as session:
        first = await service.take_due(session, now=later)
    async with sessions.begin() as session:
        second = await service.take_due(session, now=later + service.LEASE)
    assert first is not None
    assert second is not None
    async with sessions.begin() as session:
        assert not await service.finish(session, first, now=later)
        assert await service.finish(session, second, now=later)
        # after weeks of silence one report comes, not one for each week
        assert await service.take_due(session, now=later + service.LEASE) is None


async def test_a_wave_is_reported_once_when_the_next_one_opens(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        _, viewer = await somebody(session)
        new = NewSchedule(survey_id=survey.id, kind=ScheduledKind.EXECUTIVE, rhythm=Rhythm.WAVE)
        await service.add_schedule(session, viewer, new, now=NOW)
        assert await service.take_due(session, now=NOW) is None
        await open_wave(session, survey.id, name="Spring", now=NOW)
    async with sessions.begin() as session:
        due = await service.take_due(session, now=NOW)
        assert due is not None
        assert due.wave == 1
        assert await service.finish(session, due, now=NOW)
        assert await service.take_due(session, now=NOW) is None


async def test_nothing_comes_to_who_was_disabled_or_may_not_read_any_more(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        account, viewer = await somebody(session)
        other, second = await somebody(session, "other")
        for one in (viewer, second):
            new = NewSchedule(survey_id=survey.id, kind=ScheduledKind.FULL, rhythm=Rhythm.MONTHLY)
            await service.add_schedule(session, one, new, now=NOW)
        account.disabled_at = NOW
        other.role = Role.MANAGER  # without a site of their own
    async with sessions.begin() as session:
        assert await service.take_due(session, now=NOW + timedelta(days=40)) is None
        stopped = [row.schedule.stopped for row in await queries.list_schedules(session, None)]
        assert stopped == [StopReason.DISABLED, StopReason.SITE_LOST]


async def test_only_what_may_be_read_can_be_asked_for_and_only_ones_own_ended(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        _, viewer = await somebody(session)
        _, manager = await somebody(session, "manager", Role.MANAGER)
        _, admin = await somebody(session, "admin", Role.ADMIN)
        new = NewSchedule(survey_id=survey.id, kind=ScheduledKind.SITE, rhythm=Rhythm.WEEKLY, weekday=9, day=0, hour=24)
        with pytest.raises(SurveyUnknown):
            await service.add_schedule(session, manager, new, now=NOW)
        with pytest.raises(RequestInvalid) as caught:
            await service.add_schedule(session, viewer, new, now=NOW)
        assert [problem.column for problem in caught.value.problems] == ["site", "weekday", "day", "hour"]
        made = await service.add_schedule(
            session, viewer, NewSchedule(survey_id=survey.id, kind=WEEKLY.kind, rhythm=WEEKLY.rhythm), now=NOW
        )
        with pytest.raises(RecordUnknown):
            await service.end_schedule(session, manager, made.id)
        await service.end_schedule(session, admin, made.id)
        assert await service.list_schedules(session, admin) == []
    async with sessions() as session:
        assert await session.get(StaffMail, 1) is None


async def test_the_style_is_checked_before_it_is_kept_and_the_logo_stays_until_it_goes(sessions: Sessions) -> None:
    logo = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="9"/></svg>'
    async with sessions.begin() as session:
        with pytest.raises(RequestInvalid) as caught:
            await save_style(session, NewStyle(accent="#ffcc00", logo=b"no picture", organisation="x" * 201), now=NOW)
        assert [problem.column for problem in caught.value.problems] == ["organisation", "accent", "logo"]
        assert await session.get(StoredStyle, 1) is None
        await save_style(session, NewStyle(organisation="Harbour", accent="#0c2f47", logo=logo), now=NOW)
    async with sessions.begin() as session:
        await save_style(session, NewStyle(organisation="Harbour", accent=""), now=NOW)
        style = await get_style(session)
        assert style.accent is None
        assert style.logo is not None
        assert (style.logo.content, style.logo.alt) == (logo, "Harbour")
        await save_style(session, NewStyle(without_logo=True), now=NOW)
        assert (await get_style(session)).logo is None
