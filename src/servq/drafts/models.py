"""Tables of drafts, of every change to one, of texts that wait for a decision, and of published versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base


class Draft(Base):
    """An instrument that is being written; it may have any number of problems.

    Parameters
    ----------
    instrument_id
        Id of the instrument that is published from it.
    content
        JSON of `servq.drafts.content`; bytes, because the order of its keys matters.
    number
        Rises with every change: the revision number by which two people who write at once are told apart.
    origin
        The frozen instrument that the draft is an adaptation of, if it is one.
    notes
        What an import did not carry over, one sentence each.
    """

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument_id: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    content: Mapped[bytes] = mapped_column(deferred=True)
    number: Mapped[int]
    origin: Mapped[bytes | None] = mapped_column(deferred=True)
    notes: Mapped[list[str]]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))


class DraftChange(Base):
    """One value of a draft that somebody changed; the values before and after are JSON, None where there was none.

    Parameters
    ----------
    number
        The revision number that the change led to; values changed together share it.
    sheet
        Token of the open page from which it came.
    """

    __tablename__ = "draft_change"
    __table_args__ = (Index(None, "draft_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    number: Mapped[int]
    sheet: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    path: Mapped[str] = mapped_column(String(400))
    before: Mapped[bytes | None]
    after: Mapped[bytes | None]


class DraftConflict(Base):
    """What somebody typed into a value that another person had changed meanwhile; it waits for a decision."""

    __tablename__ = "draft_conflict"
    __table_args__ = (UniqueConstraint("draft_id", "account_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(400))
    base: Mapped[bytes | None]
    mine: Mapped[bytes | None]
    at: Mapped[datetime]


class PublishedInstrument(Base):
    """A version that surveys may use; never changed.

    Parameters
    ----------
    revision
        Hash of the content, as surveys keep it.
    """

    __tablename__ = "published_instrument"
    __table_args__ = (UniqueConstraint("instrument_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="SET NULL"), index=True)
    instrument_id: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    revision: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(deferred=True)
    note: Mapped[str] = mapped_column(String(2000))
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime | None]
