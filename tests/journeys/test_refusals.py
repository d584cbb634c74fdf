from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from journeys.bot import Bot
from journeys.conftest import Clock
from servq.responses.closing import close_survey
from servq.responses.extraction import extract_answers
from servq.responses.links import PersonalLink
from servq.surveys.models import Survey
from servq.web.answer.uploads import LARGEST_FORM
from servq.web.limits import Limits
from stateful.factories import NOW, make_open_link, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

NO_TOKEN = "ThisTokenWasNeverMade0"
"""As long as a token; written down, because every test process must collect the same tests."""

MakeBot = Callable[..., Bot]
Sessions = async_sessionmaker[AsyncSession]

EXPECTATIONS = {"e01": "7", "e02": "6", "e03": "5", "e04": "5"}
NOT_SAVED = "What you just sent was not saved. Pages that you saved before are kept."


async def stored(sessions: Sessions, survey: Survey) -> list[list[int]]:
    async with sessions() as session:
        return (await extract_answers(session, survey.id)).codes.tolist()


@pytest.fixture
async def survey(sessions: Sessions) -> Survey:
    return await make_survey(sessions)


@pytest.fixture
async def started(sessions: Sessions, survey: Survey, bot: MakeBot) -> Bot:
    """Somebody who saved the first page and looks at the second."""
    person = bot(await make_personal_link(sessions, survey))
    await person.open("?page=1")
    await person.send(EXPECTATIONS)
    return person


FIRST_PAGE_ONLY = [[7, 6, 5, 5, *[-3] * 6]]


@pytest.mark.parametrize(
    "path",
    ["/s/nothing", "/s/%00", f"/s/{NO_TOKEN}", f"/o/nothing/{NO_TOKEN}", f"/o/%00/{NO_TOKEN}", "/nowhere", "/o"],
)
async def test_an_unknown_address_gets_a_plain_page(client: AsyncTestClient, path: str) -> None:
    page = await Bot(client, f"http://servq.test{path}").open()
    assert page.status == 404
    assert "Nothing was saved here." in page.text


@pytest.mark.parametrize("token", ["short", NO_TOKEN + "0", "line%0D%0Abreak", "%C3%BC"])
async def test_nothing_is_stored_under_an_address_that_was_never_given_out(
    sessions: Sessions, survey: Survey, client: AsyncTestClient, token: str
) -> None:
    form = {"e01": "7", "do": "skip"}
    known = await client.post(f"/o/{survey.slug}/{NO_TOKEN}?page=1", data=form, follow_redirects=False)
    assert known.status_code == 303, "the server has met the survey"
    refused = await client.post(f"/o/{survey.slug}/{token}?page=1", data=form, follow_redirects=False)
    assert refused.status_code == 404
    assert NOT_SAVED in refused.text
    assert len(await stored(sessions, survey)) == 1


@pytest.mark.parametrize("slug", ["line%0D%0Abreak", "%C3%BC", "a%3Fb", "%2E%2E"])
async def test_an_open_link_leads_to_an_address_that_says_no_more_than_it_did(
    client: AsyncTestClient, slug: str
) -> None:
    begun = await client.get(f"/o/{slug}?site=M%C3%BCnchen", follow_redirects=False)
    location = begun.headers["location"]
    assert re.fullmatch(r"/o/[^/?\s]+/[A-Za-z0-9_-]{22}\?site=M%C3%BCnchen", location)
    assert location.isascii()


async def test_an_address_cannot_claim_that_answers_are_saved(survey: Survey, bot: MakeBot, started: Bot) -> None:
    for person in (bot(make_open_link(survey)), started):
        page = await person.open("?saved=1")
        assert "Your answers are saved" not in page.text
        assert page.links.keys() & {"Start", "Go on"}


async def test_a_survey_that_has_not_started_says_so(sessions: Sessions, bot: MakeBot) -> None:
    page = await bot(make_open_link(await make_survey(sessions, launched=False))).open()
    assert page.status == 409
    assert "has not started yet" in page.text


async def test_a_closed_survey_says_so_and_stores_nothing_more(
    sessions: Sessions, survey: Survey, started: Bot, bot: MakeBot
) -> None:
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    refused = await started.send({"w_fast": "50", "w_kind": "50"})
    assert refused.status == 410
    assert "This survey is closed" in refused.text
    assert NOT_SAVED in refused.text
    assert (await bot(make_open_link(survey)).open()).status == 410
    assert await stored(sessions, survey) == FIRST_PAGE_ONLY


@pytest.mark.parametrize("points", [{"w_fast": ""}, {"w_fast": "60", "w_kind": "60"}])
async def test_nobody_mends_a_page_of_a_closed_survey_in_vain(
    sessions: Sessions, survey: Survey, started: Bot, points: dict[str, str]
) -> None:
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    assert (await started.send(points)).status == 410


async def test_an_expired_link_says_so(sessions: Sessions, survey: Survey, bot: MakeBot, clock: Clock) -> None:
    person = bot(await make_personal_link(sessions, survey, expires_at=NOW + timedelta(days=1)))
    await person.open("?page=1")
    clock.advance(days=2)
    sent = await person.send(EXPECTATIONS)
    assert sent.status == 410
    assert "This link has expired" in sent.text
    assert NOT_SAVED in sent.text
    assert await stored(sessions, survey) == []


async def test_blanks_bring_the_page_back_with_what_was_typed_and_may_then_stay_blank(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = bot(await make_personal_link(sessions, survey))
    await person.open("?page=1")
    page = await person.send({"e01": "7", "e03": "2"})
    assert page.status == 422
    assert page.fields == {"e01": "7", "e03": "2"}
    assert page.links == {"Statement 2: No answer yet.": "#e02", "Statement 4: No answer yet.": "#e04"}
    assert "has not been saved yet" in page.text
    assert await stored(sessions, survey) == []
    assert "Page 2 of 3" in (await person.send(do="skip")).text
    assert (await stored(sessions, survey))[0][:4] == [7, -1, 2, -1]


async def test_a_page_that_must_be_answered_cannot_be_wholly_blank(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = bot(await make_personal_link(sessions, survey))
    await person.open("?page=1")
    page = await person.send()
    assert ("do", "skip") not in page.buttons
    forced = await person.post(person.url, {"do": "skip"})
    assert forced.status == 422
    assert "Answer at least one item." in forced.text
    assert await stored(sessions, survey) == []


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"w_fast": "60", "w_kind": "30"}, "The points add up to 90."),
        ({"w_fast": "a lot", "w_kind": "30"}, "Choose a whole number from 0 to 100."),
        ({"w_fast": "-5", "w_kind": "105"}, "Choose a whole number from 0 to 100."),
        ({"w_fast": "33.5", "w_kind": "66.5"}, "Choose a whole number from 0 to 100."),
    ],
)
async def test_points_that_do_not_add_up_come_back_as_typed(
    sessions: Sessions, survey: Survey, started: Bot, points: dict[str, str], said: str
) -> None:
    page = await started.send(points)
    assert page.status == 422
    assert page.fields == points
    assert said in page.text
    assert await stored(sessions, survey) == FIRST_PAGE_ONLY


async def test_a_comment_that_is_too_long_comes_back_whole(started: Bot) -> None:
    await started.send()
    page = await started.send({"p01": "1", "p02": "2", "p03": "3", "p04": "4", "comment_remark": "x" * 60})
    assert page.status == 422
    assert page.fields["comment_remark"] == "x" * 60
    assert "Use at most 50." in page.text


async def test_sending_the_last_page_first_leads_to_the_page_that_is_missing(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = bot(await make_personal_link(sessions, survey))
    await person.open("?page=3")
    page = await person.send({"p01": "1", "p02": "2", "p03": "3", "p04": "4"})
    assert "Page 1 of 3" in page.text
    assert "still needs your answer" in page.text
    assert "Your answers are saved" not in page.text


@pytest.mark.parametrize(
    "body",
    [
        b"e01=8&do=skip",
        b"e01=na&do=skip",
        b"e01=1&e01=2",
        b"e01=1&p01=2",
        b"e01=1&surprise=1",
        b"e01=1&do=explode",
        b"e01",
        b"e01=%FF%FE",
        b"\xff\xfe\x00",
        b"&".join(b"x%d=1" % i for i in range(400)),
        b'{"e01": 1}',
    ],
)
async def test_a_form_that_no_browser_would_send_is_refused_and_loses_nothing(
    sessions: Sessions, survey: Survey, started: Bot, body: bytes
) -> None:
    address = started.url.split("?")[0]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await started.client.post(f"{address}?page=1", content=body, headers=headers)
    assert response.status_code == 422
    assert NOT_SAVED in response.text
    assert await stored(sessions, survey) == FIRST_PAGE_ONLY


async def test_a_form_for_a_page_that_does_not_exist_is_refused(started: Bot) -> None:
    for query in ("", "?page=0", "?page=4", "?page=x", "?page=99999999999999999999"):
        refused = await started.post(started.url.split("?")[0] + query, EXPECTATIONS)
        assert refused.status == 422


async def test_a_form_that_is_too_large_is_refused_and_loses_nothing(
    sessions: Sessions, survey: Survey, started: Bot
) -> None:
    address = started.url.split("?")[0]
    response = await started.client.post(f"{address}?page=1", content=b"e01=1&pad=" + b"x" * LARGEST_FORM)
    assert response.status_code == 413
    assert NOT_SAVED in response.text
    assert await stored(sessions, survey) == FIRST_PAGE_ONLY


async def test_a_commit_that_fails_never_says_thank_you(sessions: Sessions, survey: Survey, started: Bot) -> None:
    await started.send()
    await break_commits(sessions)
    refused = await started.send({"p01": "1", "p02": "2", "p03": "3", "p04": "4"})
    assert refused.status == 500
    assert NOT_SAVED in refused.text
    assert "Thank you" not in refused.text
    assert "Your answers are saved" not in refused.text
    assert "Traceback" not in refused.text
    assert "Page 3 of 3" in (await started.open("?page=3")).text
    assert (await stored(sessions, survey))[0][6:] == [-3] * 4


BROKEN_COMMITS = {
    # A deferred constraint lets every statement pass and fails at COMMIT.
    "sqlite": (
        "CREATE TABLE nowhere (id INTEGER PRIMARY KEY)",
        "CREATE TABLE lost (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER lose AFTER UPDATE ON response BEGIN INSERT INTO lost VALUES (1); END",
    ),
    "postgresql": (
        "CREATE FUNCTION lose() RETURNS trigger AS $$ BEGIN RAISE 'the disk is full'; END $$ LANGUAGE plpgsql",
        (
            "CREATE CONSTRAINT TRIGGER lost AFTER UPDATE ON response DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION lose()"
        ),
    ),
}


async def break_commits(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for statement in BROKEN_COMMITS[session.get_bind().dialect.name]:
            await session.execute(text(statement))


async def test_a_filled_trap_asks_to_send_again_and_stores_nothing(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    assert person.page.fields["website"] == ""
    page = await person.send({**EXPECTATIONS, "website": "http://spam.example"})
    assert page.status == 422
    assert page.fields == {**EXPECTATIONS, "website": ""}
    assert await stored(sessions, survey) == []
    assert "Page 2 of 3" in (await person.send()).text


async def test_personal_links_have_no_trap(started: Bot) -> None:
    assert "website" not in started.page.fields


class TestWithNarrowLimits:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(starts_per_address=3, pages_per_response=4)

    async def test_too_many_starts_from_one_address_are_refused_and_say_that_nothing_was_saved(
        self, sessions: Sessions, survey: Survey, bot: MakeBot
    ) -> None:
        pages = []
        for _ in range(4):
            person = bot(make_open_link(survey))
            await person.open("?page=1")
            pages.append(await person.send(EXPECTATIONS))
        assert [page.status for page in pages] == [200, 200, 200, 429]
        assert NOT_SAVED in pages[-1].text
        assert len(await stored(sessions, survey)) == 3

    async def test_a_start_is_counted_whichever_page_is_sent_first_and_only_once(
        self, sessions: Sessions, survey: Survey, bot: MakeBot
    ) -> None:
        statuses = []
        for _ in range(4):
            person = bot(make_open_link(survey))
            for _ in range(2):
                await person.open("?page=2")
                statuses.append((await person.send({"w_fast": "50", "w_kind": "50"})).status)
        assert statuses == [200, 200, 200, 200, 200, 200, 429, 429]
        assert len(await stored(sessions, survey)) == 3

    async def test_one_response_cannot_be_sent_without_end(
        self, sessions: Sessions, survey: Survey, bot: MakeBot
    ) -> None:
        person = bot(await make_personal_link(sessions, survey))
        statuses = []
        for _ in range(5):
            await person.open("?page=1")
            statuses.append((await person.send(EXPECTATIONS)).status)
            person.url = person.url.split("?")[0]
        assert statuses == [200, 200, 200, 200, 429]


async def test_a_branch_of_hundreds_behind_one_address_is_let_through(survey: Survey, bot: MakeBot) -> None:
    for _ in range(300):
        person = bot(make_open_link(survey))
        person.page.action, person.page.buttons = "?page=1", [("do", "next")]
        assert (await person.send(EXPECTATIONS)).status == 200


async def test_an_open_link_is_no_personal_link(survey: Survey, bot: MakeBot) -> None:
    open_link = make_open_link(survey)
    assert (await bot(PersonalLink(open_link.token)).open()).status == 404
