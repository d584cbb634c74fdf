"""The statements on the report style."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from servq.report_style.models import ONLY_ID, StoredStyle


async def find_stored(session: AsyncSession) -> StoredStyle | None:
    """Return the style; None while nobody chose one."""
    return await session.get(StoredStyle, ONLY_ID)
