"""Tables of long work and of files that are kept for a while."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue, stored_enum


class JobStatus(StrEnum):
    """Where a piece of long work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class KeptFile(Base):
    """A file that somebody handed in or that was made for somebody; gone after `forget_at`."""

    __tablename__ = "kept_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    n_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    forget_at: Mapped[datetime] = mapped_column(index=True)


class KeptPiece(Base):
    """A piece of a file, so that no file is ever in memory as a whole."""

    __tablename__ = "kept_piece"

    file_id: Mapped[int] = mapped_column(ForeignKey("kept_file.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes]


class LongJob(Base):
    """One piece of long work.

    Parameters
    ----------
    title
        What it is, in the language of whoever asked for it.
    back
        Address of the page from which it was asked for.
    facts
        What came out beside the file, such as counts.
    error
        Why it failed: sentences with their numbers, so that they can be said in any language.
    """

    __tablename__ = "long_job"
    __table_args__ = (Index(None, "status", "id"), Index(None, "account_id", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(300))
    back: Mapped[str] = mapped_column(String(300))
    status: Mapped[JobStatus] = mapped_column(stored_enum(JobStatus))
    n_done: Mapped[int]
    n_total: Mapped[int]
    attempts: Mapped[int]
    lease_until: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    error: Mapped[list[Any] | None] = mapped_column(JsonValue)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("kept_file.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
