"""The only SQL about drafts and published instruments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from servq.accounts.models import Account
from servq.drafts.models import Draft, DraftChange, DraftConflict, PublishedInstrument


class Claimed(NamedTuple):
    """A draft that this transaction alone may change; `number` is the one that its next state will have."""

    id: int
    number: int
    content: bytes


async def claim_draft(session: AsyncSession, draft_id: int) -> Claimed | None:
    """Take a draft for writing: whoever else wants to write waits until this transaction is over."""
    statement = (
        update(Draft)
        .where(Draft.id == draft_id)
        .values(number=Draft.number + 1)
        .returning(Draft.id, Draft.number, Draft.content)
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Claimed._make(row)


async def store_draft(
    session: AsyncSession, draft_id: int, *, number: int, content: bytes, title: str, account_id: int, now: datetime
) -> None:
    """Store the next state of a draft that was claimed."""
    await session.execute(
        update(Draft)
        .where(Draft.id == draft_id)
        .values(number=number, content=content, title=title, changed_by=account_id, changed_at=now)
        .execution_options(synchronize_session=False)
    )


async def set_instrument_id(session: AsyncSession, draft_id: int, instrument_id: str) -> None:
    """Give a draft another id for what is published from it."""
    await session.execute(
        update(Draft)
        .where(Draft.id == draft_id)
        .values(instrument_id=instrument_id)
        .execution_options(synchronize_session=False)
    )


async def release_draft(session: AsyncSession, draft_id: int, number: int) -> None:
    """Leave a claimed draft as it was."""
    await session.execute(
        update(Draft).where(Draft.id == draft_id).values(number=number - 1).execution_options(synchronize_session=False)
    )


async def find_draft(session: AsyncSession, draft_id: int) -> Draft | None:
    """Return a draft with its content as it is stored now."""
    options = (undefer(Draft.content), undefer(Draft.origin))
    return await session.get(Draft, draft_id, options=options, populate_existing=True)


async def find_draft_of(session: AsyncSession, instrument_id: str) -> int | None:
    """Return the draft from which an instrument is published."""
    return (await session.scalars(select(Draft.id).where(Draft.instrument_id == instrument_id))).one_or_none()


async def list_drafts(session: AsyncSession) -> Sequence[tuple[Draft, str, str]]:
    """Return all drafts, last changed first, with name and address of whoever changed them."""
    statement = (
        select(Draft, func.coalesce(Account.name, ""), func.coalesce(Account.email, ""))
        .outerjoin(Account, Account.id == Draft.changed_by)
        .options(undefer(Draft.content), undefer(Draft.origin))
        .order_by(Draft.changed_at.desc(), Draft.id.desc())
    )
    return [(draft, name, email) for draft, name, email in (await session.execute(statement)).all()]


async def list_taken_ids(session: AsyncSession) -> frozenset[str]:
    """Return the ids of all drafts and of everything published."""
    drafts = await session.scalars(select(Draft.instrument_id))
    published = await session.scalars(select(PublishedInstrument.instrument_id).distinct())
    return frozenset(drafts) | frozenset(published)


async def list_changes(session: AsyncSession, draft_id: int, *, since: int) -> Sequence[DraftChange]:
    """Return the changes of a draft behind a revision number, oldest first."""
    statement = select(DraftChange).where(DraftChange.draft_id == draft_id, DraftChange.number > since)
    return (await session.scalars(statement.order_by(DraftChange.number, DraftChange.id))).all()


async def list_changes_to(session: AsyncSession, draft_id: int, number: int) -> Sequence[DraftChange]:
    """Return the changes that led to a revision number."""
    statement = select(DraftChange).where(DraftChange.draft_id == draft_id, DraftChange.number == number)
    return (await session.scalars(statement.order_by(DraftChange.id))).all()


async def has_changes_from(session: AsyncSession, draft_id: int, sheet: str) -> bool:
    """Whether anything was changed from an open page before."""
    statement = select(DraftChange.id).where(DraftChange.draft_id == draft_id, DraftChange.sheet == sheet).limit(1)
    return (await session.scalars(statement)).one_or_none() is not None


async def find_removal(session: AsyncSession, draft_id: int, path: str) -> int | None:
    """Return the revision number with which a value went last."""
    statement = select(func.max(DraftChange.number)).where(
        DraftChange.draft_id == draft_id, DraftChange.path == path, DraftChange.after.is_(None)
    )
    return (await session.scalars(statement)).one()


async def list_recent_authors(
    session: AsyncSession, draft_id: int, *, most: int
) -> Sequence[Row[int, datetime, str, str, int]]:
    """Return the newest states of a draft: number, time, name and address of the author, values changed."""
    statement = (
        select(
            DraftChange.number,
            func.max(DraftChange.at),
            func.coalesce(func.max(Account.name), ""),
            func.coalesce(func.max(Account.email), ""),
            func.count(),
        )
        .outerjoin(Account, Account.id == DraftChange.account_id)
        .where(DraftChange.draft_id == draft_id)
        .group_by(DraftChange.number)
        .order_by(DraftChange.number.desc())
        .limit(most)
    )
    return (await session.execute(statement)).all()


async def find_author(session: AsyncSession, draft_id: int, path: str, *, not_by: int) -> str:
    """Return what to call the other person who changed a value last, "" for nobody."""
    statement = (
        select(Account.name, Account.email)
        .join(DraftChange, DraftChange.account_id == Account.id)
        .where(DraftChange.draft_id == draft_id, DraftChange.path == path, DraftChange.account_id != not_by)
        .order_by(DraftChange.id.desc())
        .limit(1)
    )
    row = (await session.execute(statement)).one_or_none()
    return "" if row is None else row.name or row.email


async def list_conflicts(session: AsyncSession, draft_id: int, account_id: int) -> Sequence[DraftConflict]:
    """Return what of a person waits for a decision in a draft."""
    statement = select(DraftConflict).where(DraftConflict.draft_id == draft_id, DraftConflict.account_id == account_id)
    return (await session.scalars(statement.order_by(DraftConflict.id))).all()


async def delete_conflicts(session: AsyncSession, draft_id: int, account_id: int, paths: Sequence[str]) -> None:
    """Forget what was decided."""
    await session.execute(
        delete(DraftConflict).where(
            DraftConflict.draft_id == draft_id, DraftConflict.account_id == account_id, DraftConflict.path.in_(paths)
        )
    )


async def delete_draft(session: AsyncSession, draft_id: int) -> None:
    """Delete a draft with everything about it; what was published stays."""
    await session.execute(delete(Draft).where(Draft.id == draft_id))


async def list_versions(session: AsyncSession, instrument_id: str) -> Sequence[PublishedInstrument]:
    """Return the versions of an instrument, the newest first, with their contents."""
    statement = select(PublishedInstrument).where(PublishedInstrument.instrument_id == instrument_id)
    statement = statement.options(undefer(PublishedInstrument.content)).order_by(PublishedInstrument.id.desc())
    return (await session.scalars(statement)).all()


async def list_newest(session: AsyncSession) -> Sequence[PublishedInstrument]:
    """Return the newest version of every instrument that is offered, with its content."""
    newest = select(func.max(PublishedInstrument.id)).group_by(PublishedInstrument.instrument_id)
    statement = (
        select(PublishedInstrument)
        .where(PublishedInstrument.id.in_(newest), PublishedInstrument.withdrawn_at.is_(None))
        .options(undefer(PublishedInstrument.content))
        .order_by(PublishedInstrument.instrument_id)
    )
    return (await session.scalars(statement)).all()


async def find_published(session: AsyncSession, instrument_id: str, version: str | None) -> PublishedInstrument | None:
    """Return a version of an instrument, the newest if none is named."""
    statement = select(PublishedInstrument).where(PublishedInstrument.instrument_id == instrument_id)
    if version is not None:
        statement = statement.where(PublishedInstrument.version == version)
    statement = statement.options(undefer(PublishedInstrument.content)).order_by(PublishedInstrument.id.desc()).limit(1)
    return (await session.scalars(statement)).one_or_none()


async def set_withdrawn(session: AsyncSession, instrument_id: str, at: datetime | None) -> None:
    """Offer an instrument no more, or again with None."""
    await session.execute(
        update(PublishedInstrument).where(PublishedInstrument.instrument_id == instrument_id).values(withdrawn_at=at)
    )
