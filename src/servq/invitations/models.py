"""Tables of invitations and of the messages that carry them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum
from servq.surveys.models import Channel


class Disposition(StrEnum):
    """AAPOR outcome of an invitation, as far as it is known."""

    UNKNOWN = "unknown"
    COMPLETE = "complete"
    PARTIAL = "partial"
    REFUSAL = "refusal"
    NON_CONTACT = "non_contact"
    INELIGIBLE = "ineligible"


class Invitation(Base):
    """A personal single-use link; only the digest of its token is stored, and a contact has one a wave at most.

    `used_at` is set when the answers are submitted. In an anonymous survey nothing else tells that they were, and
    `opened_at` (when the survey was first seen by this link) is a day. `opted_out_at` is set on the newest invitation
    of a contact who asks to be left alone, so that it still counts when the contact is erased. How a message fares
    lives in `OutgoingMessage`.
    """

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("wave_id", "contact_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel), default=Channel.PERSONAL_LINK)
    digest: Mapped[bytes] = mapped_column(unique=True)
    attributes: Mapped[dict[str, str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    disposition: Mapped[Disposition] = mapped_column(stored_enum(Disposition))


class MessageKind(StrEnum):
    """What a message is for."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    THANK_YOU = "thank_you"
    ALERT = "alert"


class MessageStatus(StrEnum):
    """How far a message got.

    ``sending`` stands while it is handed over. Whether one found so after its lease was handed over is ``unknown``, and
    only a person sends it again. ``failed`` was refused for good, ``bounced`` came back.
    """

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"


class OutgoingMessage(Base):
    """One mail that is to be sent, and what became of it.

    Parameters
    ----------
    number
        0 for an invitation, 1 … for its reminders.
    sealed_token
        The token of the personal link, encrypted with the installation's secret, for as long as a mail may need it.
        It is blanked when the answers are submitted, the link expires or the survey closes.
    values
        What the text says beside the survey's own names, such as ``name``.
    attempts
        How often it was claimed; also tells a late worker that somebody else has it now.
    n_bounces
        How often it came back for a reason that may pass.
    message_id
        What its Message-ID has in front of the sender's domain.
    """

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("invitation_id", "kind", "number"), Index(None, "status", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    kind: Mapped[MessageKind] = mapped_column(stored_enum(MessageKind))
    number: Mapped[int]
    address: Mapped[str] = mapped_column(String(254), index=True)
    locale: Mapped[str] = mapped_column(String(20))
    values: Mapped[dict[str, str]]
    sealed_token: Mapped[bytes | None]
    status: Mapped[MessageStatus] = mapped_column(stored_enum(MessageStatus))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int]
    n_bounces: Mapped[int]
    message_id: Mapped[str] = mapped_column(String(40), unique=True)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))
