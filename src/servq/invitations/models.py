"""Tables of contacts and invitations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum


class Disposition(StrEnum):
    """AAPOR outcome of an invitation, as far as it is known."""

    UNKNOWN = "unknown"
    COMPLETE = "complete"
    PARTIAL = "partial"
    REFUSAL = "refusal"
    NON_CONTACT = "non_contact"
    INELIGIBLE = "ineligible"


class Contact(Base):
    """An addressable person: personal data, kept apart from every answer."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(100), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(20))
    attributes: Mapped[dict[str, str]]
    created_at: Mapped[datetime]


class Invitation(Base):
    """A personal single-use link; only the digest of its token is stored.

    `used_at` is set when the answers are submitted. In an anonymous survey nothing else tells that they were.
    """

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    attributes: Mapped[dict[str, str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    disposition: Mapped[Disposition] = mapped_column(stored_enum(Disposition))
