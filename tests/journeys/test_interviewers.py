"""The interviewer's entry page: one page an interview, stored with who entered it."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from journeys.bot import Bot
from journeys.conftest import Clock
from servq.errors import RecordUnknown, RequestInvalid
from servq.instruments import load_instrument
from servq.pipeline import report_survey
from servq.responses.assisting import (
    NewInterviewerLink,
    list_interviewer_links,
    make_interviewer_link,
    revoke_interviewer_link,
)
from servq.responses.closing import close_survey
from servq.responses.extraction import extract_answers
from servq.responses.importing import store_answers
from servq.responses.models import Administration
from servq.surveys.models import Survey
from stateful.factories import NOW, STORED, make_survey, stored

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
TYPED = {
    "e01": "7",
    "e02": "6",
    "e03": "-",
    "e04": "5",
    "w_fast": "60",
    "w_kind": "40",
    "p01": "1",
    "p02": "2",
    "p03": "n",
    "p04": "-",
    "comment_remark": "Clean rooms.",
}


async def make_link(sessions: Sessions, survey: Survey, **choices: object) -> str:
    new = NewInterviewerLink(**{"administration": Administration.PHONE_INTERVIEWER, "label": "Room 3", **choices})
    async with sessions.begin() as session:
        return (await make_interviewer_link(session, survey.id, new, now=NOW)).path


async def test_an_interview_is_typed_on_one_page_and_stored_with_its_mode(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, sites=("North", "South"))
    bot = Bot(client, f"http://servq.test{await make_link(sessions, survey)}?lang=en")
    page = await bot.open()
    assert "Interview on the telephone" in page.text
    assert "Room 3" in page.text
    assert {*TYPED} <= page.fields.keys()
    first = page.fields["entry"]
    page = await bot.send({**TYPED, "site": "North"}, do="send")
    assert (page.status, "The interview is saved." in page.text) == (200, True)
    assert page.fields["entry"] != first
    assert page.fields["e01"] == ""
    (response,) = await stored(sessions)
    assert (response.administration, response.channel) == ("phone_interviewer", "telephone")
    assert response.attributes == {"site": "North"}
    assert response.submitted_at == NOW
    async with sessions() as session:
        table = await extract_answers(session, survey.id)
    assert table.codes.tolist() == [list(STORED)]
    assert set(table.attributes["administration"]) == {"phone_interviewer"}


async def test_what_is_sent_twice_is_one_interview(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    path = await make_link(sessions, survey, administration=Administration.COUNTER_INTERVIEWER)
    bot = Bot(client, f"http://servq.test{path}?lang=en")
    form = {**(await bot.open()).fields, **TYPED, "do": "send"}
    for _ in range(2):
        assert (await bot.post(f"http://servq.test{path}?lang=en", form)).status == 200
    (response,) = await stored(sessions)
    assert (response.administration, response.channel) == ("counter_interviewer", "counter")
    assert (await bot.post(f"http://servq.test{path}", {**form, "e01": "1"})).status == 409


async def test_empty_fields_are_asked_for_again_and_nothing_is_stored(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    bot = Bot(client, f"http://servq.test{await make_link(sessions, survey)}?lang=en")
    await bot.open()
    page = await bot.send({**TYPED, "e02": "", "p04": "", "p01": "8", "w_fast": "70"}, do="send")
    assert page.status == 422
    assert page.text.count("Type - where none was given.") == 4  # in the summary and beside each field
    assert "“8” is not on the scale." in page.text
    assert "The points add up to 110." in page.text
    assert page.fields["p03"] == "n"
    assert await stored(sessions) == []
    page = await bot.send({"e02": "-", "p04": "-", "p01": "1", "w_fast": "60"}, do="send")
    assert page.status == 200
    assert len(await stored(sessions)) == 1


async def test_a_part_that_may_be_left_out_may_stay_empty(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    bot = Bot(client, f"http://servq.test{await make_link(sessions, survey)}")
    await bot.open()
    page = await bot.send({**TYPED, "w_fast": "", "w_kind": "", "comment_remark": ""}, do="send")
    assert page.status == 200
    assert len(await stored(sessions)) == 1


async def test_the_whole_of_servqual_is_one_page(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("servqual"))
    path = await make_link(sessions, survey)
    bot = Bot(client, f"http://servq.test{path}?lang=de")
    page = await bot.open()
    assert "Interview am Telefon" in page.text
    ratings = [name for name in page.fields if re.fullmatch(r"[ep]\d\d", name)]
    assert len(ratings) == 44
    page = await bot.send(dict.fromkeys(ratings, "5"), do="send")
    assert page.status == 200, page.text
    (response,) = await stored(sessions)
    assert response.submitted_at is not None
    assert response.locale == "de"


async def test_a_link_ends_with_its_shift_when_it_is_revoked_and_when_the_survey_closes(
    client: AsyncTestClient, sessions: Sessions, clock: Clock
) -> None:
    survey = await make_survey(sessions)
    path, other = await make_link(sessions, survey, hours=2), await make_link(sessions, survey, hours=9)
    assert (await client.get(path)).status_code == 200
    clock.advance(hours=2)
    assert (await client.get(path)).status_code == 410
    assert (await client.post(path, data={"entry": "x"})).status_code == 410
    assert (await client.get(other)).status_code == 200
    async with sessions.begin() as session:
        links = await list_interviewer_links(session, survey.id)
        await revoke_interviewer_link(session, survey.id, links[0].id, now=NOW)
        with pytest.raises(RecordUnknown):
            await revoke_interviewer_link(session, survey.id + 1, links[0].id, now=NOW)
    assert (await client.get(other)).status_code == 410
    third = await make_link(sessions, survey, hours=100)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    assert (await client.get(third)).status_code == 410
    for nowhere in ("/a/nothing", f"/a/{'A' * 22}"):
        assert (await client.get(nowhere)).status_code == 404


async def test_a_link_that_cannot_work_is_not_made(sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North",), sitting="before_after")
    with pytest.raises(RequestInvalid) as refused:
        await make_link(sessions, survey, administration=Administration.SELF, label="", site="South", hours=0)
    assert [problem.column for problem in refused.value.problems] == ["label", "administration", "site", "hours", None]


async def test_the_token_is_not_stored(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    path = await make_link(sessions, survey)
    async with sessions() as session:
        (link,) = await list_interviewer_links(session, survey.id)
    assert path.removeprefix("/a/").encode() not in link.digest
    assert link.expires_at == NOW + timedelta(hours=12)


async def test_a_report_shows_the_effect_of_the_mode(sessions: Sessions) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    ratings = {Administration.SELF: (6, 7, 8, 9), Administration.PHONE_INTERVIEWER: (8, 9, 10, 10)}
    for administration, points in ratings.items():
        codes = np.array([[point] for point in points * 10], dtype=np.int16)
        async with sessions.begin() as session:
            await store_answers(
                session,
                survey.id,
                codes,
                answered_at=[NOW] * len(codes),
                attributes=[{}] * len(codes),
                administration=administration,
            )
    async with sessions() as session:
        findings = await report_survey(session, survey.id, segments=["administration"])
    assert "phone_interviewer" in findings.to_json()
    assert "phone_interviewer" in findings.to_html()
