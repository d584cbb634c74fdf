"""Tables of what a survey says by mail, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue


class MailText(Base):
    """A text of one survey that takes the place of the shipped one; a part that is None stays as shipped."""

    __tablename__ = "mail_text"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    locale: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str | None]
    text: Mapped[str | None]
    html: Mapped[str | None]
    changed_at: Mapped[datetime]


class MailPlan(Base):
    """When a survey reminds and whether it thanks; a survey without a row does neither.

    `reminder_days` holds days after the message before, one per reminder.
    """

    __tablename__ = "mail_plan"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    reminder_days: Mapped[list[int]] = mapped_column(JsonValue)
    thank_you: Mapped[bool]
    alert_addresses: Mapped[list[str]]
