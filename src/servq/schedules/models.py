"""The table of scheduled reports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum


class Rhythm(StrEnum):
    """When a report is due."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    WAVE = "wave"
    """When a wave is closed."""


class ScheduledKind(StrEnum):
    """Which report; the names are those of the kinds of report."""

    FULL = "full"
    EXECUTIVE = "executive"
    PULSE = "pulse"
    SITE = "site"
    MYSTERY = "mystery"


class StopReason(StrEnum):
    """Why a report comes no longer."""

    DISABLED = "disabled"
    SITE_LOST = "site_lost"


class Schedule(Base):
    """A report that a person gets by mail again and again.

    Parameters
    ----------
    site
        Site of a site report; None for the others.
    weekday, day
        0 for Monday; 1 to 31, where the last day of a shorter month stands in. Each only for its rhythm.
    hour
        Of the person's own clock.
    next_due_at
        None for the rhythm ``wave``, and once it is stopped.
    wave_done
        Number of the newest closed wave when it was made, then of the last one that was sent.
    leased_until
        Until when a worker prints this report.
    lease
        Tells that worker from others.
    problem
        Why the last attempt gave no report, in English; "" when it did.
    """

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ScheduledKind] = mapped_column(stored_enum(ScheduledKind))
    site: Mapped[str | None] = mapped_column(String(100))
    rhythm: Mapped[Rhythm] = mapped_column(stored_enum(Rhythm))
    weekday: Mapped[int | None]
    day: Mapped[int | None]
    hour: Mapped[int]
    paper: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    next_due_at: Mapped[datetime | None] = mapped_column(index=True)
    wave_done: Mapped[int]
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(32))
    sent_at: Mapped[datetime | None]
    stopped: Mapped[StopReason | None] = mapped_column(stored_enum(StopReason))
    problem: Mapped[str] = mapped_column(String(500))
