from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.errors import AlreadyAnswered, RequestInvalid
from servq.invitations.models import Invitation
from servq.invitations.service import create_personal_links
from servq.responses.closing import close_survey
from servq.responses.links import PersonalLink
from servq.responses.sittings import Sittings
from stateful.factories import (
    EXPECTATIONS,
    NOW,
    PERCEPTIONS,
    answer,
    make_open_link,
    make_personal_link,
    make_single_item,
    make_survey,
    stored,
)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
NOT_SHOWN = -3


async def test_an_anonymous_survey_keeps_no_link_between_answers_and_person(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, anonymous=True)
    link = await make_personal_link(sessions, survey)
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    (response,) = await stored(sessions)
    assert response.invitation_id is None
    assert response.key == link.key != link.digest
    assert (await sittings.find(link, now=NOW)).pages_done == 1, "the link still resumes what it began"
    await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
    (response,) = await stored(sessions)
    async with sessions() as session:
        invitation = (await session.scalars(select(Invitation))).one()
    assert (response.invitation_id, response.key, response.seed) == (None, None, 0)
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    assert {response.started_at, response.updated_at, response.submitted_at, invitation.used_at} == {day}


@pytest.mark.parametrize("attributes", [{"guest": "4711"}, {"site": "Room 12"}, {"site": "North", "guest": "4711"}])
async def test_a_link_to_an_anonymous_survey_carries_nothing_that_tells_who_answers(
    sessions: Sessions, attributes: dict[str, str]
) -> None:
    for sites in ((), ("North", "South")):
        survey = await make_survey(sessions, anonymous=True, sites=sites)
        async with sessions.begin() as session:
            with pytest.raises(RequestInvalid):
                await create_personal_links(session, survey.id, 1, now=NOW, attributes=attributes)
    async with sessions.begin() as session:
        assert await create_personal_links(session, survey.id, 1, now=NOW, attributes={"site": "North"})


@pytest.mark.parametrize("again", [PERCEPTIONS, {"p01": "7"}])
async def test_an_anonymous_link_that_was_used_is_told_so(
    sittings: Sittings, sessions: Sessions, again: dict[str, str]
) -> None:
    survey = await make_survey(sessions, anonymous=True)
    link = await make_personal_link(sessions, survey)
    await answer(sittings, link)
    with pytest.raises(AlreadyAnswered):
        await sittings.save(link, 2, again, locale="en", submit=True, now=NOW)
    sitting = await sittings.find(link, now=NOW)
    assert sitting.submitted
    assert not sitting.changeable
    assert set(sitting.codes) == {NOT_SHOWN}, "nothing tells any more which answers were given by this link"
    assert len(await stored(sessions)) == 1


async def test_an_anonymous_survey_of_one_page_forgets_the_link_at_once(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, anonymous=True, instrument=make_single_item())
    link = await make_personal_link(sessions, survey)
    await sittings.save(link, 0, {"recommend": "9"}, locale="en", submit=True, now=NOW)
    (response,) = await stored(sessions)
    assert (response.key, response.seed, response.invitation_id) == (None, 0, None)


async def test_the_order_of_arrival_is_not_stored_on_sqlite(
    sittings: Sittings, sessions: Sessions, engine: AsyncEngine
) -> None:
    survey = await make_survey(sessions, anonymous=True, instrument=make_single_item())
    async with sessions.begin() as session:
        links = await create_personal_links(session, survey.id, 11, now=NOW)
    for points, link in enumerate(links):
        form = {"recommend": str(points)}
        await sittings.save(PersonalLink(link.token), 0, form, locale="en", submit=True, now=NOW)
    rows = await stored(sessions)
    assert len({row.id for row in rows}) == 11
    if engine.dialect.name == "sqlite":
        assert [row.id for row in rows] == sorted(row.id for row in rows), "the table itself is in order of random ids"
        async with engine.connect() as connection:
            with pytest.raises(Exception, match="no such column"):
                await connection.execute(text("SELECT rowid FROM response"))


async def test_closing_an_anonymous_survey_forgets_the_links_of_partial_answers(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, anonymous=True)
    link = await make_personal_link(sessions, survey)
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    (response,) = await stored(sessions)
    assert (response.key, response.seed) == (None, 0)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_closing_an_anonymous_survey_removes_every_trace_of_the_order_of_arrival(
    engine: AsyncEngine, sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, anonymous=True)
    for _ in range(20):
        link = await make_personal_link(sessions, survey)
        await answer(sittings, link)
    before = sorted(await stored(sessions), key=lambda row: row.id)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    after = await stored(sessions)
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT xmin, id FROM response ORDER BY ctid"))).all()
    assert len({row[0] for row in rows}) == 1
    assert [row[1] for row in rows] == [row.id for row in before]
    assert [(row.answers, row.texts, row.submitted_at) for row in sorted(after, key=lambda row: row.id)] == [
        (row.answers, row.texts, row.submitted_at) for row in before
    ]


async def test_an_open_link_of_an_anonymous_survey_is_idempotent_too(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, anonymous=True, instrument=make_single_item()))
    for _ in range(2):
        saved = await sittings.save(link, 0, {"recommend": "9"}, locale="en", submit=True, now=NOW)
        assert saved.submitted
    assert len(await stored(sessions)) == 1
