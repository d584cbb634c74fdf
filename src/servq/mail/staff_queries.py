"""The only SQL about mails to people with accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.mail.models import StaffMail, StaffMailAttachment, StaffMailStatus


async def claim(session: AsyncSession, *, now: datetime, until: datetime) -> StaffMail | None:
    """Take the mail that is due longest, for as long as the lease; None if none is due."""
    due = (
        select(StaffMail.id)
        .where(StaffMail.status == StaffMailStatus.PLANNED, StaffMail.due_at <= now)
        .order_by(StaffMail.due_at, StaffMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claimed = (
        update(StaffMail)
        .where(StaffMail.id == due, StaffMail.status == StaffMailStatus.PLANNED)
        .values(status=StaffMailStatus.SENDING, attempts=StaffMail.attempts + 1, due_at=until)
        .returning(StaffMail)
    )
    return (await session.scalars(claimed.execution_options(populate_existing=True))).one_or_none()


async def list_attachments(session: AsyncSession, mail_id: int) -> Sequence[StaffMailAttachment]:
    """Return the files that travel with a mail."""
    found = select(StaffMailAttachment).where(StaffMailAttachment.mail_id == mail_id)
    return (await session.scalars(found.order_by(StaffMailAttachment.number))).all()


async def note_end(session: AsyncSession, mail_id: int, status: StaffMailStatus, reply: str) -> None:
    """Write down what became of a mail, and forget what it said."""
    await session.execute(
        update(StaffMail).where(StaffMail.id == mail_id).values(status=status, reply=reply, values={})
    )
    await session.execute(delete(StaffMailAttachment).where(StaffMailAttachment.mail_id == mail_id))


async def plan_again(session: AsyncSession, mail_id: int, *, due_at: datetime, reply: str, counts: bool) -> None:
    """Try a mail again later; an attempt that never reached the server does not count."""
    attempts = StaffMail.attempts if counts else StaffMail.attempts - 1
    await session.execute(
        update(StaffMail)
        .where(StaffMail.id == mail_id)
        .values(status=StaffMailStatus.PLANNED, due_at=due_at, reply=reply, attempts=attempts)
    )


async def give_up_leases(session: AsyncSession, *, now: datetime) -> int:
    """Say of mails whose worker ended in between that nobody knows whether they arrived; return how many."""
    lost = (
        update(StaffMail)
        .where(StaffMail.status == StaffMailStatus.SENDING, StaffMail.due_at <= now)
        .values(status=StaffMailStatus.UNKNOWN, values={})
        .returning(StaffMail.id)
    )
    return len((await session.execute(lost)).all())
