"""Table of service contacts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base
from servq.operations.columns import LONGEST_TEXT


class ServiceContact(Base):
    """A ticket, call or chat in its latest state, under the organisation's own id; columns as `COLUMNS` says."""

    __tablename__ = "service_contact"

    contact_id: Mapped[str] = mapped_column(String(LONGEST_TEXT), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    first_reply_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    replies: Mapped[int | None]
    response_minutes: Mapped[float | None]
    handovers: Mapped[int | None]
    channel: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    queue_seconds: Mapped[float | None]
    abandoned: Mapped[bool | None]
    found_sought: Mapped[bool | None]
    failures: Mapped[int | None]
    talk_minutes: Mapped[float | None]
    site: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    team: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    agent: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    product: Mapped[str | None] = mapped_column(String(LONGEST_TEXT))
    updated_at: Mapped[datetime]
