from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.errors import (
    AlreadyAnswered,
    AnswersInvalid,
    LinkExpired,
    LinkUnknown,
    RequestInvalid,
    SurveyClosed,
    SurveyNotLaunched,
)
from servq.invitations.models import Disposition, Invitation
from servq.invitations.service import create_personal_links
from servq.invitations.tokens import new_token
from servq.responses.answers import decode
from servq.responses.closing import close_survey
from servq.responses.links import Link, OpenLink, PersonalLink
from servq.responses.models import Channel, Response, ResponseVersion
from servq.responses.sittings import Saved, Sittings
from servq.surveys.models import SittingMode
from servq.surveys.service import get_wave, open_wave
from stateful.factories import (
    EXPECTATIONS,
    FORMS,
    NOW,
    PERCEPTIONS,
    POINTS,
    STORED,
    make_open_link,
    make_personal_link,
    make_single_item,
    make_survey,
)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
NOT_SHOWN = -3


@pytest.fixture
async def sittings(engine: AsyncEngine) -> AsyncIterator[Sittings]:
    async with Sittings.running(engine) as running:
        yield running


async def answer(sittings: Sittings, link: Link, *, now: datetime = NOW, last: dict[str, str] = PERCEPTIONS) -> Saved:
    for number, form in enumerate((EXPECTATIONS, POINTS, last)):
        saved = await sittings.save(link, number, form, locale="en", submit=number == 2, seconds=10, now=now)
    return saved


async def stored(sessions: Sessions) -> list[Response]:
    async with sessions() as session:
        return list((await session.scalars(select(Response))).all())


async def count_versions(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(ResponseVersion)) or 0


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_whole_survey_is_stored_page_by_page(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = make_open_link(survey)
    saved = await answer(sittings, link)
    sitting = await sittings.find(link, now=NOW)
    assert saved.submitted
    assert saved.missing == ()
    assert sitting.submitted
    assert sitting.codes == STORED
    assert sitting.texts == {"remark": "Clean rooms."}
    (response,) = await stored(sessions)
    assert response.revision == survey.revision
    assert response.channel is Channel.OPEN_LINK
    assert response.mode is SittingMode.ONE_SITTING
    assert response.started_at == response.updated_at == response.submitted_at == NOW
    assert response.duration_s == 30


async def test_nothing_is_stored_until_a_page_is_saved(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    sitting = await sittings.find(make_open_link(survey), now=NOW)
    assert set(sitting.codes) == {NOT_SHOWN}
    assert sitting.pages_done == 0
    assert sitting.next_page == sitting.survey.pages[0]
    assert await stored(sessions) == []


async def test_a_sitting_is_resumed_by_its_link_on_another_server(
    engine: AsyncEngine, sittings: Sittings, sessions: Sessions
) -> None:
    link = make_open_link(await make_survey(sessions))
    saved = await sittings.save(link, 0, EXPECTATIONS, locale="de", submit=False, now=NOW)
    assert not saved.submitted
    async with Sittings.running(engine) as elsewhere:
        sitting = await elsewhere.find(OpenLink(link.slug, link.token), now=NOW)
    assert sitting.codes == STORED[:4] + (NOT_SHOWN,) * 6
    assert sitting.locale == "de"
    assert sitting.next_page == sitting.survey.pages[1]
    assert sitting.seed == (await sittings.find(link, now=NOW)).seed


async def test_going_back_replaces_the_page_and_nothing_else(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, seconds=10, now=NOW)
    await sittings.save(link, 1, POINTS, locale="en", submit=False, seconds=10, now=NOW)
    await sittings.save(link, 0, {"e01": "1"}, locale="en", submit=False, seconds=10, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes == (1, -1, -1, -1, 60, 40, *(NOT_SHOWN,) * 4)
    (response,) = await stored(sessions)
    assert response.duration_s == 20, "a page counts once, so that a double click does not double the time"


async def test_pages_may_be_saved_in_any_order(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    for number in (2, 0, 1):
        await sittings.save(link, number, FORMS[number], locale="en", submit=False, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes == STORED


async def test_a_submit_with_a_required_page_missing_is_saved_but_not_submitted(
    sittings: Sittings, sessions: Sessions
) -> None:
    link = make_open_link(await make_survey(sessions))
    saved = await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
    assert not saved.submitted
    assert [page.battery_id for page in saved.missing] == ["expectation"]
    saved = await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=True, now=NOW)
    assert saved.submitted


async def test_an_optional_page_may_be_left_out_or_blank(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    saved = await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
    assert saved.submitted
    other = make_open_link(await make_survey(sessions))
    await sittings.save(other, 1, {}, locale="en", submit=False, now=NOW)
    assert (await sittings.find(other, now=NOW)).codes[4:6] == (-1, -1)


async def test_a_finished_survey_costs_eight_statements_at_most(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    links: list[Link] = [make_open_link(survey), await make_personal_link(sessions, survey)]
    await answer(sittings, make_open_link(survey))
    for link in links:
        with counted_statements() as statements:
            await sittings.find(link, now=NOW)
            for number, form in enumerate(FORMS):
                await sittings.save(link, number, form, locale="en", submit=number == 2, now=NOW)
                await sittings.find(link, now=NOW)
        assert len(statements) <= 8, statements


async def test_every_invalid_answer_is_named_and_nothing_is_stored(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    wrong = {"p01": "8", "p02": "seven", "p03": "0", "p04": "na", "comment_remark": "x" * 51}
    with pytest.raises(AnswersInvalid) as refused:
        await sittings.save(link, 2, wrong, locale="en", submit=True, now=NOW)
    assert [problem.column for problem in refused.value.problems] == ["p01", "p02", "p03", "comment_remark"]
    assert (await sittings.find(link, now=NOW)).codes == STORED[:4] + (NOT_SHOWN,) * 6


@pytest.mark.parametrize(
    ("page", "form", "field"),
    [
        (0, {"e01": "na"}, "e01"),
        (0, {"e01": "4.0"}, "e01"),
        (0, {"e01": "٤"}, "e01"),
        (0, {}, "expectation"),
        (1, {"w_fast": "60", "w_kind": "41"}, "importance"),
        (1, {"w_fast": "99"}, "importance"),
        (1, {"w_fast": "-1", "w_kind": "101"}, "w_fast"),
    ],
)
async def test_answers_off_the_scale_are_refused(
    sittings: Sittings, sessions: Sessions, page: int, form: dict[str, str], field: str
) -> None:
    link = make_open_link(await make_survey(sessions))
    with pytest.raises(AnswersInvalid) as refused:
        await sittings.save(link, page, form, locale="en", submit=False, now=NOW)
    assert refused.value.problems[0].column == field
    assert refused.value.problems[0].fix
    assert await stored(sessions) == []


async def test_a_blank_beside_points_that_add_up_is_a_zero(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    await sittings.save(link, 1, {"w_fast": "100", "w_kind": " "}, locale="en", submit=False, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes[4:6] == (100, 0)


async def test_a_page_that_does_not_exist_is_refused(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    for number in (-1, 3):
        with pytest.raises(RequestInvalid):
            await sittings.save(link, number, {}, locale="en", submit=False, now=NOW)


async def test_comments_are_not_asked_when_the_survey_says_so(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, comments=False))
    await answer(sittings, link)
    assert (await sittings.find(link, now=NOW)).texts == {}


async def test_any_comment_comes_back_as_it_was_written(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    written = "“Ça va?” 🙂 '; DROP TABLE response; --\r\nन \\ % _"
    await answer(sittings, link, last={**PERCEPTIONS, "comment_remark": written + "\0"})
    assert (await sittings.find(link, now=NOW)).texts == {"remark": written.replace("\r\n", "\n")}


# Idempotence


async def test_a_double_click_on_submit_is_one_response(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    for link in (make_open_link(survey), await make_personal_link(sessions, survey)):
        before = len(await stored(sessions))
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
        submit = partial(sittings.save, link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
        saved = await asyncio.gather(*(submit() for _ in range(5)))
        assert all(one.submitted for one in saved)
        assert len(await stored(sessions)) == before + 1
    assert await count_versions(sessions) == 0


async def test_a_retry_after_the_submit_is_told_that_all_is_saved(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions))
    first = await answer(sittings, link)
    again = await answer(sittings, link, now=NOW + timedelta(minutes=1))
    assert first == again
    (response,) = await stored(sessions)
    assert response.submitted_at == NOW


@pytest.mark.parametrize("anonymous", [False, True])
async def test_two_devices_with_one_personal_link_are_one_response(
    engine: AsyncEngine, sessions: Sessions, *, anonymous: bool
) -> None:
    survey = await make_survey(sessions, anonymous=anonymous, instrument=make_single_item())
    for _ in range(5):
        link = await make_personal_link(sessions, survey)
        before = len(await stored(sessions))
        async with Sittings.running(engine) as phone, Sittings.running(engine) as laptop:
            outcomes = await asyncio.gather(
                phone.save(link, 0, {"recommend": "9"}, locale="en", submit=True, now=NOW),
                laptop.save(link, 0, {"recommend": "2"}, locale="en", submit=True, now=NOW),
                return_exceptions=True,
            )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAnswered", "Saved"]
        assert len(await stored(sessions)) == before + 1


async def test_the_second_device_is_told_that_its_answers_were_not_stored(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    await answer(sittings, link)
    with pytest.raises(AlreadyAnswered, match="not stored"):
        await sittings.save(link, 2, {"p01": "7"}, locale="en", submit=True, now=NOW)
    assert (await sittings.find(link, now=NOW)).codes == STORED
    assert not (await sittings.find(link, now=NOW)).changeable


# Links


async def test_a_personal_link_is_used_up_by_submitting(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North",))
    link = await make_personal_link(sessions, survey, site="North")
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    async with sessions() as session:
        invitation = (await session.scalars(select(Invitation))).one()
    assert (invitation.used_at, invitation.disposition) == (None, Disposition.UNKNOWN)
    await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
    async with sessions() as session:
        invitation = (await session.scalars(select(Invitation))).one()
    assert (invitation.used_at, invitation.disposition) == (NOW, Disposition.COMPLETE)
    (response,) = await stored(sessions)
    assert response.invitation_id == invitation.id
    assert response.attributes == {"site": "North"}
    assert response.channel is Channel.PERSONAL_LINK


async def test_the_token_of_a_link_is_not_stored(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    async with sessions() as session:
        row = (await session.execute(text("SELECT * FROM invitation"))).one()
    assert link.token not in repr(tuple(row))
    assert link.digest == bytes(row.digest)


@pytest.mark.parametrize("token", ["", "short", "x" * 22, "../../etc/passwd-000000", "é" * 22])
async def test_an_unknown_personal_link_leads_nowhere(sittings: Sittings, sessions: Sessions, token: str) -> None:
    await make_survey(sessions)
    with pytest.raises(LinkUnknown):
        await sittings.find(PersonalLink(token), now=NOW)
    with pytest.raises(LinkUnknown):
        await sittings.save(PersonalLink(token), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)


async def test_an_unknown_open_link_leads_nowhere(sittings: Sittings) -> None:
    with pytest.raises(LinkUnknown):
        await sittings.find(OpenLink("no-such-survey", new_token()), now=NOW)
    with pytest.raises(LinkUnknown):
        await sittings.save(OpenLink("no-such-survey", "short"), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)


async def test_a_personal_token_opens_nothing_at_an_open_link(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    await answer(sittings, link)
    assert (await sittings.find(OpenLink(survey.slug, link.token), now=NOW)).pages_done == 0


async def test_a_draft_takes_no_answers(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, launched=False))
    with pytest.raises(SurveyNotLaunched):
        await sittings.find(link, now=NOW)
    with pytest.raises(SurveyNotLaunched):
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)


async def test_an_expired_link_takes_no_answers(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey, expires_at=NOW + timedelta(hours=1))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    later = NOW + timedelta(hours=1)
    with pytest.raises(LinkExpired):
        await sittings.find(link, now=later)
    with pytest.raises(LinkExpired):
        await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=later)
    fresh = await make_personal_link(sessions, survey, expires_at=NOW + timedelta(hours=1))
    with pytest.raises(LinkExpired):
        await sittings.save(fresh, 0, EXPECTATIONS, locale="en", submit=False, now=later)


async def test_a_closed_survey_takes_no_answers_but_still_says_that_yours_are_saved(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    finished = await make_personal_link(sessions, survey)
    begun, fresh = make_open_link(survey), make_open_link(survey)
    await answer(sittings, finished)
    await sittings.save(begun, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    for link in (begun, fresh):
        with pytest.raises(SurveyClosed):
            await sittings.find(link, now=NOW)
        with pytest.raises(SurveyClosed):
            await sittings.save(link, 0, {"e01": "1"}, locale="en", submit=False, now=NOW)
    sitting = await sittings.find(finished, now=NOW)
    assert sitting.submitted
    assert not sitting.changeable
    with pytest.raises(SurveyClosed):
        await sittings.save(finished, 0, {"e01": "1"}, locale="en", submit=False, now=NOW)


async def test_a_survey_closes_by_itself_at_its_time(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, closes_at=NOW + timedelta(days=1)))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    later = NOW + timedelta(days=1)
    with pytest.raises(SurveyClosed):
        await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=later)
    with pytest.raises(SurveyClosed):
        await sittings.find(link, now=later)


async def test_only_a_site_that_the_survey_knows_is_kept(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North", "South"))
    for site in ("South", "Atlantis", None):
        await sittings.save(make_open_link(survey, site=site), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    kept = sorted(response.attributes.get("site", "") for response in await stored(sessions))
    assert kept == ["", "", "South"]


async def test_answers_belong_to_the_wave_that_was_open_or_invited(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    invited = await make_personal_link(sessions, survey)
    async with sessions.begin() as session:
        second = await open_wave(session, survey.id, now=NOW)
        first = await get_wave(session, survey.id, 1)
    await answer(sittings, invited)
    await answer(sittings, make_open_link(survey))
    waves = {response.channel: response.wave_id for response in await stored(sessions)}
    assert waves == {Channel.PERSONAL_LINK: first.id, Channel.OPEN_LINK: second.id}


async def test_expectations_before_and_perceptions_after_are_one_response(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, sitting=SittingMode.BEFORE_AFTER)
    link = await make_personal_link(sessions, survey)
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    await sittings.save(link, 1, POINTS, locale="en", submit=False, now=NOW)
    after = NOW + timedelta(days=3)
    sitting = await sittings.find(link, now=after)
    assert sitting.next_page is not None
    assert sitting.next_page.part == "after"
    await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=after)
    (response,) = await stored(sessions)
    assert response.mode is SittingMode.BEFORE_AFTER
    assert (response.started_at, response.submitted_at) == (NOW, after)


# Changes


async def test_a_change_keeps_what_it_replaces(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    link = await make_personal_link(sessions, survey, expires_at=NOW + timedelta(hours=1))
    await answer(sittings, link)
    later = NOW + timedelta(days=1)
    assert (await sittings.find(link, now=later)).changeable
    for points in ("7", "6"):
        saved = await sittings.save(
            link, 2, {**PERCEPTIONS, "p01": points, "comment_remark": ""}, locale="en", submit=True, now=later
        )
        assert saved.submitted
    sitting = await sittings.find(link, now=later)
    assert sitting.codes == (*STORED[:6], 6, *STORED[7:])
    assert sitting.texts == {}
    async with sessions() as session:
        versions = (await session.scalars(select(ResponseVersion).order_by(ResponseVersion.number))).all()
    assert [version.number for version in versions] == [1, 2]
    assert decode([version.answers for version in versions], 10)[:, 6].tolist() == [1, 7]
    assert [version.texts for version in versions] == [{"remark": "Clean rooms."}, {}]
    assert {version.replaced_at for version in versions} == {later}
    (response,) = await stored(sessions)
    assert (response.submitted_at, response.updated_at) == (NOW, later)


async def test_saving_the_same_again_is_no_change(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    link = await make_personal_link(sessions, survey)
    await answer(sittings, link)
    await answer(sittings, link)
    assert await count_versions(sessions) == 0


async def test_changes_at_the_same_moment_are_all_kept(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    link = await make_personal_link(sessions, survey)
    async with Sittings.running(engine) as phone, Sittings.running(engine) as laptop:
        await answer(phone, link)
        await asyncio.gather(
            *(
                device.save(link, 2, {"p01": str(points)}, locale="en", submit=True, now=NOW)
                for device, points in ((phone, 4), (laptop, 5), (phone, 6), (laptop, 7))
            )
        )
    assert await count_versions(sessions) == 4


async def test_an_open_link_cannot_change_what_was_submitted(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, allow_changes=True))
    await answer(sittings, link)
    assert not (await sittings.find(link, now=NOW)).changeable
    with pytest.raises(AlreadyAnswered):
        await sittings.save(link, 0, {"e01": "1"}, locale="en", submit=False, now=NOW)


# Anonymous surveys


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
