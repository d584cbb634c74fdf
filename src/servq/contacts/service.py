"""Contacts, one at a time: adding a person, and keeping those alone who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.deciding import decide, decide_and_invite, decide_reminders, may_ask
from servq.contacts.gate import Candidate, Decided
from servq.contacts.models import Contact, SuppressionReason
from servq.contacts.rows import NewContact, normal_address
from servq.contacts.upserting import Upserted, upsert_contacts

__all__ = [
    "Candidate",
    "Decided",
    "NewContact",
    "Upserted",
    "add_contact",
    "decide",
    "decide_and_invite",
    "decide_reminders",
    "is_suppressed",
    "may_ask",
    "suppress",
    "upsert_contacts",
]


async def add_contact(
    session: AsyncSession,
    *,
    now: datetime,
    reference: str | None = None,
    email: str | None = None,
    name: str | None = None,
    locale: str | None = None,
    time_zone: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Contact:
    """Store an addressable person; `reference` is the organisation's own id and links answers across waves."""
    contact = Contact(
        reference=reference,
        email=None if email is None else normal_address(email),
        name=name,
        locale=locale,
        time_zone=time_zone,
        attributes=dict(attributes or {}),
        created_at=now,
        updated_at=now,
    )
    session.add(contact)
    await session.flush()
    return contact


async def suppress(
    session: AsyncSession, address: str, reason: SuppressionReason, source: str, *, now: datetime
) -> None:
    """Never write to an address again; `source` says where that was asked for or found.

    A person's own no (opt-out, complaint) also withdraws the consent of the contact who has the address, so that a new
    address does not undo it.
    """
    address = normal_address(address)
    await queries.insert_suppression(session, address, reason=reason, source=source, at=now)
    contact_id = await queries.find_contact_id(session, address)
    if contact_id is not None and reason is not SuppressionReason.HARD_BOUNCE:
        await queries.insert_consents(
            session, [{"contact_id": contact_id, "given": False, "source": source, "at": now}]
        )


async def is_suppressed(session: AsyncSession, address: str) -> bool:
    """Whether an address is never written to again."""
    address = normal_address(address)
    return address in await queries.list_suppressions(session, [address])
