"""The only SQL about sign-in sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account, SignInSession


async def find_signed_in(
    session: AsyncSession, digest: bytes, *, begun_after: datetime, seen_after: datetime
) -> tuple[SignInSession, Account] | None:
    """Return a session that is neither too old nor too long unused, with its account if that is not disabled."""
    row = (
        await session.execute(
            select(SignInSession, Account)
            .join(Account, Account.id == SignInSession.account_id)
            .where(
                SignInSession.digest == digest,
                SignInSession.created_at > begun_after,
                SignInSession.seen_at > seen_after,
                Account.disabled_at.is_(None),
            )
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def note_seen(session: AsyncSession, session_id: int, *, now: datetime) -> None:
    """Keep a session from ending for want of use."""
    await session.execute(update(SignInSession).where(SignInSession.id == session_id).values(seen_at=now))


async def list_sessions(session: AsyncSession, account_id: int) -> Sequence[SignInSession]:
    """Return the sessions of a person, the latest used first."""
    found = select(SignInSession).where(SignInSession.account_id == account_id).order_by(SignInSession.seen_at.desc())
    return (await session.scalars(found)).all()


async def delete_session(session: AsyncSession, account_id: int, session_id: int) -> bool:
    """End one session of a person; False if there is none with this number."""
    done = await session.execute(
        delete(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.id == session_id)
        .returning(SignInSession.id)
    )
    return done.one_or_none() is not None


async def delete_sessions(session: AsyncSession, account_id: int, *, except_id: int | None = None) -> int:
    """End the sessions of a person, all or all but one; return how many."""
    condition = [SignInSession.account_id == account_id]
    if except_id is not None:
        condition.append(SignInSession.id != except_id)
    return len((await session.execute(delete(SignInSession).where(*condition).returning(SignInSession.id))).all())


async def delete_digest(session: AsyncSession, digest: bytes) -> None:
    """End the session with this cookie."""
    await session.execute(delete(SignInSession).where(SignInSession.digest == digest))


async def delete_ended(session: AsyncSession, *, begun_before: datetime, seen_before: datetime) -> None:
    """Forget sessions that are over."""
    over = or_(SignInSession.created_at <= begun_before, SignInSession.seen_at <= seen_before)
    await session.execute(delete(SignInSession).where(over))
