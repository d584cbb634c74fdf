"""Tables of the systems that want to know, and of what each of them is told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum


class Happening(StrEnum):
    """What other systems can be told about."""

    RESPONSE_COMPLETED = "response_completed"
    LOW_SCORE = "low_score"
    WAVE_CLOSED = "wave_closed"
    TEST = "test"


class DeliveryStatus(StrEnum):
    """How far a delivery got; ``failed`` was tried as often as is sensible and waits for a replay."""

    PLANNED = "planned"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(Base):
    """One address that is told of happenings, of one survey or of all; its secret is kept sealed."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    happenings: Mapped[list[str]]
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    sealed_secret: Mapped[bytes]
    active: Mapped[bool]
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """What one webhook is told; written in the transaction in which it happened, sent by a worker.

    Parameters
    ----------
    message_id
        Stays the same for every attempt and replay, so that a receiver can tell a repetition.
    body
        The JSON as it is signed and sent.
    lease_until
        Until when a worker may be sending it; afterwards another one tries.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (UniqueConstraint("webhook_id", "message_id"), Index(None, "status", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(40))
    happening: Mapped[Happening] = mapped_column(stored_enum(Happening))
    body: Mapped[bytes]
    status: Mapped[DeliveryStatus] = mapped_column(stored_enum(DeliveryStatus))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(300))
    delivered_at: Mapped[datetime | None]
