"""From what happened to who is asked: events meet rules, and what a rule starts goes through the contact policy.

The two steps are transactions of their own. The first takes events and remembers which rules they met, the second
decides for one survey at a time; a process that ends in between leaves nothing half done and nothing to be done twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts.models import DecisionSource
from servq.contacts.queries import list_contacts
from servq.contacts.service import Candidate, Decided, decide
from servq.events import queries
from servq.events.matching import due_after, is_chosen, takes
from servq.events.models import Event, RuleStart, StartRule, StartsOn
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel

_EVENTS_AT_ONCE = 500
_STARTS_AT_ONCE = 500


async def handle_events(sessions: async_sessionmaker[AsyncSession], now: datetime) -> int:
    """Let the rules see every event that they have not seen, and return how many there were."""
    n_handled = 0
    while True:
        async with sessions.begin() as session:
            n = await _handle_some(session, now)
        n_handled += n
        if n < _EVENTS_AT_ONCE:
            return n_handled


async def decide_starts(
    sessions: async_sessionmaker[AsyncSession], now: datetime, *, tokens: SecurityTokens
) -> list[Decided]:
    """Decide about everybody for whom a rule has started a survey by mail."""
    decided: list[Decided] = []
    async with sessions() as session:
        waiting = await queries.list_waiting_surveys(session, Channel.EMAIL)
    for survey_id in waiting:
        while True:
            async with sessions.begin() as session:
                starts = await queries.claim_starts(session, survey_id, Channel.EMAIL, most=_STARTS_AT_ONCE, now=now)
                decided += await decide(
                    session,
                    survey_id,
                    [candidate_of(start) for start in starts],
                    channel=Channel.EMAIL,
                    source=DecisionSource.EVENT,
                    now=now,
                    tokens=tokens,
                )
            if len(starts) < _STARTS_AT_ONCE:
                break
    return decided


def candidate_of(start: RuleStart) -> Candidate:
    """Return whom a start asks, for the contact policy."""
    return Candidate(
        contact_id=start.contact_id,
        due_at=start.due_at,
        event_id=start.event_id,
        attributes=start.attributes,
        in_sample=start.chosen,
    )


def attributes_of(event: Event) -> dict[str, str]:
    """Return what goes with the answers that an event asks for."""
    own = {"touchpoint": event.touchpoint, "site": event.site, "agent": event.agent}
    return {**event.attributes, **{name: value for name, value in own.items() if value is not None}}


def start_row(
    rule: StartRule,
    contact_id: int,
    occasion: str,
    *,
    due_at: datetime,
    now: datetime,
    event_id: int | None = None,
    attributes: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return the row that remembers that a rule met an occasion."""
    return {
        "rule_id": rule.id,
        "contact_id": contact_id,
        "occasion": occasion,
        "event_id": event_id,
        "attributes": dict(attributes or {}),
        "chosen": is_chosen(rule.share, rule_id=rule.id, contact_id=contact_id, occasion=occasion),
        "started_at": now,
        "due_at": due_at,
        "decided_at": None,
    }


async def _handle_some(session: AsyncSession, now: datetime) -> int:
    events = await queries.claim_events(session, most=_EVENTS_AT_ONCE, now=now)
    rules = await queries.list_open_rules(session, StartsOn.EVENT) if events else []
    if rules:
        contacts = await list_contacts(session, {event.contact_id for event in events if event.contact_id is not None})
        of_contacts = {number: contact.attributes for number, contact in contacts.items()}
        await queries.insert_starts(session, list(_starts(events, rules, of_contacts, now)))
    return len(events)


def _starts(
    events: Sequence[Event],
    rules: Sequence[StartRule],
    of_contacts: Mapping[int, Mapping[str, str]],
    now: datetime,
) -> Iterable[dict[str, object]]:
    for event in events:
        if event.contact_id is None or event.contact_id not in of_contacts:
            continue
        attributes = attributes_of(event)
        for rule in rules:
            due_at = due_after(event.occurred_at, rule.delay_s, created_at=rule.created_at, now=now)
            meant = rule.event_kind == event.kind and takes(rule, {**of_contacts[event.contact_id], **attributes})
            if meant and due_at is not None:
                yield start_row(
                    rule,
                    event.contact_id,
                    f"event {event.id}",
                    due_at=due_at,
                    now=now,
                    event_id=event.id,
                    attributes=attributes,
                )
