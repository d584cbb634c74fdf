from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from journeys.bot import Bot
from servq.responses.extraction import extract_answers
from servq.surveys.models import Survey
from stateful.factories import make_open_link, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

MakeBot = Callable[..., Bot]
Sessions = async_sessionmaker[AsyncSession]

EXPECTATIONS = {"e01": "7", "e02": "6", "e03": "5", "e04": "5"}
POINTS = {"w_fast": "60", "w_kind": "40"}
PERCEPTIONS = {"p01": "1", "p02": "2", "p03": "na", "p04": "4"}
STORED = [7, 6, 5, 5, 60, 40, 1, 2, -2, 4]


async def stored(sessions: Sessions, survey: Survey) -> list[list[int]]:
    async with sessions() as session:
        return (await extract_answers(session, survey.id)).codes.tolist()


async def n_submitted(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(text("SELECT count(*) FROM response WHERE submitted_at IS NOT NULL"))


async def answer_everything(person: Bot) -> None:
    await person.open()
    await person.follow("Start")
    await person.send(EXPECTATIONS)
    await person.send(POINTS)
    await person.send({**PERCEPTIONS, "comment_remark": "Clean rooms."})


async def test_a_personal_link_leads_through_every_page_to_the_saved_answers(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    person = bot(await make_personal_link(sessions, survey))
    welcome = await person.open()
    assert (welcome.status, welcome.lang) == (200, "en")
    assert "10 questions" in welcome.text
    await person.follow("Start")
    assert "Page 1 of 3" in (await person.open("?page=1")).text
    assert "Page 2 of 3" in (await person.send(EXPECTATIONS)).text
    assert "Page 3 of 3" in (await person.send(POINTS)).text
    end = await person.send({**PERCEPTIONS, "comment_remark": "Clean rooms."})
    assert end.status == 200
    assert "Your answers are saved" in end.text
    assert await stored(sessions, survey) == [STORED]
    assert await n_submitted(sessions) == 1


async def test_an_open_link_gives_every_visitor_a_sitting_of_their_own(
    sessions: Sessions, client: AsyncTestClient
) -> None:
    survey = await make_survey(sessions, sites=("Nord", "Süd"))
    for _ in range(2):
        person = Bot(client, f"http://servq.test/o/{survey.slug}?site=Süd")
        await answer_everything(person)
        assert "Your answers are saved" in person.page.text
    assert await stored(sessions, survey) == [STORED, STORED]
    async with sessions() as session:
        answers = await extract_answers(session, survey.id)
    assert answers.attributes["site"].tolist() == ["Süd", "Süd"]


async def test_nothing_is_stored_for_a_visitor_who_only_looks(sessions: Sessions, client: AsyncTestClient) -> None:
    survey = await make_survey(sessions)
    person = Bot(client, f"http://servq.test/o/{survey.slug}")
    await person.open()
    await person.follow("Start")
    assert await stored(sessions, survey) == []


async def test_a_started_survey_goes_on_where_it_was_left(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    person = bot(link)
    await person.open("?page=1")
    await person.send(EXPECTATIONS)
    on_the_phone = bot(link)
    assert "Welcome back" in (await on_the_phone.open()).text
    assert "Page 2 of 3" in (await on_the_phone.follow("Go on")).text
    assert (await on_the_phone.open("?page=1")).fields == EXPECTATIONS


async def test_back_saves_what_is_filled_in_and_shows_the_page_before_as_it_was_sent(
    sessions: Sessions, bot: MakeBot
) -> None:
    survey = await make_survey(sessions)
    person = bot(await make_personal_link(sessions, survey))
    await person.open("?page=1")
    await person.send(EXPECTATIONS)
    before = await person.send(POINTS, do="back")
    assert "Page 1 of 3" in before.text
    assert before.fields == EXPECTATIONS
    after = await person.send({"e01": "2"})
    assert after.fields == POINTS
    assert (await stored(sessions, survey))[0][:6] == [2, 6, 5, 5, 60, 40]


async def test_back_from_an_empty_page_stores_nothing_of_it(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    person = bot(await make_personal_link(sessions, survey))
    await person.open("?page=1")
    await person.send(EXPECTATIONS)
    assert "Page 1 of 3" in (await person.send(do="back")).text
    assert (await stored(sessions, survey))[0][4:] == [-3] * 6


async def test_a_double_click_and_a_retry_give_one_response(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    person = bot(make_open_link(survey))
    await answer_everything(person)
    again = await person.post(person.url.split("?")[0] + "?page=3", {**PERCEPTIONS, "comment_remark": "Clean rooms."})
    assert "Your answers are saved" in again.text
    assert await stored(sessions, survey) == [STORED]


async def test_many_clicks_at_the_same_moment_give_one_response(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    link = make_open_link(survey)
    clicks = [bot(link) for _ in range(12)]
    for clicked in clicks:
        await clicked.open("?page=1")
    pages = await asyncio.gather(*(clicked.send(EXPECTATIONS) for clicked in clicks))
    assert {page.status for page in pages} == {200}
    assert await stored(sessions, survey) == [[7, 6, 5, 5, *[-3] * 6]]


async def test_two_devices_with_one_personal_link_give_one_response(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    phone, laptop = bot(link), bot(link)
    await phone.open("?page=1")
    await laptop.open("?page=1")
    await phone.send(EXPECTATIONS)
    await laptop.send({**EXPECTATIONS, "e01": "3"})
    await laptop.send(POINTS)
    await laptop.send(PERCEPTIONS)
    assert "Your answers are saved" in laptop.page.text
    late = await phone.send({"w_fast": "10", "w_kind": "90"})
    assert late.status == 409
    assert "was not saved" in late.text
    assert await stored(sessions, survey) == [[3, *STORED[1:]]]


async def test_submitted_answers_can_be_changed_where_the_survey_allows_it(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    person = bot(await make_personal_link(sessions, survey))
    await answer_everything(person)
    page = await person.follow("Change my answers")
    assert page.fields == EXPECTATIONS
    await person.send({"e01": "1"})
    await person.send()
    end = await person.send()
    assert "Your answers are saved" in end.text
    assert await stored(sessions, survey) == [[1, *STORED[1:]]]


async def test_submitted_answers_stay_as_they_are_where_the_survey_does_not_allow_changes(
    sessions: Sessions, bot: MakeBot
) -> None:
    survey = await make_survey(sessions)
    person = bot(await make_personal_link(sessions, survey))
    await answer_everything(person)
    assert "Change my answers" not in person.page.links
    assert "Your answers are saved" in (await person.open("?page=1")).text


async def test_before_and_after_are_asked_by_the_same_link_in_two_sittings(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions, sitting="before_after")
    person = bot(await make_personal_link(sessions, survey))
    await person.open()
    await person.follow("Start")
    between = await person.send(EXPECTATIONS)
    while "saved=1" not in person.url:
        between = await person.send(POINTS if "w_fast" in person.page.fields else {})
    assert "This was the first part" in between.text
    assert await n_submitted(sessions) == 0
    assert "This was the first part" in (await person.open("?page=1")).text
    await person.open(person.url.split("?")[0])
    await person.follow("Go on")
    while "saved=1" not in person.url:
        await person.send(PERCEPTIONS if "p01" in person.page.offered else POINTS)
    assert "Thank you." in person.page.text
    assert await stored(sessions, survey) == [STORED]


async def test_a_survey_of_one_question_starts_with_the_question(sessions: Sessions, bot: MakeBot) -> None:
    from servq.instruments import load_instrument

    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    person = bot(await make_personal_link(sessions, survey))
    page = await person.open()
    (field,) = page.offered
    assert page.offered[field] == [str(point) for point in range(11)]
    follow_up = await person.send({field: "0"})
    assert "Page 2 of 2" in follow_up.text
    assert "Your answers are saved" in (await person.send({"comment_reason_detractor": "The wait."})).text


async def test_an_anonymous_survey_still_says_that_the_answers_of_a_personal_link_are_saved(
    sessions: Sessions, bot: MakeBot
) -> None:
    survey = await make_survey(sessions, anonymous=True)
    link = await make_personal_link(sessions, survey)
    await answer_everything(bot(link))
    other = await bot(link).open()
    assert "Your answers are saved" in other.text
    assert await stored(sessions, survey) == [STORED]
