"""Tables of what happened to whom, of the rules by which a survey starts, and of the starts themselves."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue, stored_enum
from servq.surveys.models import Channel


class Event(Base):
    """Something that happened at a touchpoint; a row is there once, however often its sender repeats it.

    Parameters
    ----------
    sender
        Who reported it: the prefix of an API key, or another name of the place that took it in.
    idempotency_key
        The sender's own name of this event; unique for one sender.
    digest
        Hash of what was sent, so that another event under the same key is noticed.
    handled_at
        When the rules were applied; None while that is still to be done.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("sender", "idempotency_key"),
        Index(None, "handled_at", "id"),
        Index(None, "contact_id", "occurred_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(String(40))
    idempotency_key: Mapped[str] = mapped_column(String(200))
    digest: Mapped[bytes]
    kind: Mapped[str] = mapped_column(String(60))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    touchpoint: Mapped[str | None] = mapped_column(String(100))
    site: Mapped[str | None] = mapped_column(String(100))
    agent: Mapped[str | None] = mapped_column(String(100))
    attributes: Mapped[dict[str, str]]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]


class StartsOn(StrEnum):
    """What starts a survey."""

    EVENT = "event"
    NO_EVENT = "no_event"
    DATE = "date"


class StartRule(Base):
    """When one survey invites by itself, by which channel, after what delay and for which share.

    Parameters
    ----------
    event_kind
        The kind of event that starts it, or whose absence does (None: of any kind).
    days
        Days without an event, or days from the date in `attribute` (before it when negative).
    attribute, at, yearly
        The contact's attribute that holds a date, the local time of the day, and whether every anniversary counts.
    touchpoints, sites, conditions
        What must be one of the values listed; nothing listed asks for nothing.
    next_check_at
        When contacts are looked through again; None for a rule that waits for events.
    """

    __tablename__ = "start_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    starts_on: Mapped[StartsOn] = mapped_column(stored_enum(StartsOn))
    event_kind: Mapped[str | None] = mapped_column(String(60))
    days: Mapped[int | None]
    attribute: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[time | None]
    yearly: Mapped[bool]
    touchpoints: Mapped[list[str]]
    sites: Mapped[list[str]]
    conditions: Mapped[dict[str, list[str]]] = mapped_column(JsonValue)
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    delay_s: Mapped[int]
    share: Mapped[float]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    next_check_at: Mapped[datetime | None]


class RuleStart(Base):
    """A rule met an occasion of one contact; it does so once, so nothing that is repeated invites again.

    Parameters
    ----------
    occasion
        The event's number, or the date that fell due.
    due_at
        When the contact is to be asked at the earliest.
    attributes
        What happened there, to go with the answers.
    decided_at
        When it went through the contact policy; at once where the share of the rule left it out (not `chosen`).
    """

    __tablename__ = "rule_start"
    __table_args__ = (UniqueConstraint("rule_id", "contact_id", "occasion"), Index(None, "decided_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("start_rule.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    occasion: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[int | None]
    attributes: Mapped[dict[str, str]]
    chosen: Mapped[bool]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
