"""Erasing a person: the contact goes, the answers stay and no longer tell whose they are."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import service
from servq.fieldwork import queries


async def erase_contact(session: AsyncSession, contact_id: int) -> None:
    """Delete a contact everywhere; its answers keep their site and no other attribute.

    A suppression of its address stays, and so do the counts of the fieldwork. Raises `RecordUnknown`.
    """
    await service.get_contact(session, contact_id)
    await queries.keep_only_sites(session, contact_id)
    await service.erase_contact(session, contact_id)
