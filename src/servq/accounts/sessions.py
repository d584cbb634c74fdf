"""Sign-in sessions: begun with a cookie, found by its digest, ended by time or by their owner."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import session_queries, site_queries
from servq.accounts.models import Account, Right, Role, SignInSession, Theme
from servq.accounts.sites import ids_below
from servq.accounts.viewer import Viewer

LONGEST_SESSION = timedelta(days=14)
"""When a session ends however much it is used."""

LONGEST_IDLE = timedelta(hours=12)
"""When a session ends that nobody uses."""

SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last use is kept: a page that is only looked at seldom writes."""

_LONGEST_ADDRESS = 45
_LONGEST_BROWSER = 200


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a cookie stands for."""

    session_id: int
    viewer: Viewer
    is_due: bool
    """Whether the use is to be noted."""


async def begin_session(session: AsyncSession, account: Account, *, address: str, browser: str, now: datetime) -> str:
    """Begin a session and return the value of its cookie, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            account_id=account.id,
            digest=digest_of(token),
            created_at=now,
            seen_at=now,
            address=address[:_LONGEST_ADDRESS],
            browser=browser[:_LONGEST_BROWSER],
        )
    )
    await session.flush()
    return token


async def find_viewer(session: AsyncSession, token: str, *, locale: str, now: datetime) -> SignedIn | None:
    """Return who is signed in with a cookie; `locale` is read by those who chose none."""
    found = await session_queries.find_signed_in(
        session, digest_of(token), begun_after=now - LONGEST_SESSION, seen_after=now - LONGEST_IDLE
    )
    if found is None:
        return None
    stored, account = found
    viewer = await viewer_of(session, account, locale=locale)
    return SignedIn(stored.id, viewer, is_due=now - stored.seen_at >= SEEN_EVERY)


async def viewer_of(session: AsyncSession, account: Account, *, locale: str) -> Viewer:
    """Return an account as the pages know it."""
    return Viewer(
        account_id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,
        locale=account.locale or locale,
        time_zone=account.time_zone or "UTC",
        sites=await _sites_of(session, account),
        rights=frozenset(Right(right) for right in account.rights if right in set(Right)),
        theme=Theme(account.theme),
    )


def digest_of(token: str) -> bytes:
    """Return what is stored of a cookie."""
    # 256 random bits need no slow hash.
    return sha256(token.encode()).digest()


async def _sites_of(session: AsyncSession, account: Account) -> frozenset[str] | None:
    """Return what a person may see; the node at the top is everything, whatever the names in the answers."""
    if account.role is not Role.MANAGER:
        return None
    granted = set(await site_queries.list_granted(session, account.id))
    if not granted:
        return frozenset()
    nodes = await site_queries.list_sites(session)
    if any(node.id in granted and node.parent_id is None and node.kind == "organisation" for node in nodes):
        return None
    below = ids_below(nodes, granted)
    return frozenset(node.name for node in nodes if node.id in below)
