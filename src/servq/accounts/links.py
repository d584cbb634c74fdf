"""Links that are mailed to people: to accept an invitation, or to set a new password.

A link is signed and names a row; the row says whether it was used. Nothing that is stored opens an account.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries
from servq.accounts.models import Account, AccountLink, Purpose
from servq.errors import LinkExpired, LinkUnknown, ServqError
from servq.security_tokens import SecurityTokens

LIFETIMES = {Purpose.INVITATION: timedelta(days=7), Purpose.RESET: timedelta(hours=2)}
_FOLDERS = {Purpose.INVITATION: "/invited", Purpose.RESET: "/reset"}


async def make_link(session: AsyncSession, account: Account, purpose: Purpose, *, now: datetime) -> AccountLink:
    """Make a link; the ones that were sent before for the same purpose no longer work."""
    await queries.delete_links(session, account.id, purpose)
    link = AccountLink(account_id=account.id, purpose=purpose, created_at=now, expires_at=now + LIFETIMES[purpose])
    session.add(link)
    await session.flush()
    return link


def link_path(tokens: SecurityTokens, purpose: Purpose, link_id: int) -> str:
    """Return the address of a link, below that of the service."""
    return f"{_FOLDERS[purpose]}/{tokens.sign(purpose.value, {'link': link_id})}"


async def open_link(
    session: AsyncSession, tokens: SecurityTokens, purpose: Purpose, signed: str, *, now: datetime
) -> tuple[AccountLink, Account]:
    """Return what a link is for; raises `LinkUnknown` or `LinkExpired` (also once it was used)."""
    try:
        number = tokens.verify(purpose.value, signed, now=now).get("link")
    except ServqError as error:
        raise LinkUnknown("This link leads nowhere. Open it exactly as it was sent.") from error
    found = await queries.find_link(session, number) if isinstance(number, int) else None
    if found is None or found[0].purpose is not purpose or found[1].disabled_at is not None:
        raise LinkUnknown("This link leads nowhere. Open it exactly as it was sent.")
    link, account = found
    if link.used_at is not None or link.expires_at <= now:
        raise LinkExpired("This link was used, or its time is over. Ask for a new one.")
    return link, account


async def use_link(session: AsyncSession, link: AccountLink, *, now: datetime) -> None:
    """Use a link up; raises `LinkExpired` if somebody else just did."""
    if not await queries.use_link(session, link.id, now=now):
        raise LinkExpired("This link was used, or its time is over. Ask for a new one.")
