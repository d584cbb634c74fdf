"""Events and rules as the JSON interface takes and shows them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

from msgspec import Meta, Struct

from servq.contacts.models import Decision, Outcome, Reason
from servq.contacts.rows import NewContact
from servq.events.given import NewEvent
from servq.events.intake import MOST_EVENTS
from servq.events.models import Event, StartRule, StartsOn
from servq.events.queries import StoredEvent
from servq.responses.models import LowScoreRule
from servq.surveys.models import Channel

MOST_SHOWN = 200
"""Events in one list."""


class ContactGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom it happened; a reference or an e-mail address finds the contact, or makes it."""

    reference: Annotated[str | None, Meta(description="The organisation's own id.", examples=["guest-4711"])] = None
    email: Annotated[str | None, Meta(description="E-mail address.", examples=["guest@example.org"])] = None
    name: Annotated[str | None, Meta(description="Name, as mail may use it.", examples=["A. Guest"])] = None
    locale: Annotated[str | None, Meta(description="Language.", examples=["de"])] = None
    time_zone: Annotated[str | None, Meta(description="IANA time zone.", examples=["Europe/Berlin"])] = None
    attributes: Annotated[
        dict[str, str], Meta(description="What else is known of the contact.", examples=[{"value": "gold"}])
    ] = {}
    consent: Annotated[bool | None, Meta(description="Whether the person agreed to be asked.")] = None
    consent_source: Annotated[str | None, Meta(description="Where the person said so.", examples=["check-in"])] = None
    consent_at: Annotated[
        datetime | None, Meta(description="When the person said so.", examples=["2026-03-01T09:00:00+01:00"])
    ] = None

    def read(self) -> NewContact:
        """Return it as the contacts take it."""
        return NewContact(**{name: getattr(self, name) for name in self.__struct_fields__})


class EventGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happened to a contact."""

    kind: Annotated[str, Meta(description="What happened.", examples=["service_completed", "chat_closed"])]
    idempotency_key: Annotated[
        str | None,
        Meta(
            description="The sender's own name of this event; the header Idempotency-Key may say it instead.",
            examples=["stay-20260304-17"],
        ),
    ] = None
    contact: Annotated[ContactGiven | None, Meta(description="To whom; without one nobody is invited.")] = None
    touchpoint: Annotated[str | None, Meta(description="Step of the journey.", examples=["checkout"])] = None
    site: Annotated[str | None, Meta(description="Where.", examples=["Harbour"])] = None
    agent: Annotated[str | None, Meta(description="Who served.", examples=["desk 4"])] = None
    occurred_at: Annotated[
        datetime | None,
        Meta(description="When, with its zone; now when left out.", examples=["2026-03-04T15:16:00+01:00"]),
    ] = None
    attributes: Annotated[
        dict[str, str],
        Meta(description="What else is known of it; goes with the answers.", examples=[{"room": "suite"}]),
    ] = {}

    def read(self, key: str | None = None) -> NewEvent:
        """Return it as the intake takes it; `key` is what the header said."""
        return NewEvent(
            kind=self.kind,
            idempotency_key=self.idempotency_key if key is None else key,
            contact=None if self.contact is None else self.contact.read(),
            touchpoint=self.touchpoint,
            site=self.site,
            agent=self.agent,
            occurred_at=self.occurred_at,
            attributes=self.attributes,
        )


class EventsGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events to be stored together, or not at all."""

    events: Annotated[
        list[EventGiven],
        Meta(min_length=1, max_length=MOST_EVENTS, description=f"At most {MOST_EVENTS:,} at once."),
    ]


class EventTaken(Struct, frozen=True, kw_only=True):
    """An event that is stored; whoever sends it again is answered the same."""

    id: int
    idempotency_key: str
    kind: str
    contact_id: int | None
    occurred_at: datetime
    received_at: datetime

    @classmethod
    def of(cls, stored: StoredEvent) -> EventTaken:
        """Show a stored event to its sender."""
        return cls(**{name: getattr(stored, name) for name in cls.__struct_fields__})


class EventShown(Struct, frozen=True, kw_only=True):
    """An event as it is stored; `handled_at` is when the rules saw it."""

    id: int
    kind: str
    contact_id: int | None
    touchpoint: str | None
    site: str | None
    agent: str | None
    attributes: dict[str, str]
    occurred_at: datetime
    received_at: datetime
    handled_at: datetime | None

    @classmethod
    def of(cls, event: Event) -> EventShown:
        """Show a stored event."""
        return cls(**{name: getattr(event, name) for name in cls.__struct_fields__})


class DecisionShown(Struct, frozen=True, kw_only=True):
    """What was decided because of an event; `reason` says why nobody was invited."""

    survey_id: int
    outcome: Outcome
    reason: Reason | None
    due_at: datetime

    @classmethod
    def of(cls, decision: Decision) -> DecisionShown:
        """Show a decision."""
        return cls(**{name: getattr(decision, name) for name in cls.__struct_fields__})


class EventWithDecisions(Struct, frozen=True, kw_only=True):
    """An event with what came of it."""

    event: EventShown
    decisions: list[DecisionShown]


class RuleShown(Struct, frozen=True, kw_only=True):
    """A rule as it stands; `n_starts` counts the occasions that it has met."""

    id: int
    survey_id: int
    starts_on: StartsOn
    event_kind: str | None
    days: int | None
    attribute: str | None
    at: time | None
    yearly: bool
    touchpoints: list[str]
    sites: list[str]
    conditions: dict[str, list[str]]
    channel: Channel
    delay_s: int
    share: float
    active: bool
    created_at: datetime
    n_starts: int

    @classmethod
    def of(cls, rule: StartRule, n_starts: int = 0) -> RuleShown:
        """Show a stored rule."""
        names = (name for name in cls.__struct_fields__ if name != "n_starts")
        return cls(**{name: getattr(rule, name) for name in names}, n_starts=n_starts)


class LowScoreGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where on a score is worth a warning."""

    at_most: Annotated[float, Meta(description="A score of this much or less is low.", examples=[6])]


class LowScoreShown(Struct, frozen=True, kw_only=True):
    """A score that is watched."""

    score: str
    at_most: float
    created_at: datetime

    @classmethod
    def of(cls, rule: LowScoreRule) -> LowScoreShown:
        """Show a stored rule."""
        return cls(score=rule.score, at_most=rule.at_most, created_at=rule.created_at)
