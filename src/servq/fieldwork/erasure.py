"""Erasing a person: the contact goes, answers and counts stay and no longer tell whose they are."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import service
from servq.contacts.queries import hold_decisions
from servq.fieldwork import erasure_queries as queries
from servq.fieldwork.redacting import Marks


async def erase_contact(session: AsyncSession, contact_id: int) -> None:
    """Delete a contact everywhere; its answers keep their site and no other attribute.

    Events lose what they carried of the person, feedback how to reach it, and texts, deliveries and sources the
    address, the reference and the whole name. A suppression of the address stays, and so do the counts of the
    fieldwork. Raises `RecordUnknown`.
    """
    contact = await service.get_contact(session, contact_id)
    await hold_decisions(session, [contact_id])
    marks = Marks.of(contact.reference, contact.email, contact.name)
    response_ids = await queries.list_response_ids(session, contact)
    await queries.clean_deliveries(session, response_ids, marks)
    await queries.clean_responses(session, response_ids, marks)
    await queries.delete_feedback_contacts(session, contact.email, response_ids)
    await queries.clean_invitations(session, contact_id)
    await queries.clean_events(session, contact_id, marks)
    if contact.email is not None:
        await queries.clean_suppression(session, contact.email, marks)
    await service.erase_contact(session, contact_id)
