"""The only SQL about failed sign-ins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import SignInFailure


async def list_failures(
    session: AsyncSession, subjects: Iterable[bytes], *, since: datetime
) -> Sequence[SignInFailure]:
    """Return what was counted of these subjects lately."""
    found = select(SignInFailure).where(SignInFailure.subject.in_(list(subjects)), SignInFailure.last_at > since)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def hold(session: AsyncSession, subjects: Iterable[bytes], *, now: datetime) -> None:
    """Let attempts on the same subjects wait for each other until the end of the transaction."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for subject in sorted(subjects):  # in one order, so that no two attempts wait for each other for ever
        statement = insert(SignInFailure).values(subject=subject, count=0, last_at=now)
        await session.execute(
            statement.on_conflict_do_update(index_elements=[SignInFailure.subject], set_={"count": SignInFailure.count})
        )


async def count_failures(session: AsyncSession, subjects: Iterable[bytes], *, now: datetime, since: datetime) -> None:
    """Count one more of each; what is long ago begins anew."""
    count = case((SignInFailure.last_at > since, SignInFailure.count + 1), else_=1)
    await session.execute(
        update(SignInFailure).where(SignInFailure.subject.in_(list(subjects))).values(count=count, last_at=now)
    )


async def take_back_failure(session: AsyncSession, subject: bytes) -> None:
    """Count one less."""
    await session.execute(
        update(SignInFailure)
        .where(SignInFailure.subject == subject, SignInFailure.count > 0)
        .values(count=SignInFailure.count - 1)
    )


async def delete_failures(session: AsyncSession, subjects: Iterable[bytes]) -> None:
    """Forget what was counted of these subjects."""
    await session.execute(delete(SignInFailure).where(SignInFailure.subject.in_(list(subjects))))


async def forget_failures(session: AsyncSession, *, before: datetime) -> None:
    """Forget what is long ago."""
    await session.execute(delete(SignInFailure).where(SignInFailure.last_at <= before))
