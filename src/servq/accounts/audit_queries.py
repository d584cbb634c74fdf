"""The only SQL about the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; what is empty does not matter."""

    who: str = ""
    action: str = ""
    kind: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return it as conditions."""
        found: list[ColumnElement[bool]] = []
        if self.who:
            found.append(AuditEntry.email == self.who)
        if self.action:
            found.append(AuditEntry.action == self.action)
        if self.kind:
            found.append(AuditEntry.kind == self.kind)
        if self.text:
            found.append(
                or_(
                    AuditEntry.target.icontains(self.text, autoescape=True),
                    AuditEntry.email.icontains(self.text, autoescape=True),
                )
            )
        if self.since is not None:
            found.append(AuditEntry.at >= self.since)
        if self.until is not None:
            found.append(AuditEntry.at < self.until)
        return found


async def list_entries(
    session: AsyncSession, wanted: AuditFilter, *, limit: int, before: int | None = None
) -> Sequence[AuditEntry]:
    """Return entries, the newest first; those before a number where one is given."""
    found = select(AuditEntry).where(*wanted.conditions()).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        found = found.where(AuditEntry.id < before)
    return (await session.scalars(found)).all()


async def count_entries(session: AsyncSession, wanted: AuditFilter) -> int:
    """Count entries."""
    return int(await session.scalar(select(func.count()).select_from(AuditEntry).where(*wanted.conditions())) or 0)


async def list_kinds(session: AsyncSession) -> Sequence[str]:
    """Return what entries are about."""
    return (await session.scalars(select(AuditEntry.kind).distinct().order_by(AuditEntry.kind))).all()


async def each_entry(session: AsyncSession, wanted: AuditFilter, *, at_once: int) -> AsyncIterator[AuditEntry]:
    """Give entries one by one, the newest first, however many there are."""
    before: int | None = None
    while entries := await list_entries(session, wanted, limit=at_once, before=before):
        for entry in entries:
            yield entry
        before = entries[-1].id
        session.expunge_all()


async def delete_entries(session: AsyncSession, *, before: datetime) -> int:
    """Delete what is older than is kept; the database refuses younger ones."""
    done = await session.execute(delete(AuditEntry).where(AuditEntry.at < before).returning(AuditEntry.id))
    return len(done.all())
