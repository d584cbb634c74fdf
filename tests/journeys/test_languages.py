from __future__ import annotations

from collections.abc import Callable

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from journeys.bot import Bot
from stateful.factories import make_open_link, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

MakeBot = Callable[..., Bot]
Sessions = async_sessionmaker[AsyncSession]

EXPECTATIONS = {"e01": "7", "e02": "6", "e03": "5", "e04": "5"}


async def test_the_browser_asks_for_its_language(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    person = bot(make_open_link(survey), **{"Accept-Language": "fr;q=0.9, de-AT;q=0.8, en;q=0.1"})
    assert (await person.open()).lang == "de"
    assert "Beginnen" in person.page.links


async def test_the_address_wins_over_the_browser_and_is_carried_on(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    person = bot(make_open_link(survey), **{"Accept-Language": "de"})
    assert (await person.open("?lang=en")).lang == "en"
    await person.follow("Start")
    assert (await person.send(EXPECTATIONS)).lang == "en"


async def test_a_language_that_the_instrument_lacks_falls_back_to_the_surveys_own(
    sessions: Sessions, bot: MakeBot
) -> None:
    survey = await make_survey(sessions, locale="de")
    assert (await bot(make_open_link(survey), **{"Accept-Language": "xx"}).open("?lang=fr")).lang == "de"


async def test_the_language_of_stored_answers_is_kept_on_another_device(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    person = bot(link)
    await person.open("?page=1&lang=de")
    await person.send(EXPECTATIONS)
    assert (await bot(link, **{"Accept-Language": "en"}).open()).lang == "de"


async def test_switching_the_language_on_a_page_keeps_what_is_chosen(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    german = await person.send({"e01": "7", "e02": "3"}, show="de")
    assert (german.status, german.lang) == (200, "de")
    assert german.fields == {"e01": "7", "e02": "3", "website": ""}
    assert (await person.send(EXPECTATIONS)).lang == "de"


async def test_what_is_wrong_is_said_in_the_respondents_language(sessions: Sessions, bot: MakeBot) -> None:
    survey = await make_survey(sessions)
    person = bot(make_open_link(survey))
    await person.open("?page=2&lang=de")
    page = await person.send({"w_fast": "60", "w_kind": "30"})
    assert "Die Punkte ergeben zusammen 90." in page.text


async def test_a_notice_speaks_the_browsers_language(client: AsyncTestClient) -> None:
    person = Bot(client, "http://servq.test/s/nothing", **{"Accept-Language": "de"})
    assert "Hier wurde nichts gespeichert." in (await person.open()).text
