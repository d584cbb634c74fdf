"""Nothing of an erased person is left in any table, and nothing that is counted changes."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, inspect, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.contacts.deciding import decide_and_invite
from servq.contacts.models import Contact, DecisionSource, SuppressionReason
from servq.contacts.rows import NewContact
from servq.contacts.service import suppress, upsert_contacts
from servq.db import table_of
from servq.events.given import NewEvent
from servq.events.intake import take_in
from servq.events.models import Event
from servq.fieldwork.erasure import erase_contact
from servq.fieldwork.redacting import Marks
from servq.fieldwork.service import get_fieldwork
from servq.invitations.models import MessageStatus, OutgoingMessage
from servq.responses.links import PersonalLink
from servq.responses.models import FeedbackContact, Response
from servq.responses.sittings import Sittings
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel, Survey
from servq.webhooks.models import Happening, WebhookDelivery
from servq.webhooks.service import NewWebhook, add_webhook
from stateful.factories import NOW, PERCEPTIONS, answer, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
TOKENS = SecurityTokens(b"a secret that only these tests know, long enough")
EMAIL, NAME, REFERENCE = "wilhelmina@example.org", "Wilhelmina  Ångström", "C-100777"
PERSON = NewContact(
    reference=REFERENCE, email=EMAIL, name=NAME, attributes={"site": "North", "phone": "+49 30 5550100", "tier": "gold"}
)
SIGNS = ("wilhelmina", "ångström", "c-100777", "5550100")
"""What would tell of the person, in small letters."""


async def everything_known_of(sessions: Sessions, sittings: Sittings) -> tuple[Survey, int]:
    """Let every part of servq learn of one person, and of another one besides; return the survey and the person."""
    survey = await make_survey(sessions, sites=("North",), allow_changes=True)
    async with sessions.begin() as session:
        new = NewWebhook(url="https://hooks.example.org/servq", happenings=[Happening.RESPONSE_COMPLETED])
        await add_webhook(session, new, networks=(), tokens=TOKENS, now=NOW)
        people = [PERSON, NewContact(reference="other", email="other@example.org", attributes={"site": "North"})]
        stored = await upsert_contacts(session, people, now=NOW)
        events = [
            NewEvent(
                kind="service_completed",
                idempotency_key=f"{person.reference}/{number}",
                contact=person,
                site="North",
                agent=f"called by {person.name}",
                attributes={"callback": str(person.email)},
            )
            for number, person in enumerate(people)
        ]
        await take_in(session, "crm", events, now=NOW)
        ids = [number for number in stored.contact_ids if number is not None]
        decided = await decide_and_invite(
            session,
            survey.id,
            ids,
            channel=Channel.EMAIL,
            due_at=NOW,
            source=DecisionSource.EVENT,
            now=NOW,
            tokens=TOKENS,
        )
        await session.execute(
            update(table_of(OutgoingMessage))
            .where(table_of(OutgoingMessage).c.address == EMAIL)
            .values(status=MessageStatus.SENT, sent_at=NOW, last_error=f"451 <{EMAIL}> is greylisted")
        )
    links = {each.contact_id: PersonalLink(str(each.token)) for each in decided}
    for remark in (f"I am {NAME}.", f"{EMAIL.upper()}, customer {REFERENCE}."):
        await answer(sittings, links[ids[0]], last={**PERCEPTIONS, "comment_remark": remark})
    await answer(sittings, links[ids[1]])
    async with sessions.begin() as session:
        for number, (name, address) in enumerate(((NAME, EMAIL.title()), ("Somebody", "somebody@example.org"))):
            session.add(
                FeedbackContact(
                    id=bytes([number]) * 16,
                    survey_id=survey.id,
                    response_id=None,
                    name=name,
                    address=address,
                    given_at=NOW,
                )
            )
        await suppress(session, EMAIL, SuppressionReason.OPT_OUT, f"call of {NAME}", now=NOW + timedelta(days=1))
    return survey, ids[0]


async def places_of(engine: AsyncEngine, *signs: str) -> set[str]:
    """Look for texts in every column of every table, whatever its type, and in the bytes of binary ones."""
    found = set()
    async with engine.connect() as connection:
        tables = await connection.run_sync(
            lambda sync: {
                name: [column["name"] for column in inspect(sync).get_columns(name)]
                for name in inspect(sync).get_table_names()
            }
        )
        assert len(tables) > 20
        quote = engine.dialect.identifier_preparer.quote
        for table, columns in tables.items():
            for row in await connection.execute(text(f"SELECT * FROM {quote(table)}")):
                for column, value in zip(columns, row, strict=True):
                    plain = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    if any(sign in plain.lower() for sign in signs):
                        found.add(f"{table}.{column}")
    return found


async def test_nothing_of_an_erased_person_is_left_in_any_table_and_the_counts_stay(
    engine: AsyncEngine, sessions: Sessions, sittings: Sittings
) -> None:
    survey, contact_id = await everything_known_of(sessions, sittings)
    assert await places_of(engine, *SIGNS) == {
        "contact.attributes",
        "contact.email",
        "contact.name",
        "contact.reference",
        "consent.source",
        "event.agent",
        "event.attributes",
        "event.idempotency_key",
        "feedback_contact.address",
        "feedback_contact.name",
        "invitation.attributes",
        "message.address",
        "message.last_error",
        "message.values",
        "response.attributes",
        "response.texts",
        "response_version.texts",
        "suppression.address",
        "suppression.source",
        "webhook_delivery.body",
    }
    async with sessions() as session:
        before = await get_fieldwork(session, survey.id, now=NOW)
        n_before = [await session.scalar(select(func.count()).select_from(each)) for each in (Event, Response)]
    async with sessions.begin() as session:
        await erase_contact(session, contact_id)
    assert await places_of(engine, *SIGNS) == {"suppression.address"}, "it must never be written to again"
    async with sessions() as session:
        assert await get_fieldwork(session, survey.id, now=NOW) == before
        assert [await session.scalar(select(func.count()).select_from(each)) for each in (Event, Response)] == n_before


async def test_what_belongs_to_others_stays_as_it_was(
    engine: AsyncEngine, sessions: Sessions, sittings: Sittings
) -> None:
    _, contact_id = await everything_known_of(sessions, sittings)
    others = ("other", "somebody")
    known = await places_of(engine, *others)
    async with sessions() as session:
        bodies = list(await session.scalars(select(WebhookDelivery.body).order_by(WebhookDelivery.id)))
    async with sessions.begin() as session:
        await erase_contact(session, contact_id)
    assert await places_of(engine, *others) == known
    async with sessions() as session:
        told = list(await session.scalars(select(WebhookDelivery.body).order_by(WebhookDelivery.id)))
        (kept,) = [body for body in told if body in bodies]
        assert msgspec.json.decode(kept)["data"]["contact"] == "other"
        cleaned = msgspec.json.decode(next(body for body in told if body not in bodies))["data"]
        assert cleaned["contact"] is None
        assert cleaned["attributes"] == {"site": "North"}
        assert cleaned["scores"] == msgspec.json.decode(bodies[0])["data"]["scores"]
        (event,) = await session.scalars(select(Event).where(Event.contact_id.is_(None)))
        assert (event.site, event.kind, event.attributes) == ("North", "service_completed", {})
        assert list(await session.scalars(select(Contact.reference))) == ["other"]


def test_marks_are_whole_words_in_any_case_and_short_ones_are_not_looked_for() -> None:
    marks = Marks.of("C-7", "ada@example.org", "Ada  Example", None)
    assert marks.out_of("ADA EXAMPLE, c-7 (ada@example.org)") == "[…], […] ([…])"
    assert marks.out_of("C-70 and nada@example.organic") == "C-70 and nada@example.organic"
    assert Marks.of("7", None, None).out_of("room 7") == "room 7"
    assert marks.out_of_key("C-7/1") != marks.out_of_key("C-7/2")
    assert marks.out_of_key("order 1") == "order 1"
