"""The only SQL about people and keys."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account, ApiKey


async def find_account(session: AsyncSession, email: str) -> Account | None:
    """Return the account of an e-mail address (lower case)."""
    return (await session.scalars(select(Account).where(Account.email == email))).one_or_none()


async def find_key(session: AsyncSession, prefix: str) -> ApiKey | None:
    """Return the key with this prefix."""
    return (await session.scalars(select(ApiKey).where(ApiKey.prefix == prefix))).one_or_none()
