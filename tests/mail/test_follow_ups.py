from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.planning import Sessions, invite, invite_contacts, messages_of, settings_of, tick
from mail.sink import Sink
from servq.contacts.models import SuppressionReason
from servq.contacts.service import erase_contact, suppress
from servq.invitations.models import MessageKind, MessageStatus
from servq.mail.queries import store_plan
from servq.responses.closing import close_survey
from servq.responses.links import PersonalLink
from servq.responses.sittings import Sittings
from servq.surveys.models import Survey
from stateful.factories import NOW, answer, make_survey

pytestmark = pytest.mark.anyio

ADDRESSES = ("ann@example.org", "ben@example.org")


class Fieldwork:
    """A survey that reminds after three days and after four more, and a worker whose clock is moved by hand."""

    def __init__(self, engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink) -> None:
        self.engine, self.sessions, self.sink = engine, sessions, sink
        self.settings = settings_of(database, sink.port)
        self.links: dict[str, PersonalLink] = {}

    async def begin(self, *, thank_you: bool = False, **choices: object) -> Survey:
        survey = await make_survey(self.sessions, **choices)
        async with self.sessions.begin() as session:
            await store_plan(session, survey.id, reminder_days=[3, 4], thank_you=thank_you, alert_addresses=[])
        tokens = await invite_contacts(self.sessions, survey, ADDRESSES)
        self.links = {address: PersonalLink(token) for address, token in tokens.items()}
        await self.work(NOW)
        return survey

    async def work(self, now: datetime) -> list[tuple[str, str]]:
        """Run the worker and return what was sent by it: address and subject."""
        before = len(self.sink.received)
        await tick(self.engine, self.settings, "outbox", now=now)
        await tick(self.engine, self.settings, "mail", now=now)
        return sorted((each.recipient, str(each.message["Subject"])) for each in self.sink.received[before:])


@pytest.fixture
def fieldwork(engine: AsyncEngine, sessions: Sessions, database: str, sink: Sink) -> Fieldwork:
    return Fieldwork(engine, sessions, database, sink)


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)


REMINDER = "A reminder: your opinion of Hotel Meridian"


async def test_reminders_go_on_schedule_to_those_who_have_not_answered(
    fieldwork: Fieldwork, sittings: Sittings
) -> None:
    await fieldwork.begin()
    assert await fieldwork.work(after(2.9)) == []
    await answer(sittings, fieldwork.links["ann@example.org"], now=after(2.95))
    assert await fieldwork.work(after(3)) == [("ben@example.org", REMINDER)]
    assert await fieldwork.work(after(6.9)) == [], "the second counts from the first"
    assert await fieldwork.work(after(7)) == [("ben@example.org", REMINDER)]
    assert await fieldwork.work(after(30)) == [], "there are two"
    first, *reminders = [each for each in fieldwork.sink.received if each.recipient == "ben@example.org"]
    assert {str(each.message["In-Reply-To"]) for each in reminders} == {str(first.message["Message-ID"])}
    links = [each.part("plain").partition("/s/")[2][:22] for each in (first, *reminders)]
    assert set(links) == {fieldwork.links["ben@example.org"].token}, "the same link each time"


async def test_an_answer_takes_back_a_reminder_that_is_planned_and_blanks_the_tokens(
    fieldwork: Fieldwork, sittings: Sittings, sessions: Sessions
) -> None:
    await fieldwork.begin(anonymous=True)
    await tick(fieldwork.engine, fieldwork.settings, "outbox", now=after(3))
    assert [m.status for m in await messages_of(sessions) if m.kind is MessageKind.REMINDER] == ["planned", "planned"]
    await answer(sittings, fieldwork.links["ann@example.org"], now=after(3))
    for message in await messages_of(sessions):
        answered = message.address == "ann@example.org"
        assert (message.sealed_token is None) is answered
        if message.kind is MessageKind.REMINDER:
            assert message.status is (MessageStatus.CANCELLED if answered else MessageStatus.PLANNED)
    assert await fieldwork.work(after(3)) == [("ben@example.org", REMINDER)]


async def test_nobody_is_reminded_after_an_opt_out_or_the_close_of_the_survey(
    fieldwork: Fieldwork, sessions: Sessions
) -> None:
    survey = await fieldwork.begin()
    async with sessions.begin() as session:
        await suppress(session, "ann@example.org", SuppressionReason.OPT_OUT, "test", now=after(1))
    await tick(fieldwork.engine, fieldwork.settings, "outbox", now=after(3))
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=after(3))
    assert await fieldwork.work(after(4)) == []
    assert {message.sealed_token for message in await messages_of(sessions)} == {None}


async def test_a_link_that_expired_is_not_reminded_of_and_its_token_is_blanked(
    fieldwork: Fieldwork, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, closes_at=after(2))
    await invite_contacts(sessions, survey, ADDRESSES)
    assert len(await fieldwork.work(NOW)) == 2
    assert await fieldwork.work(after(2)) == []
    assert {message.sealed_token for message in await messages_of(sessions)} == {None}


async def test_a_mail_planned_for_a_suppressed_address_is_never_sent(fieldwork: Fieldwork, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await invite_contacts(sessions, survey, ADDRESSES)
    async with sessions.begin() as session:
        await suppress(session, "Ann@Example.org", SuppressionReason.COMPLAINT, "test", now=NOW)
    assert [address for address, _ in await fieldwork.work(NOW)] == ["ben@example.org"]
    statuses = {message.address: message.status for message in await messages_of(sessions)}
    assert statuses == {"ann@example.org": MessageStatus.CANCELLED, "ben@example.org": MessageStatus.SENT}


async def test_answers_are_thanked_for_once(fieldwork: Fieldwork, sittings: Sittings) -> None:
    await fieldwork.begin(thank_you=True)
    await answer(sittings, fieldwork.links["ann@example.org"], now=after(1))
    assert await fieldwork.work(after(1)) == [("ann@example.org", "Thank you for your answers")]
    assert await fieldwork.work(after(2)) == []


async def test_thanks_for_an_anonymous_answer_do_not_tell_its_hour(
    fieldwork: Fieldwork, sittings: Sittings, sessions: Sessions
) -> None:
    await fieldwork.begin(thank_you=True, anonymous=True)
    await answer(sittings, fieldwork.links["ann@example.org"], now=after(1))
    assert await fieldwork.work(after(1)) == []
    assert await fieldwork.work(after(2)) == [("ann@example.org", "Thank you for your answers")]
    (thanks,) = [message for message in await messages_of(sessions) if message.kind is MessageKind.THANK_YOU]
    assert thanks.due_at.hour == 10
    assert thanks.due_at.minute == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_workers_that_follow_up_at_once_remind_everybody_once(fieldwork: Fieldwork) -> None:
    await fieldwork.begin(thank_you=True)
    for _ in range(3):
        survey = await make_survey(fieldwork.sessions)
        async with fieldwork.sessions.begin() as session:
            await store_plan(session, survey.id, reminder_days=[3], thank_you=False, alert_addresses=[])
        await invite(fieldwork.sessions, survey, ADDRESSES)
    await fieldwork.work(NOW)
    at = after(3)
    await asyncio.gather(*(tick(fieldwork.engine, fieldwork.settings, "outbox", now=at) for _ in range(4)))
    reminders = [each for each in await messages_of(fieldwork.sessions) if each.kind is MessageKind.REMINDER]
    assert len(reminders) == 8


async def test_whoever_was_erased_is_not_thanked(fieldwork: Fieldwork, engine: AsyncEngine) -> None:
    await fieldwork.begin(thank_you=True)
    async with Sittings.running(engine) as sittings:
        await answer(sittings, fieldwork.links["ann@example.org"], now=NOW)
    async with fieldwork.sessions.begin() as session:
        await erase_contact(session, 1)
    assert await fieldwork.work(after(1)) == []
    assert {each.status for each in await messages_of(fieldwork.sessions)} <= {MessageStatus.SENT}
    assert {each.address for each in await messages_of(fieldwork.sessions)} == {"", "ben@example.org"}
