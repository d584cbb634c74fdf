"""Contacts as they are stored one by one: adding a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import Contact


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
        email=None if email is None else email.strip().lower(),
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
