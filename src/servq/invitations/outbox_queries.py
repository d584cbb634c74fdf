"""The only SQL about messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from servq.invitations.models import OutgoingMessage


async def insert_messages(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Store many messages at once."""
    if rows:
        await session.execute(insert(OutgoingMessage), rows)
