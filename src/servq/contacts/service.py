"""Contacts, one at a time: adding a person, and keeping those alone who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.deciding import decide, decide_and_invite, decide_reminders, may_ask
from servq.contacts.gate import Candidate, Decided
from servq.contacts.models import Contact, DecisionSource, Outcome, SuppressionReason
from servq.contacts.queries import LedgerRow
from servq.contacts.rows import NewContact, normal_address
from servq.contacts.upserting import Upserted, upsert_contacts
from servq.errors import RecordUnknown
from servq.invitations.outbox_queries import stop_address

__all__ = [
    "Candidate",
    "Decided",
    "NewContact",
    "Upserted",
    "add_contact",
    "decide",
    "decide_and_invite",
    "decide_reminders",
    "erase_contact",
    "get_contact",
    "is_suppressed",
    "may_ask",
    "record_consent",
    "suppress",
    "upsert_contacts",
    "withdraw_consent",
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

    What is planned for it is cancelled. A person's own no (opt-out, complaint) also withdraws the consent of the
    contact who has the address, so that a new address does not undo it.
    """
    address = normal_address(address)
    await queries.insert_suppression(session, address, reason=reason, source=source, at=now)
    await stop_address(session, address)
    contact_id = await queries.find_contact_id(session, address)
    if contact_id is not None and reason is not SuppressionReason.HARD_BOUNCE:
        await withdraw_consent(session, contact_id, source, now=now)


async def withdraw_consent(session: AsyncSession, contact_id: int, source: str, *, now: datetime) -> None:
    """Ask a contact no more by any channel, also one without an address."""
    await queries.insert_consents(session, [{"contact_id": contact_id, "given": False, "source": source, "at": now}])
    await queries.stamp_opt_out(session, contact_id, at=now)


async def record_consent(session: AsyncSession, contact_id: int, *, given: bool, source: str, now: datetime) -> None:
    """Keep what a contact says about being asked."""
    if not given:
        await withdraw_consent(session, contact_id, source, now=now)
        return
    await queries.insert_consents(session, [{"contact_id": contact_id, "given": True, "source": source, "at": now}])


async def get_contact(session: AsyncSession, contact_id: int) -> Contact:
    """Return a contact; raises `RecordUnknown`."""
    contact = await session.get(Contact, contact_id, populate_existing=True)
    if contact is None:
        raise RecordUnknown(f"There is no contact {contact_id}.")
    return contact


async def erase_contact(session: AsyncSession, contact_id: int) -> None:
    """Delete what is stored of a person here; `servq.fieldwork.erasure` also sees to the answers.

    A suppression of the address stays, and so do the counts of the fieldwork: of each wave one decision without a name.
    Raises `RecordUnknown`.
    """
    await get_contact(session, contact_id)
    await queries.hold_decisions(session, [contact_id])
    counted: dict[tuple[int, bool], LedgerRow] = {}
    ledger = await queries.list_ledger(session, contact_id)
    for row in ledger:
        key = row.wave_id, row.source is DecisionSource.REMINDER
        if key not in counted or counted[key].outcome is not Outcome.INVITED:
            counted[key] = row
    kept = {row.id for row in counted.values()}
    kept |= {row.id for row in ledger if row.source is DecisionSource.REMINDER}
    await queries.erase_contact(session, contact_id, superseded=[row.id for row in ledger if row.id not in kept])
    session.expire_all()


async def is_suppressed(session: AsyncSession, address: str) -> bool:
    """Whether an address is never written to again."""
    address = normal_address(address)
    return address in await queries.list_suppressions(session, [address])
