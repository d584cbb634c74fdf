"""Tables of responses and of what later changes replaced."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum
from servq.surveys.models import Channel, SittingMode


class Response(Base):
    """One person's answers; a row exists from the first committed page on.

    Parameters
    ----------
    id
        Random, and the physical order of the table on SQLite, so that order of arrival is not stored.
    key
        Digest of the token by which the sitting is resumed. An anonymous survey blanks it when the answers of a
        personal link are submitted, and never fills `invitation_id`.
    answers
        One little-endian int16 per column of the revision, in `Instrument.columns` order.
    pages_done
        Bit *i* is set once page *i* of `pages_of` was committed.
    duration_s
        Seconds spent on the committed pages.
    """

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("invitation_id"),
        Index(None, "survey_id", "wave_id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[bytes] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id", ondelete="SET NULL"))
    key: Mapped[bytes | None]
    revision: Mapped[str] = mapped_column(String(64))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    mode: Mapped[SittingMode] = mapped_column(stored_enum(SittingMode))
    locale: Mapped[str] = mapped_column(String(20))
    seed: Mapped[int]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    duration_s: Mapped[int]
    pages_done: Mapped[int]
    answers: Mapped[bytes]
    texts: Mapped[dict[str, str]]
    attributes: Mapped[dict[str, str]]


class ResponseVersion(Base):
    """What a submitted response said before it was changed."""

    __tablename__ = "response_version"
    __table_args__ = ({"sqlite_with_rowid": False},)

    response_id: Mapped[bytes] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answers: Mapped[bytes]
    texts: Mapped[dict[str, str]]
    replaced_at: Mapped[datetime]
