"""Tables of contacts, consent, suppression, the contact policy and every decision made under it."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue, stored_enum
from servq.surveys.models import Channel


class SuppressionReason(StrEnum):
    """Why an address is never written to again."""

    OPT_OUT = "opt_out"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"


class Outcome(StrEnum):
    """What was decided about one contact and one survey."""

    INVITED = "invited"
    NOT_INVITED = "not_invited"


class Reason(StrEnum):
    """Why an eligible contact was not invited, in the order in which the reasons are looked for."""

    CLOSED = "closed"
    CHANNEL_OFF = "channel_off"
    ALREADY_INVITED = "already_invited"
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    NOT_SAMPLED = "not_sampled"
    RESTING = "resting"
    TOO_MANY = "too_many"
    QUOTA_FULL = "quota_full"


class DecisionSource(StrEnum):
    """What asked for the decision."""

    IMPORT = "import"
    EVENT = "event"
    API = "api"
    REMINDER = "reminder"


class Contact(Base):
    """An addressable person: personal data, kept apart from every answer.

    `reference` is the organisation's own id and `email` is stored in lower case; either finds the contact again.
    """

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(100), unique=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    attributes: Mapped[dict[str, str]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Consent(Base):
    """Consent given or withdrawn; rows are only added, and the latest counts."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "contact_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    given: Mapped[bool]
    source: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


class Suppression(Base):
    """An address that is never written to again; outlives its contact, and no import touches it."""

    __tablename__ = "suppression"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    reason: Mapped[SuppressionReason] = mapped_column(stored_enum(SuppressionReason))
    source: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


class LiftedSuppression(Base):
    """A suppression that a person lifted, as it was, with why and where that was decided; rows are only added.

    `consented_at` is when the person consented again, without which nobody lifts what the person asked for.
    """

    __tablename__ = "lifted_suppression"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254), index=True)
    was_reason: Mapped[SuppressionReason] = mapped_column(stored_enum(SuppressionReason))
    was_source: Mapped[str] = mapped_column(String(100))
    was_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(100))
    consented_at: Mapped[datetime | None]
    at: Mapped[datetime]


class ContactPolicy(Base):
    """How often anybody may be asked; at most one row, and sensible values where there is none."""

    __tablename__ = "contact_policy"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rest_days: Mapped[int]
    most_invitations: Mapped[int]
    within_days: Mapped[int]
    quiet_from: Mapped[time]
    quiet_until: Mapped[time]
    time_zone: Mapped[str] = mapped_column(String(64))
    reminders_count: Mapped[bool]
    needs_consent: Mapped[bool]
    updated_at: Mapped[datetime]


class Quota(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most `most` invitations a wave among contacts whose `attribute` has this value."""

    attribute: str
    value: str
    most: int


class SurveyReach(Base):
    """Whom one survey may reach, by which channels, and how long its personal links work."""

    __tablename__ = "survey_reach"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    sampling_share: Mapped[float]
    quotas: Mapped[list[dict[str, object]]] = mapped_column(JsonValue)
    channels: Mapped[list[str]]
    link_days: Mapped[int | None]


class QuotaCount(Base):
    """Invitations of a wave that count towards a quota; counted here so that erasing a contact changes nothing."""

    __tablename__ = "quota_count"

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True)
    attribute: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    invited: Mapped[int]


class Decision(Base):
    """One decision about one contact; the ledger from which rest, frequency and the reason table are read.

    `due_at` is when an invited person is to be reached. `contact_id` is blanked when the contact is erased, so that
    the counts stay.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index(None, "contact_id", "due_at"),
        Index(None, "survey_id", "wave_id", "outcome"),
        CheckConstraint("(outcome = 'invited') = (reason IS NULL)", name="reasoned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id", ondelete="SET NULL"), index=True)
    event_id: Mapped[int | None]
    decided_at: Mapped[datetime]
    due_at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(stored_enum(Outcome))
    reason: Mapped[Reason | None] = mapped_column(stored_enum(Reason))
    source: Mapped[DecisionSource] = mapped_column(stored_enum(DecisionSource))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    site: Mapped[str | None] = mapped_column(String(100))


class ContactUpload(Base):
    """A file of contacts that somebody sent and has looked at, but not stored yet; kept for a day."""

    __tablename__ = "contact_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(deferred=True)
    uploaded_at: Mapped[datetime]
