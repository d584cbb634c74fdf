"""The only SQL that takes a person out of what stays when the contact is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, LargeBinary, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import Contact, LiftedSuppression, Suppression
from servq.db import table_of
from servq.events.models import Event
from servq.fieldwork.redacting import Marks, only_site, without_person
from servq.invitations.models import Invitation, OutgoingMessage
from servq.responses.models import FeedbackContact, Response, ResponseVersion
from servq.webhooks.models import WebhookDelivery

T = TypeVar("T")

_AT_ONCE = 200


async def list_response_ids(session: AsyncSession, contact: Contact) -> list[bytes]:
    """Return the responses that are known to be a contact's: by its invitations, or by feedback under its address."""
    invited = select(Invitation.id).where(Invitation.contact_id == contact.id)
    found = set(await session.scalars(select(Response.id).where(Response.invitation_id.in_(invited))))
    if contact.email is not None:
        left = select(FeedbackContact.response_id).where(func.lower(FeedbackContact.address) == contact.email)
        found |= {number for number in await session.scalars(left) if number is not None}
    return sorted(found)


async def clean_invitations(session: AsyncSession, contact_id: int) -> None:
    """Leave to the invitations of a contact the site and no other attribute, and to their messages no error."""
    table, messages = table_of(Invitation), table_of(OutgoingMessage)
    rows = await session.execute(select(table.c.id, table.c.attributes).where(table.c.contact_id == contact_id))
    ids = []
    for number, attributes in rows.all():
        ids.append(number)
        kept = only_site(attributes)
        if kept != attributes:
            await session.execute(update(table).where(table.c.id == number).values(attributes=kept))
    # A mail server says in its refusal to whom the mail was.
    for some in _parts(ids):
        await session.execute(update(messages).where(messages.c.invitation_id.in_(some)).values(last_error=None))


async def clean_responses(session: AsyncSession, response_ids: Iterable[bytes], marks: Marks) -> None:
    """Leave to answers their site, and their texts without the marks of the person; earlier versions too."""
    responses, versions = table_of(Response), table_of(ResponseVersion)
    for some in _parts(response_ids):
        rows = await session.execute(
            select(responses.c.id, responses.c.attributes, responses.c.texts).where(responses.c.id.in_(some))
        )
        for number, attributes, texts in rows.all():
            await session.execute(
                update(responses)
                .where(responses.c.id == number)
                .values(attributes=only_site(attributes), texts=marks.out_of_values(texts))
            )
        earlier = await session.execute(
            select(versions.c.response_id, versions.c.number, versions.c.texts).where(versions.c.response_id.in_(some))
        )
        for number, version, texts in earlier.all():
            await session.execute(
                update(versions)
                .where(versions.c.response_id == number, versions.c.number == version)
                .values(texts=marks.out_of_values(texts))
            )


async def delete_feedback_contacts(session: AsyncSession, address: str | None, response_ids: Iterable[bytes]) -> None:
    """Forget how a person who left it with feedback is reached."""
    table = table_of(FeedbackContact)
    if address is not None:
        await session.execute(delete(table).where(func.lower(table.c.address) == address))
    for some in _parts(response_ids):
        await session.execute(delete(table).where(table.c.response_id.in_(some)))


async def clean_events(session: AsyncSession, contact_id: int, marks: Marks) -> None:
    """Leave of what happened to a person where, when and of what kind, and nothing that says to whom."""
    table = table_of(Event)
    columns = (table.c.id, table.c.idempotency_key, table.c.touchpoint, table.c.agent)
    rows = await session.execute(select(*columns).where(table.c.contact_id == contact_id))
    for row in rows.all():
        await session.execute(
            update(table)
            .where(table.c.id == row.id)
            .values(
                attributes={},
                idempotency_key=marks.out_of_key(row.idempotency_key),
                touchpoint=_cleaned(row.touchpoint, marks),
                agent=_cleaned(row.agent, marks),
            )
        )


async def clean_deliveries(session: AsyncSession, response_ids: Iterable[bytes], marks: Marks) -> None:
    """Take the person out of what other systems were, or are still to be, told of these responses."""
    table = table_of(WebhookDelivery)
    for some in _parts(response_ids):
        named = or_(*(_holds(session, table.c.body, response_id.hex().encode()) for response_id in some))
        for number, body in (await session.execute(select(table.c.id, table.c.body).where(named))).all():
            told = msgspec.json.decode(body, type=dict[str, object])
            data = told.get("data")
            if isinstance(data, dict):
                told["data"] = without_person(data, marks)
            await session.execute(update(table).where(table.c.id == number).values(body=msgspec.json.encode(told)))


async def clean_suppression(session: AsyncSession, address: str, marks: Marks) -> None:
    """Leave of a suppression the address, which must not be written to, and a source that names nobody.

    Suppressions of it that were lifted are forgotten.
    """
    await session.execute(delete(table_of(LiftedSuppression)).where(LiftedSuppression.address == address))
    table = table_of(Suppression)
    source = await session.scalar(select(table.c.source).where(table.c.address == address))
    if source is not None and marks.are_in(source):
        await session.execute(update(table).where(table.c.address == address).values(source=marks.out_of(source)[:100]))


def _holds(session: AsyncSession, column: ColumnElement[bytes], part: bytes) -> ColumnElement[bool]:
    sought = literal(part, LargeBinary())
    if session.get_bind().dialect.name == "postgresql":
        return func.position(sought.op("IN")(column)) > 0
    return func.instr(column, sought) > 0


def _cleaned(text: str | None, marks: Marks) -> str | None:
    return None if text is None else marks.out_of(text)


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some
