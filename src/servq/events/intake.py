"""Taking in events: each is there once, and whoever sends it again gets the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.rows import GivenContact, Place
from servq.contacts.upserting import store_given
from servq.errors import EventKeyReused, Problem, RequestInvalid
from servq.events import queries
from servq.events.given import NewEvent, digest_of, event_problems
from servq.events.queries import StoredEvent

MOST_EVENTS = 10_000
"""Events taken in at once."""


async def take_in(
    session: AsyncSession, sender: str, events: Sequence[NewEvent], *, now: datetime, places: Sequence[Place] = ()
) -> list[StoredEvent]:
    """Store events and return them as stored, in the order given; all of them or, when anything is wrong, none.

    An event that the sender has sent before is not stored again, and neither is its contact.

    Parameters
    ----------
    sender
        Who names the events; two senders may use the same keys.
    places
        Where each was given; their positions, from 1, when left out.

    Raises
    ------
    RequestInvalid
        Every problem, each with its place.
    EventKeyReused
        A key names another event already.
    """
    places = places or [Place(row=row) for row in range(1, len(events) + 1)]
    problems = [
        problem
        for place, event in zip(places, events, strict=True)
        for problem in event_problems(place, event, now=now)
    ]
    if len(events) > MOST_EVENTS:
        problems = [Problem(f"There are {len(events)} events.", f"Send at most {MOST_EVENTS:,} at once.")]
    if problems:
        raise RequestInvalid(problems)
    keys = [str(event.idempotency_key) for event in events]
    digests = [digest_of(event) for event in events]
    stored = await queries.find_by_keys(session, sender, list(dict.fromkeys(keys)))
    first: dict[str, int] = {}
    for position, key in enumerate(keys):
        first.setdefault(key, position)
    new = [position for key, position in first.items() if key not in stored]
    contact_ids = await _store_contacts(session, [(places[i], events[i]) for i in new], now=now)
    await queries.insert_events(
        session,
        [
            _row(sender, events[i], digests[i], contact_id=contact_id, now=now)
            for i, contact_id in zip(new, contact_ids, strict=True)
        ],
    )
    stored |= await queries.find_by_keys(session, sender, [keys[i] for i in new])
    reused = [
        places[i].problem(
            f'The key "{key[:60]}" names another event.',
            "Give every event a key of its own, and send the same content when you repeat one.",
            "idempotency_key",
        )
        for i, key in enumerate(keys)
        if stored[key].digest != digests[i]
    ]
    if reused:
        raise EventKeyReused(reused)
    return [stored[key] for key in keys]


async def _store_contacts(
    session: AsyncSession, placed: Sequence[tuple[Place, NewEvent]], *, now: datetime
) -> list[int | None]:
    """Store the contacts of new events and return the number of each; raises `RequestInvalid`."""
    given = [GivenContact(place, event.contact) for place, event in placed if event.contact is not None]
    if not given:
        return [None] * len(placed)
    upserted = await store_given(session, given, source="event", now=now)
    if upserted.rejected:
        raise RequestInvalid(upserted.rejected)
    numbers = iter(upserted.contact_ids)
    return [None if event.contact is None else next(numbers) for _, event in placed]


def _row(sender: str, event: NewEvent, digest: bytes, *, contact_id: int | None, now: datetime) -> dict[str, object]:
    return {
        "sender": sender,
        "idempotency_key": event.idempotency_key,
        "digest": digest,
        "kind": event.kind,
        "contact_id": contact_id,
        "touchpoint": event.touchpoint,
        "site": event.site,
        "agent": event.agent,
        "attributes": dict(event.attributes),
        "occurred_at": event.occurred_at or now,
        "received_at": now,
        "handled_at": None,
    }
