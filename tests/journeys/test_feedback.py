"""The permanent feedback form: by link and from a form that somebody else shows; stored once, details apart."""

from __future__ import annotations

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from journeys.bot import Bot
from journeys.conftest import Clock
from servq.errors import RecordUnknown, RequestInvalid
from servq.instruments import load_instrument
from servq.invitations.tokens import new_token
from servq.responses.answers import decode
from servq.responses.closing import close_survey
from servq.responses.extraction import extract_answers
from servq.responses.feedback import erase_feedback_contact, list_feedback, list_feedback_contacts
from servq.responses.models import FeedbackContact
from servq.surveys.models import Survey
from stateful.factories import NOW, make_survey, stored

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


async def make_form(sessions: Sessions, **choices: object) -> Survey:
    return await make_survey(sessions, instrument=load_instrument("csat"), slug="feedback", **choices)


async def contacts(sessions: Sessions) -> list[FeedbackContact]:
    async with sessions() as session:
        return list((await session.scalars(select(FeedbackContact))).all())


async def test_a_comment_alone_is_enough(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_form(sessions, sites=("North",))
    bot = Bot(client, "http://servq.test/f/feedback?site=North&lang=en")
    await bot.open()
    assert bot.page.offered == {"csat": ["1", "2", "3", "4", "5"]}
    page = await bot.send({"comment": " The lift is slow. "}, do="send")
    assert page.status == 200
    assert "Your feedback is saved" in page.text
    assert "how to reach you" not in page.text
    (response,) = await stored(sessions)
    assert decode([response.answers], 1).tolist() == [[-1]]
    assert response.texts == {"feedback": "The lift is slow."}
    assert (response.administration, response.channel, response.attributes) == (
        "feedback_form",
        "open_link",
        {"site": "North"},
    )
    assert response.submitted_at == NOW
    assert await contacts(sessions) == []
    async with sessions() as session:
        ((feedback, score),) = await list_feedback(session, survey.id)
        table = await extract_answers(session, survey.id)
    assert (feedback.texts, score, feedback.has_contact) == ({"feedback": "The lift is slow."}, None, False)
    assert set(table.attributes["administration"]) == {"feedback_form"}


async def test_details_are_stored_apart_from_the_answers_and_can_be_erased(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    survey = await make_form(sessions)
    bot = Bot(client, "http://servq.test/f/feedback")
    await bot.open()
    form = {"csat": "2", "comment": "Call me.", "name": "A.  Guest", "address": "+49 30 1234"}
    page = await bot.send(form, do="send")
    assert "how to reach you" in page.text
    (response,) = await stored(sessions)
    assert "Guest" not in f"{response.texts}{response.attributes}"
    async with sessions.begin() as session:
        ((_, score),) = await list_feedback(session, survey.id)
        (contact,) = await list_feedback_contacts(session, survey.id)
        assert (score, contact.name, contact.address, contact.response_id) == (
            2,
            "A. Guest",
            "+49 30 1234",
            response.id,
        )
        await erase_feedback_contact(session, survey.id, contact.id.hex())
        for unknown in (contact.id.hex(), "zz", ""):
            with pytest.raises(RecordUnknown):
                await erase_feedback_contact(session, survey.id, unknown)
    assert await contacts(sessions) == []
    assert len(await stored(sessions)) == 1


async def test_anonymous_feedback_cannot_be_matched_with_the_details(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    await make_form(sessions, anonymous=True)
    bot = Bot(client, "http://servq.test/f/feedback")
    page = await bot.open()
    assert "Feedback here is anonymous" in page.text
    await bot.send({"comment": "Call me.", "address": "guest@example.org"}, do="send")
    (contact,) = await contacts(sessions)
    (response,) = await stored(sessions)
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (contact.response_id, contact.given_at) == (None, day)
    assert contact.id not in (response.id, response.key)


async def test_what_is_sent_twice_is_stored_once(client: AsyncTestClient, sessions: Sessions) -> None:
    await make_form(sessions)
    bot = Bot(client, "http://servq.test/f/feedback")
    await bot.open()
    form = {**bot.page.fields, "comment": "Twice.", "address": "guest@example.org", "do": "send"}
    url = f"http://servq.test/f/feedback{bot.page.action}"
    for _ in range(2):
        assert (await bot.post(url, form)).status == 200
    assert (len(await stored(sessions)), len(await contacts(sessions))) == (1, 1)
    refused = await bot.post(url, {**form, "comment": "Something else."})
    assert refused.status == 409
    assert (await stored(sessions))[0].texts == {"feedback": "Twice."}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "There is nothing to send yet."),
        ({"comment": "x" * 5001}, "5,001"),
        ({"csat": "6"}, "not on the scale"),
        ({"csat": "²"}, "not on the scale"),
        ({"comment": "Hi", "name": "A. Guest"}, "With your name alone"),
        ({"comment": "Hi", "address": "x" * 255}, "Use at most 254"),
        ({"comment": "Hi", "website": "spam"}, "A field that people do not see"),
    ],
)
async def test_a_form_that_cannot_be_stored_comes_back_as_it_was_typed(
    client: AsyncTestClient, sessions: Sessions, form: dict[str, str], said: str
) -> None:
    await make_form(sessions)
    bot = Bot(client, "http://servq.test/f/feedback?lang=en")
    await bot.open()
    page = await bot.post(f"http://servq.test/f/feedback{bot.page.action}", {**bot.page.fields, **form, "do": "send"})
    assert page.status == 422
    assert said.replace("5,001", "5001") in page.text or said in page.text
    assert page.fields["comment"] == form.get("comment", "")
    assert page.fields["website"] == ""
    assert await stored(sessions) == []


async def test_the_form_speaks_the_readers_language(client: AsyncTestClient, sessions: Sessions) -> None:
    await make_form(sessions)
    page = await Bot(client, "http://servq.test/f/feedback", **{"Accept-Language": "de-AT"}).open()
    assert page.lang == "de"
    assert "Möchten Sie eine Antwort?" in page.text


async def test_a_survey_that_asks_more_has_no_feedback_form_and_a_closed_one_takes_none(
    client: AsyncTestClient, sessions: Sessions, clock: Clock
) -> None:
    del clock
    other = await make_survey(sessions, slug="questionnaire")
    assert (await client.get("/f/questionnaire")).status_code == 404
    async with sessions() as session:
        with pytest.raises(RequestInvalid):
            await list_feedback(session, other.id)
    survey = await make_form(sessions)
    token = new_token()
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    assert (await client.get("/f/feedback")).status_code == 410
    refused = await client.post("/f/feedback/json", json={"token": token, "comment": "Late."})
    assert (refused.status_code, refused.json()["code"]) == (410, "survey.closed")
    assert await stored(sessions) == []


async def test_another_form_may_send_feedback_from_any_site_and_again_without_harm(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    await make_form(sessions, sites=("North",))
    allowed = await client.options("/f/feedback/json")
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, "*")
    body = {
        "token": new_token(),
        "comment": "From the app.",
        "score": 4,
        "address": "guest@example.org",
        "site": "North",
    }
    for _ in range(2):
        answer = await client.post("/f/feedback/json", json=body)
        assert (answer.status_code, answer.json()) == (201, {"saved": True})
        assert answer.headers["access-control-allow-origin"] == "*"
    (response,) = await stored(sessions)
    assert (response.channel, response.administration, response.attributes) == (
        "in_app",
        "feedback_form",
        {"site": "North"},
    )
    assert len(await contacts(sessions)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"comment": "no token"}',
        b'{"token": "short", "comment": "x"}',
        b'{"token": "AAAAAAAAAAAAAAAAAAAAAA"}',
        b'{"token": "AAAAAAAAAAAAAAAAAAAAAA", "score": 77}',
        b'{"token": "AAAAAAAAAAAAAAAAAAAAAA", "comment": "x", "surprise": 1}',
    ],
)
async def test_a_bad_body_gets_a_problem_that_a_page_elsewhere_can_read(
    client: AsyncTestClient, sessions: Sessions, body: bytes
) -> None:
    await make_form(sessions)
    refused = await client.post("/f/feedback/json", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert refused.json()["problems"]
    assert refused.headers["access-control-allow-origin"] == "*"
    assert await stored(sessions) == []
