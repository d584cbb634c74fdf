"""What a widget's addresses allow, refuse and store, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.contacts.models import Contact, Decision
from servq.contacts.rows import NewContact
from servq.events.given import NewEvent
from servq.events.intake import take_in
from servq.events.models import StartsOn
from servq.events.rules import NewRule, add_rule
from servq.events.starting import handle_events
from servq.instruments import load_instrument
from servq.invitations.tokens import new_token
from servq.responses.closing import close_survey
from servq.responses.models import FeedbackContact
from servq.settings import Settings
from servq.surveys.models import Channel
from servq.web import create_app
from servq.widgets.identity import signature_of
from stateful.factories import NOW, make_instrument, make_survey, stored

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]

API = "/api/v1"
SECRET = "a secret of the installation in tests"
ORIGIN = {"Origin": "https://www.example.org"}


class Shop:
    """A widget made by the API, and the calls of its pages."""

    def __init__(self, client: AsyncTestClient[Any], headers: dict[str, str], added: dict[str, Any]) -> None:
        self.client = client
        self.headers = headers
        self.id, self.key, self.secret = added["widget"]["id"], added["widget"]["key"], added["secret"]

    async def rule(self, **rule: object) -> dict[str, Any]:
        done = await self.client.post(f"{API}/widgets/{self.id}/rules", json=rule, headers=self.headers)
        assert done.status_code == 201, done.text
        found: dict[str, Any] = done.json()
        return found

    async def call(self, path: str, *, origin: dict[str, str] = ORIGIN, **body: object) -> Any:
        return await self.client.post(f"/w/{self.key}/{path}", json=body, headers=origin)

    async def ask(self, **body: object) -> Any:
        done = await self.call("ask", **body)
        assert done.status_code == 200, done.text
        return done.json()

    def person(self, user: str, **attributes: str) -> dict[str, object]:
        signature = signature_of(self.secret, user, attributes)
        return {"user": user, "attributes": attributes, "signature": signature}


@pytest.fixture
async def client(database: str) -> AsyncIterator[AsyncTestClient[Any]]:
    settings = Settings(database=database, address="http://servq.test", secret=SECRET)
    async with AsyncTestClient(
        create_app(settings, now=lambda: NOW), base_url="http://servq.test", raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture
async def shop(client: AsyncTestClient[Any], sessions: Sessions) -> Shop:
    async with sessions.begin() as session:
        key = await create_key(session, [Scope.SURVEYS_READ, Scope.SURVEYS_WRITE], now=NOW)
    headers = {"Authorization": f"Bearer {key.text}"}
    new = {"name": "Shop", "origins": ["https://www.example.org"]}
    added = await client.post(f"{API}/widgets", json=new, headers=headers)
    assert added.status_code == 201, added.text
    return Shop(client, headers, added.json())


async def make_nps(sessions: Sessions, **choices: object) -> int:
    return (await make_survey(sessions, instrument=load_instrument("nps"), slug="shop", **choices)).id


async def test_only_the_pages_of_its_origins_may_use_a_widget(shop: Shop, client: AsyncTestClient[Any]) -> None:
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        for path in ("ask", "shown", "answers"):
            refused = await shop.call(path, origin=origin)
            assert refused.status_code == 403
            assert "access-control-allow-origin" not in refused.headers
    allowed = await client.options(f"/w/{shop.key}/ask", headers=ORIGIN)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert "access-control-allow-credentials" not in allowed.headers
    foreign = await client.get(f"/w/{shop.key}", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert (await client.get("/w/nothing", headers=ORIGIN)).status_code == 404
    await client.post(f"{API}/widgets/{shop.id}/pause", headers=shop.headers)
    assert (await client.get(f"/w/{shop.key}", headers=ORIGIN)).status_code == 404


async def test_rules_decide_by_event_page_attributes_and_share(shop: Shop, sessions: Sessions) -> None:
    survey = await make_nps(sessions)
    await shop.rule(survey_id=survey, event="bought", pages=["/orders/*/done"], conditions={"plan": ["pro", "team"]})
    fitting = {"event": "bought", "page": "/orders/7/done", "attributes": {"plan": "pro"}}
    assert (await shop.ask(**fitting))["form"]["parts"][0]["name"] == "nps"
    for change in ({"event": "looked"}, {"page": "/orders/7"}, {"attributes": {"plan": "free"}}, {"attributes": {}}):
        assert await shop.ask(**{**fitting, **change}) is None
    await shop.rule(survey_id=survey, event="viewed", share=0.25)
    chosen = [lot for lot in range(0, 1000, 10) if await shop.ask(event="viewed", lot=lot)]
    assert len(chosen) == 25
    assert [lot for lot in range(0, 1000, 10) if await shop.ask(event="viewed", lot=lot)] == chosen


async def test_a_survey_that_is_too_much_for_a_dialog_is_refused_with_every_reason(
    shop: Shop, client: AsyncTestClient[Any], sessions: Sessions
) -> None:
    survey = await make_survey(sessions, instrument=make_instrument())
    rule = {"survey_id": survey.id, "event": "", "pages": ["orders"], "share": 0.5, "delay_s": 3}
    refused = await client.post(f"{API}/widgets/{shop.id}/rules", json=rule, headers=shop.headers)
    assert refused.status_code == 422
    columns = [problem["column"] for problem in refused.json()["problems"]]
    assert columns == ["event", "pages", "survey_id"]


async def test_a_known_person_is_asked_by_the_one_contact_policy_and_answers_by_a_link_of_their_own(
    shop: Shop, sessions: Sessions
) -> None:
    survey = await make_nps(sessions)
    await shop.rule(survey_id=survey, event="bought", touchpoint="checkout")
    person = shop.person("C-1", plan="pro")
    offer = await shop.ask(event="bought", **person)
    assert offer["known"]
    token = (await shop.call("shown", ticket=offer["ticket"])).json()["token"]
    answers = {"ticket": offer["ticket"], "token": token, "answers": {"nps": "9", "comment_reason_promoter": "Tea"}}
    for _ in range(2):
        assert (await shop.call("answers", **answers)).status_code == 201
    (response,) = await stored(sessions)
    assert (response.channel, response.texts) == (Channel.IN_APP, {"reason_promoter": "Tea"})
    assert response.attributes == {"plan": "pro", "touchpoint": "checkout"}
    # The shown dialog counts as an invitation, whatever asks next.
    assert await shop.ask(event="bought", **person) is None
    assert (await shop.call("shown", ticket=offer["ticket"])).json() == {"token": None}
    async with sessions() as session:
        decisions = (await session.scalars(select(Decision).order_by(Decision.id))).all()
        contact = (await session.scalars(select(Contact))).one()
    assert (contact.reference, contact.attributes) == ("C-1", {"plan": "pro"})
    assert [(each.channel, each.outcome) for each in decisions] == [("in_app", "invited"), ("in_app", "not_invited")]


async def test_nobody_is_believed_without_the_signature_of_the_app(shop: Shop, sessions: Sessions) -> None:
    survey = await make_nps(sessions)
    await shop.rule(survey_id=survey, event="bought")
    signed = shop.person("C-1", plan="pro")
    for forged in ({"user": "C-2"}, {"attributes": {"plan": "gold"}}, {"signature": ""}, {"signature": "0" * 64}):
        refused = await shop.call("ask", event="bought", **{**signed, **forged})
        assert (refused.status_code, refused.json()["code"]) == (403, "link.changed")
    async with sessions() as session:
        assert (await session.scalars(select(Contact))).all() == []


async def test_a_new_secret_ends_the_belief_in_the_old_one(shop: Shop, sessions: Sessions) -> None:
    survey = await make_nps(sessions)
    await shop.rule(survey_id=survey, event="bought")
    renewed = await shop.client.post(f"{API}/widgets/{shop.id}/secret", headers=shop.headers)
    assert (await shop.call("ask", event="bought", **shop.person("C-1"))).status_code == 403
    shop.secret = renewed.json()["secret"]
    assert (await shop.ask(event="bought", **shop.person("C-1")))["known"]


async def test_a_rule_on_an_event_that_the_server_reports_opens_the_survey_at_the_next_page(
    shop: Shop, sessions: Sessions
) -> None:
    survey = await make_nps(sessions)
    async with sessions.begin() as session:
        rule = NewRule(starts_on=StartsOn.EVENT, event_kind="chat_closed", channel=Channel.IN_APP)
        await add_rule(session, survey, rule, now=NOW)
        event = NewEvent(kind="chat_closed", idempotency_key="1", contact=NewContact(reference="C-1"))
        await take_in(session, "tests", [event], now=NOW)
    await handle_events(sessions, NOW)
    settings = (await shop.client.get(f"/w/{shop.key}", headers=ORIGIN)).json()
    assert (settings["offers"], settings["rules"]) == (True, [["chat_closed", []]])
    offer = await shop.ask(event="page_view", **shop.person("C-1"))
    token = (await shop.call("shown", ticket=offer["ticket"])).json()["token"]
    assert token
    assert await shop.ask(event="page_view", **shop.person("C-1")) is None
    # Whoever is not signed in is asked in the page where it happened.
    assert not (await shop.ask(event="chat_closed", visit="a"))["known"]


async def test_a_ticket_opens_what_it_was_given_for_and_nothing_else(shop: Shop, sessions: Sessions) -> None:
    survey = await make_nps(sessions)
    await shop.rule(survey_id=survey, event="bought")
    ticket = (await shop.ask(event="bought"))["ticket"]
    body, _, mac = ticket.partition(".")
    for changed in ("", "x.y", f"{body}x.{mac}"):
        refused = await shop.call("answers", ticket=changed, token=new_token(), answers={"nps": "9"})
        assert refused.status_code == 403
    assert (await shop.call("answers", ticket=ticket, token="short", answers={"nps": "9"})).status_code == 404
    for answers in ({}, {"nps": "11"}, {"nps": "x"}):
        refused = await shop.call("answers", ticket=ticket, token=new_token(), answers=answers, lang="de")
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, ORIGIN["Origin"])
    assert "gibt es hier nicht" in refused.json()["detail"]
    assert await stored(sessions) == []


async def test_answers_that_waited_count_for_the_time_at_which_they_were_given(shop: Shop, sessions: Sessions) -> None:
    survey = await make_nps(sessions)
    await shop.rule(survey_id=survey, event="bought")
    ticket = (await shop.ask(event="bought"))["ticket"]
    sent = {"ticket": ticket, "token": new_token(), "answers": {"nps": "9"}, "age_s": 7200, "seconds": 12}
    assert (await shop.call("answers", **sent)).status_code == 201
    (response,) = await stored(sessions)
    assert (response.submitted_at, response.duration_s) == (NOW - timedelta(hours=2), 12)
    async with sessions.begin() as session:
        await close_survey(session, survey, now=NOW)
    late = await shop.call("answers", **{**sent, "token": new_token()})
    assert (late.status_code, late.json()["code"]) == (410, "survey.closed")


async def test_an_anonymous_survey_keeps_neither_person_nor_touchpoint(shop: Shop, sessions: Sessions) -> None:
    survey = await make_nps(sessions, anonymous=True)
    await shop.rule(survey_id=survey, event="bought", touchpoint="checkout")
    for person in ({}, shop.person("C-1", plan="pro")):
        offer = await shop.ask(event="bought", **person)
        token = (await shop.call("shown", ticket=offer["ticket"])).json()["token"] or new_token()
        sent = {"ticket": offer["ticket"], "token": token, "answers": {"nps": "3"}}
        assert (await shop.call("answers", **sent)).status_code == 201
    for response in await stored(sessions):
        assert (response.invitation_id, response.attributes) == (None, {})


async def test_feedback_comes_by_the_widget_too(shop: Shop, sessions: Sessions) -> None:
    await make_survey(sessions, instrument=load_instrument("csat"), slug="feedback")
    offer = await shop.ask(feedback="feedback")
    assert [part["name"] for part in offer["form"]["parts"]] == ["comment", "score", "name", "address"]
    sent = {
        "ticket": offer["ticket"],
        "token": new_token(),
        "answers": {"comment": "Slow lift.", "address": "a@example.org"},
    }
    for _ in range(2):
        assert (await shop.call("answers", **sent)).status_code == 201
    (response,) = await stored(sessions)
    assert (response.channel, response.administration) == ("in_app", "feedback_form")
    async with sessions() as session:
        assert len((await session.scalars(select(FeedbackContact))).all()) == 1
