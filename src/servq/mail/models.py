"""Tables of what a survey says by mail, and when, and of the mails to people with accounts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue, stored_enum


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


class StaffMailStatus(StrEnum):
    """What became of a mail to somebody with an account; `UNKNOWN` where the connection was lost in between."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class StaffMail(Base):
    """A mail to somebody with an account: planned with the decision, handed over at most once.

    `values` are what the template says, and empty once the mail was handed over.
    """

    __tablename__ = "staff_mail"
    __table_args__ = (Index(None, "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(20))
    template: Mapped[str] = mapped_column(String(60))
    values: Mapped[dict[str, object]] = mapped_column(JsonValue)
    status: Mapped[StaffMailStatus] = mapped_column(stored_enum(StaffMailStatus))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    reply: Mapped[str] = mapped_column(String(300))


class StaffMailAttachment(Base):
    """A file that travels with a mail; deleted once it was handed over."""

    __tablename__ = "staff_mail_attachment"

    mail_id: Mapped[int] = mapped_column(ForeignKey("staff_mail.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes]
