"""The only SQL about the tree of sites and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import AccountSite, Site
from servq.db import table_of


async def list_sites(session: AsyncSession) -> Sequence[Site]:
    """Return all nodes."""
    return (await session.scalars(select(Site).order_by(Site.id))).all()


async def list_granted(session: AsyncSession, account_id: int) -> Sequence[int]:
    """Return the nodes that a person was given."""
    return (await session.scalars(select(AccountSite.site_id).where(AccountSite.account_id == account_id))).all()


async def list_all_granted(session: AsyncSession) -> Mapping[int, Sequence[int]]:
    """Return the nodes that each person was given."""
    granted: dict[int, list[int]] = {}
    for account_id, site_id in await session.execute(select(AccountSite.account_id, AccountSite.site_id)):
        granted.setdefault(account_id, []).append(site_id)
    return granted


async def store_granted(session: AsyncSession, account_id: int, site_ids: Collection[int]) -> None:
    """Give a person these nodes and no others."""
    await session.execute(delete(AccountSite).where(AccountSite.account_id == account_id))
    if site_ids:
        rows = [{"account_id": account_id, "site_id": site_id} for site_id in sorted(site_ids)]
        await session.execute(insert(table_of(AccountSite)), rows)
