"""Webhooks: planned with what happened, signed, sent by a worker, tried again, replayed, and kept out of the house."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts.service import add_contact
from servq.errors import RecordUnknown, RequestInvalid
from servq.instruments import load_instrument
from servq.invitations.models import Invitation
from servq.responses.closing import close_overdue_surveys, close_survey
from servq.responses.low_scores import remove_low_score, set_low_score
from servq.responses.sittings import Sittings
from servq.security_tokens import SecurityTokens
from servq.surveys.service import open_wave
from servq.webhooks import delivering, service
from servq.webhooks.delivering import Courier, forget_deliveries
from servq.webhooks.models import DeliveryStatus, Happening, WebhookDelivery
from servq.webhooks.retries import WAITS_S
from servq.webhooks.service import AddedWebhook, NewWebhook
from stateful.factories import NOW, answer, make_open_link, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
TOKENS = SecurityTokens(b"a secret of the installation in tests")
HERE = (ip_network("127.0.0.0/8"),)


@dataclass
class Receiver:
    """A real web server that keeps what it was sent and answers as it is told."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        location = "Location: http://127.0.0.1:1/\r\n" if 300 <= self.status < 400 else ""
        writer.write(f"HTTP/1.1 {self.status} x\r\n{location}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?from=servq"
    async with server:
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


async def add(sessions: Sessions, url: str, **choices: object) -> AddedWebhook:
    async with sessions.begin() as session:
        return await service.add_webhook(session, NewWebhook(url=url, **choices), networks=HERE, tokens=TOKENS, now=NOW)


async def deliveries(sessions: Sessions) -> list[WebhookDelivery]:
    async with sessions() as session:
        return list((await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))).all())


async def rate(sittings: Sittings, link: object, rating: int) -> None:
    saved = await sittings.save(link, 0, {"nps": str(rating)}, locale="en", submit=True, now=NOW)
    assert saved.submitted


def courier(**choices: object) -> Courier:
    return Courier(**{"tokens": TOKENS, "networks": HERE, **choices})


async def test_a_completed_response_is_told_with_its_scores_and_a_signature_that_the_secret_proves(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"), sites=("North",))
    added = await add(sessions, receiver.url)
    await rate(sittings, make_open_link(survey, site="North"), 9)
    assert await courier().deliver_due(sessions, NOW) == 1
    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert told["type"] == "response_completed"
    assert told["data"]["scores"] == {"nps": 9.0}
    assert told["data"]["attributes"] == {"site": "North"}
    assert told["data"]["administration"] == "self"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    key = b64decode(added.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = b64encode(hmac.new(key, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    (delivery,) = await deliveries(sessions)
    assert (delivery.status, delivery.last_status) == (DeliveryStatus.DELIVERED, 204)
    assert await courier().deliver_due(sessions, NOW) == 0


async def test_a_page_that_comes_twice_is_told_once(sessions: Sessions, sittings: Sittings, receiver: Receiver) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url)
    link = make_open_link(survey)
    await rate(sittings, link, 9)
    await rate(sittings, link, 9)
    assert len(await deliveries(sessions)) == 1


async def test_pages_before_the_last_tell_nothing(sessions: Sessions, sittings: Sittings, receiver: Receiver) -> None:
    survey = await make_survey(sessions)
    await add(sessions, receiver.url)
    link = make_open_link(survey)
    await sittings.save(link, 0, {"e01": "7"}, locale="en", submit=False, now=NOW)
    await sittings.save(link, 0, {"e01": "7"}, locale="en", submit=True, now=NOW)
    assert await deliveries(sessions) == []
    await answer(sittings, link)
    (delivery,) = await deliveries(sessions)
    told = json.loads(delivery.body)["data"]
    # perceptions 1, 2, –, – minus expectations 7, 6: -6 and -4, so the dimension "fast" and the overall are -5;
    # "kind" has no pair, and an overall needs every dimension
    assert told["scores"] == {}
    assert told["texts"] == {"remark": "Clean rooms."}


@pytest.mark.parametrize(("rating", "warned"), [(6, True), (7, False), (0, True)])
async def test_a_score_at_or_below_the_threshold_is_a_warning(
    sessions: Sessions, sittings: Sittings, receiver: Receiver, rating: int, *, warned: bool
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url, happenings=(Happening.LOW_SCORE,))
    async with sessions.begin() as session:
        await set_low_score(session, survey.id, "nps", 5, now=NOW)
        await set_low_score(session, survey.id, "nps", 6, now=NOW)
        contact = await add_contact(session, reference="guest-7", now=NOW)
    link = await make_personal_link(sessions, survey)
    async with sessions.begin() as session:
        invitation = (await session.scalars(select(Invitation))).one()
        invitation.contact_id = contact.id
    await rate(sittings, link, rating)
    planned = await deliveries(sessions)
    assert [each.happening for each in planned] == [Happening.LOW_SCORE] * warned
    if warned:
        told = json.loads(planned[0].body)["data"]
        assert (told["score"], told["value"], told["at_most"]) == ("nps", rating, 6)
        assert told["contact"] == "guest-7"
    async with sessions.begin() as session:
        await remove_low_score(session, survey.id, "nps")
        with pytest.raises(RecordUnknown):
            await remove_low_score(session, survey.id, "nps")


async def test_a_low_score_rule_needs_a_score_of_one_response_and_a_survey_that_is_not_anonymous(
    sessions: Sessions,
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"), anonymous=True)
    async with sessions.begin() as session:
        with pytest.raises(RequestInvalid) as refused:
            await set_low_score(session, survey.id, "joy", float("nan"), now=NOW)
    assert len(refused.value.problems) == 3


async def test_nothing_is_told_of_a_response_to_an_anonymous_survey(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"), anonymous=True)
    await add(sessions, receiver.url)
    await rate(sittings, make_open_link(survey), 3)
    await rate(sittings, await make_personal_link(sessions, survey), 3)
    assert await deliveries(sessions) == []


async def test_a_webhook_of_one_survey_hears_of_no_other(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    mine = await make_survey(sessions, instrument=load_instrument("nps"))
    other = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url, survey_id=mine.id)
    await rate(sittings, make_open_link(other), 9)
    assert await deliveries(sessions) == []
    await rate(sittings, make_open_link(mine), 9)
    assert len(await deliveries(sessions)) == 1


async def test_the_end_of_a_wave_is_told_when_the_next_one_opens_and_when_the_survey_closes_by_hand_or_by_time(
    sessions: Sessions, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, closes_at=NOW + timedelta(days=9))
    await add(sessions, receiver.url)
    async with sessions.begin() as session:
        await open_wave(session, survey.id, name="Spring", now=NOW)
    async with sessions.begin() as session:
        assert await close_overdue_surveys(session, now=NOW) == 0
    for later in (NOW + timedelta(days=9), NOW + timedelta(days=10)):
        async with sessions.begin() as session:
            await close_overdue_surveys(session, now=later)
            await close_survey(session, survey.id, now=later)
    told = [json.loads(each.body) for each in await deliveries(sessions)]
    assert [each["type"] for each in told] == ["wave_closed", "wave_closed"]
    assert [each["data"]["wave"]["name"] for each in told] == ["1", "Spring"]


async def test_a_failed_delivery_is_tried_again_later_and_later_then_given_up_then_replayed(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    webhook = (await add(sessions, receiver.url)).webhook
    await rate(sittings, make_open_link(survey), 9)
    receiver.status = 503
    now, waits = NOW, []
    for _ in range(len(WAITS_S) + 1):
        assert await courier().deliver_due(sessions, now) == 1
        (delivery,) = await deliveries(sessions)
        waits.append((delivery.due_at - now).total_seconds())
        assert await courier().deliver_due(sessions, delivery.due_at - timedelta(seconds=1)) == 0
        now = delivery.due_at
    assert waits == [*WAITS_S, 0]
    assert sorted(waits[:-1]) == waits[:-1]
    assert (delivery.status, delivery.last_status) == (DeliveryStatus.FAILED, 503)
    assert delivery.last_error == "The receiver answered 503."
    receiver.status = 200
    async with sessions.begin() as session:
        assert await service.replay(session, webhook.id, status=DeliveryStatus.FAILED, now=now) == 1
    assert await courier().deliver_due(sessions, now) == 1
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {delivery.message_id}
    assert len({headers["webhook-signature"] for headers, _ in receiver.got}) > 1, "each attempt has its own time"
    async with sessions.begin() as session:
        assert await service.replay(session, webhook.id, delivery_id=delivery.id, now=now) == 1
        assert await service.replay(session, webhook.id, since=NOW + timedelta(seconds=1), now=now) == 0
        with pytest.raises(RecordUnknown):
            await service.replay(session, webhook.id, delivery_id=delivery.id + 1, now=now)


async def test_what_a_worker_was_sending_when_it_died_is_sent_by_another_one(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url)
    await rate(sittings, make_open_link(survey), 9)
    async with sessions.begin() as session:
        (delivery,) = (await session.scalars(select(WebhookDelivery))).all()
        delivery.status, delivery.lease_until, delivery.attempts = DeliveryStatus.SENDING, NOW, 1
    assert await courier().deliver_due(sessions, NOW - timedelta(seconds=1)) == 0
    assert await courier().deliver_due(sessions, NOW) == 1
    assert len(receiver.got) == 1


async def test_two_workers_never_send_the_same_delivery_at_once(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url)
    for _ in range(30):
        await rate(sittings, make_open_link(survey), 9)
    for _ in range(2):
        await asyncio.gather(*(courier().deliver_due(sessions, NOW) for _ in range(3)))
    assert len(receiver.got) == 30
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 30


async def test_a_resting_webhook_hears_nothing_new_and_a_removed_one_is_gone(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    webhook = (await add(sessions, receiver.url)).webhook
    async with sessions.begin() as session:
        await service.send_test(session, webhook.id, now=NOW)
        await service.switch_webhook(session, webhook.id, active=False)
    await rate(sittings, make_open_link(survey), 9)
    assert await courier().deliver_due(sessions, NOW) == 0, "what was planned waits"
    async with sessions.begin() as session:
        await service.switch_webhook(session, webhook.id, active=True)
    assert await courier().deliver_due(sessions, NOW) == 1
    assert json.loads(receiver.got[0][1])["type"] == "test"
    async with sessions.begin() as session:
        await service.remove_webhook(session, webhook.id)
    assert await deliveries(sessions) == []


async def test_what_was_delivered_or_given_up_long_ago_is_forgotten(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url)
    await rate(sittings, make_open_link(survey), 9)
    await courier().deliver_due(sessions, NOW)
    receiver.status = 500
    await rate(sittings, make_open_link(survey), 8)
    given_up = NOW + timedelta(days=3)
    async with sessions.begin() as session:
        await session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.status == DeliveryStatus.PLANNED)
            .values(attempts=len(WAITS_S), due_at=given_up)
        )
    await courier().deliver_due(sessions, given_up)
    assert [each.status for each in await deliveries(sessions)] == [DeliveryStatus.DELIVERED, DeliveryStatus.FAILED]
    for days, left in ((89, 2), (91, 1), (94, 0)):
        async with sessions.begin() as session:
            await forget_deliveries(session, now=NOW + timedelta(days=days))
        assert len(await deliveries(sessions)) == left


async def test_a_fault_nobody_thought_of_costs_one_attempt_and_the_others_arrive(
    sessions: Sessions, sittings: Sittings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url.replace("/hook", "/odd"))
    await add(sessions, receiver.url)
    really_post = delivering.post

    async def post(url: str, *given: Any, **more: Any) -> int:
        if "/odd" in url:
            raise OverflowError("something nobody thought of")
        return await really_post(url, *given, **more)

    monkeypatch.setattr(delivering, "post", post)
    await rate(sittings, make_open_link(survey), 9)
    await courier().deliver_due(sessions, NOW)
    odd, delivered = await deliveries(sessions)
    assert (odd.status, delivered.status) == (DeliveryStatus.PLANNED, DeliveryStatus.DELIVERED)
    assert odd.due_at == NOW + timedelta(seconds=WAITS_S[0])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_a_private_address_is_not_reached_whatever_its_name(
    sessions: Sessions, sittings: Sittings, receiver: Receiver, host: str
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    webhook = (await add(sessions, receiver.url)).webhook
    async with sessions.begin() as session:
        (await service.get_webhook(session, webhook.id)).url = receiver.url.replace("127.0.0.1", host)
    await rate(sittings, make_open_link(survey), 9)
    assert await courier(networks=()).deliver_due(sessions, NOW) == 1
    (delivery,) = await deliveries(sessions)
    assert receiver.got == []
    assert "not on the public internet" in (delivery.last_error or "")
    assert delivery.status is DeliveryStatus.PLANNED


async def test_a_redirect_is_not_followed(sessions: Sessions, sittings: Sittings, receiver: Receiver) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url)
    await rate(sittings, make_open_link(survey), 9)
    receiver.status = 307
    await courier().deliver_due(sessions, NOW)
    (delivery,) = await deliveries(sessions)
    assert (delivery.status, delivery.last_status) == (DeliveryStatus.PLANNED, 307)


async def test_a_receiver_that_is_not_there_is_said_so(sessions: Sessions, sittings: Sittings) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    for url in ("http://127.0.0.1:1/", "http://nowhere.invalid/"):
        await add(sessions, url)
    await rate(sittings, make_open_link(survey), 9)
    assert await courier().deliver_due(sessions, NOW) == 2
    assert [each.last_error is not None for each in await deliveries(sessions)] == [True, True]


async def test_another_installations_secret_is_said_to_be_so(
    sessions: Sessions, sittings: Sittings, receiver: Receiver
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url)
    await rate(sittings, make_open_link(survey), 9)
    await courier(tokens=SecurityTokens(b"the secret of another installation")).deliver_due(sessions, NOW)
    (delivery,) = await deliveries(sessions)
    assert "another installation" in (delivery.last_error or "")


@pytest.mark.parametrize("watched", [False, True])
async def test_a_response_that_nobody_watches_costs_no_further_statement(
    sessions: Sessions, sittings: Sittings, receiver: Receiver, *, watched: bool
) -> None:
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    other = await make_survey(sessions, instrument=load_instrument("nps"))
    await add(sessions, receiver.url, survey_id=(survey if watched else other).id)
    await rate(sittings, make_open_link(survey), 9)
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        await rate(sittings, make_open_link(survey), 9)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert len(statements) == (5 if watched else 1)
