"""Service contacts in the database: stored by id, replaced as a whole, and measured as files are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from operations.service_contacts import OPENED, after, contacts, simulated
from servq.errors import DataInvalid, RecordUnknown
from servq.operations.findings import OperationsOptions, measure_operations
from servq.operations.joining import Cell
from servq.operations.models import ServiceContact
from servq.operations.records import ServiceContacts
from servq.operations.sample import Window
from servq.operations.service import Stored, get_stored, store_contacts
from servq.responses.sittings import Sittings
from stateful.factories import answer, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
NOW = OPENED + timedelta(days=200)


async def store(sessions: Sessions, given: ServiceContacts) -> Stored:
    async with sessions.begin() as session:
        return await store_contacts(session, given, now=NOW)


async def test_storing_contacts_again_changes_nothing(sessions: Sessions) -> None:
    some = simulated(60)
    assert await store(sessions, some) == Stored(received=60, created=60, updated=0, unchanged=0)
    assert await store(sessions, some) == Stored(received=60, created=0, updated=0, unchanged=60)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(ServiceContact)) == 60


async def test_a_later_state_replaces_the_contact_as_a_whole(sessions: Sessions) -> None:
    await store(sessions, contacts({"replies": 1, "site": "North"}, {"replies": 1}))
    later = contacts({"replies": 2, "resolved_at": after(hours=3)}, {"replies": 1}, {"replies": 5})
    assert await store(sessions, later) == Stored(received=3, created=1, updated=1, unchanged=1)
    async with sessions() as session:
        stored = await session.get(ServiceContact, "c0")
    assert stored is not None
    assert (stored.replies, stored.site, stored.resolved_at) == (2, None, OPENED + timedelta(hours=3))


async def test_stored_contacts_give_the_same_metrics_as_their_file(sessions: Sessions) -> None:
    some = simulated(200)
    some = replace(some, frame=some.frame.sort("opened_at", "contact_id"))  # sums differ in the last digit by order
    await store(sessions, some)
    options = OperationsOptions(by=("site", "agent"), window=Window(as_of=NOW, time_zone="Asia/Kolkata"))
    async with sessions() as session:
        stored, asked = await get_stored(session, options, now=NOW)
    found, expected = measure_operations(stored, asked), measure_operations(some, options)
    assert replace(found, source="") == expected


async def test_a_window_loads_what_was_open_in_it(sessions: Sessions) -> None:
    await store(
        sessions,
        contacts(
            {"opened_at": "2026-01-10T10:00:00Z", "resolved_at": "2026-01-11T10:00:00Z"},
            {"opened_at": "2026-01-10T10:00:00Z", "resolved_at": "2026-02-11T10:00:00Z"},
            {"opened_at": "2026-01-10T10:00:00Z"},
            {"opened_at": "2026-01-31T23:30:00Z"},
            {"opened_at": "2026-02-28T23:30:00Z"},
        ),
    )
    window = Window(since=date(2026, 2, 1), until=date(2026, 2, 28), time_zone="Europe/Berlin")
    async with sessions() as session:
        stored, _ = await get_stored(session, OperationsOptions(window=window), now=NOW)
    assert stored.frame["contact_id"].to_list() == ["c1", "c2", "c3"]


async def test_no_contacts_are_said_to_be_none(sessions: Sessions) -> None:
    async with sessions() as session:
        with pytest.raises(RecordUnknown, match="servq operations import"):
            await get_stored(session, OperationsOptions(), now=NOW)


async def test_a_time_in_the_future_stores_nothing(sessions: Sessions) -> None:
    with pytest.raises(DataInvalid, match="lies in the future"):
        await store(sessions, contacts({}, {"opened_at": "2031-01-01T00:00:00Z"}))
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(ServiceContact)) == 0


async def test_the_scores_of_a_survey_come_by_site_and_period(sessions: Sessions, sittings: Sittings) -> None:
    survey = await make_survey(sessions)
    for site, number in (("North", 3), ("South", 2), ("", 2)):
        for _ in range(number):
            attributes = {"site": site} if site else {}
            await answer(sittings, await make_personal_link(sessions, survey, **attributes))
    await store(sessions, contacts({"site": "North"}))
    async with sessions() as session:
        _, options = await get_stored(session, OperationsOptions(minimum_group_size=3), survey.id, now=NOW)
    assert options.scores is not None
    assert options.scores.name == "Guests"
    # perceptions 1 and 2 against expectations 7 and 6; the other dimension has no pair of answers, so there is no score
    assert options.scores.values == {}


async def test_scores_are_means_of_the_headline_score(sessions: Sessions, sittings: Sittings) -> None:
    survey = await make_survey(sessions)
    complete = {"p01": "1", "p02": "2", "p03": "4", "p04": "2"}
    for site, number in (("North", 3), ("South", 2)):
        for _ in range(number):
            await answer(sittings, await make_personal_link(sessions, survey, site=site), last=complete)
    await store(sessions, contacts({"site": "North"}))
    async with sessions() as session:
        _, options = await get_stored(session, OperationsOptions(minimum_group_size=3), survey.id, now=NOW)
    assert options.scores is not None
    # fast: ((1 − 7) + (2 − 6)) / 2 = −5; kind: 2 − 5 = −3, from the one pair of two; overall −4
    assert options.scores.values == {Cell("North", "2026-03"): -4.0}


async def test_times_and_numbers_survive_both_databases(sessions: Sessions) -> None:
    given = contacts(
        {
            "opened_at": "2026-03-04T10:15:00.25+05:30",
            "talk_minutes": 6.125,
            "abandoned": False,
            "failures": 0,
            "agent": "Zoë – 7",
        }
    )
    await store(sessions, given)
    async with sessions() as session:
        stored, _ = await get_stored(session, OperationsOptions(), now=NOW)
    assert stored.frame.equals(given.frame)
    assert stored.frame["opened_at"][0] == datetime(2026, 3, 4, 4, 45, 0, 250_000, tzinfo=UTC)
