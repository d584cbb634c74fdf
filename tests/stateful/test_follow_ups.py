"""A low score opens a follow-up with the response; two people cannot overwrite each other's changes to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.accounts.models import Role
from servq.accounts.service import add_account
from servq.errors import ChangedMeanwhile, RecordUnknown, RequestInvalid
from servq.follow_ups.models import FollowUpStatus
from servq.follow_ups.queries import FollowUpRow, list_follow_ups
from servq.follow_ups.service import FollowUpChange, change_follow_up, count_overdue, get_follow_up, set_plan
from servq.responses.low_scores import set_low_score
from servq.responses.sittings import Sittings
from stateful.factories import NOW, PERCEPTIONS, answer, make_open_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
LOW = {**PERCEPTIONS, "p01": "1", "p02": "1", "p03": "1", "p04": "1"}
HIGH = {**PERCEPTIONS, "p01": "7", "p02": "7", "p03": "7", "p04": "7"}


async def open_two(engine: AsyncEngine, sessions: Sessions) -> tuple[list[FollowUpRow], int]:
    survey = await make_survey(sessions, sites=("North", "South"), allow_changes=True)
    async with sessions.begin() as session:
        owner = await add_account(session, "owner@example.org", Role.MANAGER, now=NOW)
        await set_low_score(session, survey.id, "gap", -1, now=NOW)
        await set_plan(session, survey.id, owner_id=owner.id, due_days=2)
    async with Sittings.running(engine) as sittings:
        north = make_open_link(survey, site="North")
        await answer(sittings, north, last=LOW)
        await answer(sittings, north, last=LOW)
        await answer(sittings, make_open_link(survey, site="South"), last=LOW, now=NOW + timedelta(hours=1))
        await answer(sittings, make_open_link(survey, site="South"), last=HIGH)
    async with sessions() as session:
        return list(await list_follow_ups(session, sites=None)), owner.id


async def test_a_low_score_opens_one_follow_up_for_each_response(engine: AsyncEngine, sessions: Sessions) -> None:
    rows, owner = await open_two(engine, sessions)
    assert [(row.follow_up.site, row.follow_up.owner_id, row.owner_email) for row in rows] == [
        ("North", owner, "owner@example.org"),
        ("South", owner, "owner@example.org"),
    ]
    assert rows[0].follow_up.value <= -1
    assert rows[0].follow_up.due_on == (NOW + timedelta(days=2)).date()
    async with sessions() as session:
        assert await count_overdue(session, None, now=NOW + timedelta(days=2)) == (2, 0, 0)
        assert await count_overdue(session, ["North"], now=NOW + timedelta(days=3)) == (1, 1, 0)
        assert await count_overdue(session, [], now=NOW) == (0, 0, 0)


async def test_a_follow_up_of_another_site_is_unknown(engine: AsyncEngine, sessions: Sessions) -> None:
    rows, _ = await open_two(engine, sessions)
    async with sessions() as session:
        with pytest.raises(RecordUnknown):
            await get_follow_up(session, rows[0].follow_up.id, sites=["South"])
        assert [row.follow_up.site for row in await list_follow_ups(session, sites=["South"])] == ["South"]


async def test_whoever_comes_second_sees_the_conflict_and_overwrites_nothing(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    rows, owner = await open_two(engine, sessions)
    chosen = rows[0].follow_up
    first = FollowUpChange(version=1, status=FollowUpStatus.IN_PROGRESS, owner_id=0, note="Called the guest.")
    second = FollowUpChange(version=1, status=FollowUpStatus.DROPPED, note="No number.")
    later = NOW + timedelta(days=1)
    async with sessions.begin() as session:
        await change_follow_up(session, chosen.id, first, account_id=owner, sites=None, now=later)
    async with sessions.begin() as session:
        with pytest.raises(ChangedMeanwhile):
            await change_follow_up(session, chosen.id, second, account_id=owner, sites=None, now=later)
    async with sessions() as session:
        row, notes = await get_follow_up(session, chosen.id, sites=["North"])
        assert (row.follow_up.status, row.follow_up.owner_id, row.follow_up.version) == ("in_progress", None, 2)
        assert [(note.text, note.status, email) for note, email in notes] == [
            ("Called the guest.", "in_progress", "owner@example.org")
        ]
        assert await count_overdue(session, None, now=NOW) == (2, 0, 1)


async def test_an_end_needs_a_word_and_leaves_the_list(engine: AsyncEngine, sessions: Sessions) -> None:
    rows, owner = await open_two(engine, sessions)
    chosen = rows[0].follow_up.id
    async with sessions.begin() as session:
        for nothing in (FollowUpChange(version=1), FollowUpChange(version=1, status=FollowUpStatus.RESOLVED)):
            with pytest.raises(RequestInvalid):
                await change_follow_up(session, chosen, nothing, account_id=owner, sites=None, now=NOW)
        end = FollowUpChange(version=1, status=FollowUpStatus.RESOLVED, note="A free night was given.")
        await change_follow_up(session, chosen, end, account_id=owner, sites=None, now=NOW)
    async with sessions() as session:
        assert [row.follow_up.site for row in await list_follow_ups(session, sites=None)] == ["South"]
        assert [row.follow_up.site for row in await list_follow_ups(session, sites=None, ended=True)] == ["North"]
        (row, _) = await get_follow_up(session, chosen, sites=None)
        assert row.follow_up.closed_at == NOW


async def test_days_of_a_plan_are_within_a_year(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        with pytest.raises(RequestInvalid):
            await set_plan(session, survey.id, owner_id=None, due_days=366)
