"""Tables of follow-ups, their notes, and what a survey decides about them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum

LONGEST_NOTE = 2000


class FollowUpStatus(StrEnum):
    """How far a follow-up is; the last two end it."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    DROPPED = "dropped"


ENDED = frozenset({FollowUpStatus.RESOLVED, FollowUpStatus.DROPPED})


class FollowUp(Base):
    """One response whose score was a warning, and what is done about it.

    `version` rises with every change, so that nobody overwrites what another did meanwhile.
    """

    __tablename__ = "follow_up"
    __table_args__ = (UniqueConstraint("response_id", "score"), Index(None, "status", "due_on"))

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    response_id: Mapped[bytes | None] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    wave: Mapped[int]
    score: Mapped[str] = mapped_column(String(60))
    value: Mapped[float]
    at_most: Mapped[float]
    site: Mapped[str] = mapped_column(String(100), index=True)
    touchpoint: Mapped[str] = mapped_column(String(100))
    status: Mapped[FollowUpStatus] = mapped_column(stored_enum(FollowUpStatus))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    version: Mapped[int]


class FollowUpNote(Base):
    """What somebody wrote, and what they changed with it; None where that was left as it was."""

    __tablename__ = "follow_up_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_up.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    status: Mapped[FollowUpStatus | None] = mapped_column(stored_enum(FollowUpStatus))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    due_on: Mapped[date | None]


class FollowUpPlan(Base):
    """Whose the follow-ups of a survey are at first, and within how many days they are due."""

    __tablename__ = "follow_up_plan"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    due_days: Mapped[int]
