"""One event as a program or a file gives it, and what is wrong with it; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec
from msgspec import Struct

from servq.contacts.rows import MOST_ATTRIBUTES, NewContact, Place
from servq.errors import Problem
from servq.surveys.names import FIELDWORK_ATTRIBUTES, LONGEST_NAME, name_problems

LONGEST_KIND = 60
LONGEST_KEY = 200
LONGEST_PLACE = 100

_ATTRIBUTES_OF_ITS_OWN = ("site", "touchpoint", "agent")
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=10)
_DIGEST_BYTES = 16


class NewEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happened; also the body of the request that reports it.

    Parameters
    ----------
    kind
        What happened, e.g. ``service_completed`` or ``chat_closed``.
    idempotency_key
        The sender's own name of this event; sent again with the same content it changes nothing.
    contact
        To whom; stored or brought up to date as by an import. Without one nobody is invited.
    touchpoint, site, agent
        Where and by whom the person was served.
    occurred_at
        When; the time of arrival when left out.
    attributes
        What else is known of it; goes with the answers and can be asked for by a rule.
    """

    kind: str
    idempotency_key: str | None = None
    contact: NewContact | None = None
    touchpoint: str | None = None
    site: str | None = None
    agent: str | None = None
    occurred_at: datetime | None = None
    attributes: dict[str, str] = {}


def digest_of(event: NewEvent) -> bytes:
    """Hash what an event says, without the key that names it."""
    content = msgspec.structs.replace(event, idempotency_key=None)
    return blake2b(msgspec.json.encode(content, order="deterministic"), digest_size=_DIGEST_BYTES).digest()


def event_problems(place: Place, event: NewEvent, *, now: datetime) -> list[Problem]:
    """Return everything that is wrong with an event, its contact aside."""
    return [place.problem(problem.message, problem.fix, problem.column) for problem in _problems(event, now)]


def _problems(event: NewEvent, now: datetime) -> Iterator[Problem]:
    if event.idempotency_key is None:
        yield Problem(
            "Nothing names this event.",
            "Give it an idempotency_key of your own, so that sending it again does no harm.",
            column="idempotency_key",
        )
    else:
        yield from name_problems(
            "idempotency key", event.idempotency_key, column="idempotency_key", longest=LONGEST_KEY
        )
    yield from name_problems("kind of the event", event.kind, column="kind", longest=LONGEST_KIND)
    for name, text in (("touchpoint", event.touchpoint), ("site", event.site), ("agent", event.agent)):
        if text is not None:
            yield from name_problems(name, text, column=name, longest=LONGEST_PLACE)
    if event.occurred_at is not None and not _has_happened(event.occurred_at, now):
        yield Problem(
            "The time is to come, long past, or has no time zone.",
            "Write when it happened, e.g. 2026-03-04T15:16:00+01:00.",
            column="occurred_at",
        )
    most = MOST_ATTRIBUTES - len(_ATTRIBUTES_OF_ITS_OWN)
    if len(event.attributes) > most:
        yield Problem(f"There are {len(event.attributes)} attributes.", f"Give at most {most}.", column="attributes")
    for name, value in event.attributes.items():
        if name in FIELDWORK_ATTRIBUTES or name in _ATTRIBUTES_OF_ITS_OWN:
            yield Problem(f'"{name}" has a place of its own.', "Choose another name.", column="attributes")
        yield from name_problems("name of an attribute", name, column="attributes")
        yield from name_problems(f'attribute "{name[:LONGEST_NAME]}"', value, column="attributes")


def _has_happened(moment: datetime, now: datetime) -> bool:
    return moment.tzinfo is not None and _EARLIEST < moment <= now + _CLOCKS_DIFFER
