"""The only SQL about long work and kept files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.jobs.models import JobStatus, KeptFile, KeptPiece, LongJob

UNENDED = (JobStatus.WAITING, JobStatus.RUNNING)


class ClaimedJob(NamedTuple):
    """Long work that this worker, and nobody else, may do now."""

    id: int
    kind: str
    parameters: dict[str, Any]
    account_id: int
    attempts: int


async def any_due(session: AsyncSession, *, now: datetime) -> bool:
    """Whether anything is to be done; asked first because claiming takes the write lock of SQLite."""
    return await session.scalar(select(LongJob.id).where(_is_due(now)).limit(1)) is not None


async def claim(session: AsyncSession, *, lease_until: datetime, now: datetime) -> ClaimedJob | None:
    """Take the oldest work that is waiting, or whose worker fell silent."""
    due = (
        select(LongJob.id)
        .where(_is_due(now))
        .order_by(LongJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        # As a part of its own it is run once; within the condition PostgreSQL may run it for every row.
        .cte("due")
    )
    row = (
        await session.execute(
            update(LongJob)
            .where(LongJob.id.in_(select(due.c.id)), _is_due(now))
            .values(
                status=JobStatus.RUNNING,
                lease_until=lease_until,
                attempts=LongJob.attempts + 1,
                started_at=func.coalesce(LongJob.started_at, now),
            )
            .returning(LongJob.id, LongJob.kind, LongJob.parameters, LongJob.account_id, LongJob.attempts)
            .execution_options(synchronize_session=False)
        )
    ).one_or_none()
    return None if row is None else ClaimedJob._make(row)


def _is_due(now: datetime) -> Any:
    return or_(
        LongJob.status == JobStatus.WAITING,
        and_(LongJob.status == JobStatus.RUNNING, LongJob.lease_until <= now),
    )


async def note_progress(session: AsyncSession, job_id: int, *, n_done: int, n_total: int) -> bool:
    """Write down how far a piece of work is; False if it is not to go on."""
    return await _change_running(session, job_id, n_done=n_done, n_total=n_total)


async def renew_lease(session: AsyncSession, job_id: int, *, lease_until: datetime) -> bool:
    """Say that its worker is alive; False if the work is not to go on."""
    return await _change_running(session, job_id, lease_until=lease_until)


async def end(session: AsyncSession, job_id: int, **values: object) -> bool:
    """Write down how a piece of work ended; False if it was cancelled meanwhile."""
    return await _change_running(session, job_id, lease_until=None, **values)


async def cancel(session: AsyncSession, job_id: int, *, now: datetime) -> bool:
    """Cancel work that has not ended; False if it has."""
    done = await session.execute(
        update(LongJob)
        .where(LongJob.id == job_id, LongJob.status.in_(UNENDED))
        .values(status=JobStatus.CANCELLED, lease_until=None, ended_at=now)
        .returning(LongJob.id)
        .execution_options(synchronize_session=False)
    )
    return done.one_or_none() is not None


async def _change_running(session: AsyncSession, job_id: int, **values: object) -> bool:
    done = await session.execute(
        update(LongJob)
        .where(LongJob.id == job_id, LongJob.status == JobStatus.RUNNING)
        .values(values)
        .returning(LongJob.id)
        .execution_options(synchronize_session=False)
    )
    return done.one_or_none() is not None


async def insert_job(session: AsyncSession, values: Mapping[str, object]) -> int:
    """Store a piece of work and return its number."""
    return (await session.execute(insert(LongJob).values(values).returning(LongJob.id))).scalar_one()


async def find_job(session: AsyncSession, job_id: int, account_id: int) -> LongJob | None:
    """Return work that this person asked for, as it stands now."""
    found = select(LongJob).where(LongJob.id == job_id, LongJob.account_id == account_id)
    return (await session.scalars(found.execution_options(populate_existing=True))).one_or_none()


async def list_unended(session: AsyncSession, account_id: int) -> Sequence[LongJob]:
    """Return what is waiting or under way for a person, the oldest first."""
    found = select(LongJob).where(LongJob.account_id == account_id, LongJob.status.in_(UNENDED)).order_by(LongJob.id)
    return (await session.scalars(found)).all()


async def list_unended_of(session: AsyncSession, kind: str) -> Sequence[LongJob]:
    """Return what of one kind is waiting or under way, whoever asked for it."""
    found = select(LongJob).where(LongJob.kind == kind, LongJob.status.in_(UNENDED)).order_by(LongJob.id)
    return (await session.scalars(found)).all()


async def insert_file(session: AsyncSession, values: Mapping[str, object]) -> int:
    """Store what is known of a file and return its number."""
    return (await session.execute(insert(KeptFile).values(values).returning(KeptFile.id))).scalar_one()


async def insert_piece(session: AsyncSession, file_id: int, number: int, content: bytes) -> None:
    """Store one piece of a file."""
    await session.execute(insert(KeptPiece).values(file_id=file_id, number=number, content=content))


async def set_file_size(session: AsyncSession, file_id: int, *, n_bytes: int, sha256: str) -> None:
    """Write down what is known of a file once all of it is stored."""
    await session.execute(
        update(KeptFile)
        .where(KeptFile.id == file_id)
        .values(n_bytes=n_bytes, sha256=sha256)
        .execution_options(synchronize_session=False)
    )


async def find_file(session: AsyncSession, file_id: int, account_id: int) -> KeptFile | None:
    """Return a file that belongs to this person."""
    found = select(KeptFile).where(KeptFile.id == file_id, KeptFile.account_id == account_id)
    return (await session.scalars(found)).one_or_none()


async def read_pieces(session: AsyncSession, file_id: int) -> AsyncIterator[bytes]:
    """Yield the pieces of a file, one statement each."""
    number = 0
    while True:
        found = select(KeptPiece.content).where(KeptPiece.file_id == file_id, KeptPiece.number == number)
        content = await session.scalar(found)
        if content is None:
            return
        yield content
        number += 1


async def delete_file(session: AsyncSession, file_id: int) -> None:
    """Delete a file and its pieces."""
    await session.execute(delete(KeptFile).where(KeptFile.id == file_id))


async def delete_old(session: AsyncSession, *, before: datetime, jobs_before: datetime) -> None:
    """Delete the files whose time is over and the work that ended long ago."""
    await session.execute(delete(KeptFile).where(KeptFile.forget_at <= before))
    await session.execute(delete(LongJob).where(LongJob.ended_at <= jobs_before))


async def withdraw(session: AsyncSession, account_id: int, *, now: datetime) -> None:
    """Cancel what is waiting or under way for a person and delete every file kept for them."""
    await session.execute(
        update(LongJob)
        .where(LongJob.account_id == account_id, LongJob.status.in_(UNENDED))
        .values(status=JobStatus.CANCELLED, lease_until=None, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(KeptFile).where(KeptFile.account_id == account_id))
