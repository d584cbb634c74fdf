"""What happens to the links of a mail: a person clicks one, a scanner opens them all."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.planning import TOKENS, Sessions, invite_contacts, messages_of, settings_of, tick
from mail.sink import Received, Sink
from servq.contacts.models import Consent, Suppression
from servq.instruments import load_instrument
from servq.invitations.models import Invitation, MessageStatus
from servq.responses.models import Response
from servq.surveys.models import Channel
from servq.web import create_app
from stateful.factories import NOW, make_survey, stored

pytestmark = pytest.mark.anyio

ADDRESS = "https://survey.example"


@pytest.fixture
async def client(database: str) -> AsyncIterator[AsyncTestClient]:
    app = create_app(settings_of(database, 25), now=lambda: NOW)
    async with AsyncTestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as client:
        yield client


async def receive_one(engine: AsyncEngine, database: str, sink: Sink, sessions: Sessions, instrument: str) -> Received:
    survey = await make_survey(sessions, instrument=load_instrument(instrument))
    await invite_contacts(sessions, survey, ["ann@example.org"])
    await tick(engine, settings_of(database, sink.port), "mail")
    return sink.received[-1]


class _Links(HTMLParser):
    """Every address that a page or mail names, the targets of its forms among them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def links_in(received: Received) -> set[str]:
    message = received.message
    headers = re.findall(r"<(https?://[^>]+)>", str(message["List-Unsubscribe"]))
    plain = re.findall(r"https?://\S+", received.part("plain"))
    return {*headers, *plain, *_Links(received.part("html")).found}


def point(received: Received, score: int) -> str:
    (link,) = {link for link in links_in(received) if f"?score={score}&" in link}
    return link


@pytest.mark.parametrize(("instrument", "n_points"), [("nps", 11), ("ces", 7), ("csat", 5)])
async def test_a_scanner_that_opens_every_link_creates_no_answer_and_no_opt_out(
    engine: AsyncEngine,
    sessions: Sessions,
    database: str,
    sink: Sink,
    client: AsyncTestClient,
    instrument: str,
    n_points: int,
) -> None:
    received = await receive_one(engine, database, sink, sessions, instrument)
    waiting, seen = links_in(received), set[str]()
    assert len([link for link in waiting if "?score=" in link]) == n_points
    while waiting:
        link = waiting.pop()
        seen.add(link)
        for method in ("GET", "HEAD"):
            opened = await client.request(method, link, follow_redirects=True)
            assert opened.status_code in (200, 404, 405), link
            found = {urljoin(link, each) for each in _Links(opened.text).found if not each.startswith("data:")}
            waiting |= found - seen
    assert len(seen) == n_points + 3, "the page of the form, the style and the opt-out too"
    assert await stored(sessions) == []
    async with sessions() as session:
        for table in (Suppression, Consent):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
    assert [message.status for message in await messages_of(sessions)] == [MessageStatus.SENT]


async def test_a_click_in_the_mail_opens_the_page_with_the_score_chosen_and_counts_once_confirmed(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink, client: AsyncTestClient
) -> None:
    received = await receive_one(engine, database, sink, sessions, "nps")
    page = await client.get(point(received, 9))
    assert re.findall(r'<input[^>]*value="(\d+)"[^>]* checked', page.text) == ["9"]
    assert await stored(sessions) == []
    action = urljoin(point(received, 9), re.findall(r'<form[^>]*action="([^"]*)"', page.text)[0].replace("&amp;", "&"))
    sent = await client.post(action, data={"nps": "9", "do": "next"})
    assert sent.status_code == 200
    (response,) = await stored(sessions)
    assert response.channel is Channel.EMAIL
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Response)) == 1


@pytest.mark.parametrize("score", ["11", "-1", "na", "9%00", "", "９"])
async def test_a_score_that_is_no_point_chooses_nothing(
    engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink, client: AsyncTestClient, score: str
) -> None:
    received = await receive_one(engine, database, sink, sessions, "nps")
    page = await client.get(point(received, 9).replace("score=9", f"score={score}"))
    assert page.status_code == 200
    assert " checked" not in page.text


def unsubscribe_link(received: Received) -> str:
    return str(received.message["List-Unsubscribe"]).strip("<>")


@pytest.mark.parametrize("form", [{"List-Unsubscribe": "One-Click"}, {"do": "stop"}])
async def test_one_post_ends_the_mails_whether_by_the_page_or_by_the_mail_program(
    engine: AsyncEngine,
    sessions: Sessions,
    database: str,
    sink: Sink,
    client: AsyncTestClient,
    form: dict[str, str],
) -> None:
    received = await receive_one(engine, database, sink, sessions, "nps")
    assert received.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    asked = await client.get(unsubscribe_link(received), headers={"accept-language": "de"})
    assert "a…@example.org" in asked.text
    assert "Nicht mehr an mich schreiben" in asked.text
    assert "ann@" not in asked.text
    for _ in range(2):
        done = await client.post(unsubscribe_link(received), data=form)
        assert done.status_code == 200
        assert "stopped writing" in done.text
    async with sessions() as session:
        (row,) = (await session.scalars(select(Suppression))).all()
    assert (row.address, row.reason) == ("ann@example.org", "opt_out")


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s[:-3] + "AAA", lambda s: s + "A", lambda _: "x"])
async def test_a_changed_unsubscribe_link_is_refused_kindly(
    client: AsyncTestClient, sessions: Sessions, change: object
) -> None:
    sealed = TOKENS.seal("opt out", {"address": "ann@example.org", "survey": 1})
    assert callable(change)
    for refused in (await client.get(f"/u/{change(sealed)}"), await client.post(f"/u/{change(sealed)}")):
        assert refused.status_code == 403
        assert "This link is incomplete" in refused.text
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Suppression)) == 0


@pytest.mark.parametrize("anonymous", [False, True])
async def test_a_link_counts_as_opened_when_a_person_follows_it_and_not_when_a_program_fetches_it(
    sessions: Sessions, client: AsyncTestClient, *, anonymous: bool
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"), anonymous=anonymous)
    (token,) = (await invite_contacts(sessions, survey, ["ann@example.org"])).values()

    async def opened_at() -> datetime | None:
        async with sessions() as session:
            return await session.scalar(select(Invitation.opened_at))

    assert (await client.get(f"/s/{token}")).status_code == 200
    assert await opened_at() is None
    for _ in range(2):
        await client.get(f"/s/{token}", headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"})
    assert await opened_at() == (NOW.replace(hour=0, minute=0, second=0, microsecond=0) if anonymous else NOW)
