"""The only SQL about events, the rules that start surveys, and their starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import Contact, Decision
from servq.events.models import Event, RuleStart, StartRule, StartsOn
from servq.surveys.models import Channel, Survey, SurveyStatus

T = TypeVar("T")

_ROWS_A_STATEMENT = 500
"""Rows in one statement, of at most 20 values each: both databases take more."""


class StoredEvent(NamedTuple):
    """What a sender is told of an event."""

    id: int
    idempotency_key: str
    digest: bytes
    kind: str
    contact_id: int | None
    occurred_at: datetime
    received_at: datetime


_STORED = tuple(getattr(Event, name) for name in StoredEvent._fields)


async def find_by_keys(session: AsyncSession, sender: str, keys: Sequence[str]) -> dict[str, StoredEvent]:
    """Return the events that a sender has named so."""
    found = {}
    for some in _parts(keys):
        rows = await session.execute(select(*_STORED).where(Event.sender == sender, Event.idempotency_key.in_(some)))
        found.update({row.idempotency_key: StoredEvent._make(row) for row in rows})
    return found


async def insert_events(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Store events; one that another transaction has just stored under the same key is left as it is."""
    statement = _insert(session)(Event).on_conflict_do_nothing(index_elements=["sender", "idempotency_key"])
    for some in _parts(sorted(rows, key=lambda row: str(row["idempotency_key"]))):
        await session.execute(statement, some)


async def find_event(session: AsyncSession, event_id: int) -> Event | None:
    """Return one event."""
    return await session.get(Event, event_id)


async def list_events(
    session: AsyncSession, *, kind: str | None, contact_id: int | None, before: int | None, most: int
) -> Sequence[Event]:
    """Return events, the newest first, from below the number `before`."""
    statement = select(Event)
    if kind is not None:
        statement = statement.where(Event.kind == kind)
    if contact_id is not None:
        statement = statement.where(Event.contact_id == contact_id)
    if before is not None:
        statement = statement.where(Event.id < before)
    return (await session.scalars(statement.order_by(Event.id.desc()).limit(most))).all()


async def list_decisions(session: AsyncSession, event_id: int) -> Sequence[Decision]:
    """Return what was decided because of an event."""
    return (await session.scalars(select(Decision).where(Decision.event_id == event_id).order_by(Decision.id))).all()


async def claim_events(session: AsyncSession, *, most: int, now: datetime) -> Sequence[Event]:
    """Take events that no rule has seen, oldest first, by one atomic update; undone with the transaction."""
    unhandled = (
        select(Event.id)
        .where(Event.handled_at.is_(None))
        .order_by(Event.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    claimed = await session.execute(
        update(Event)
        .where(Event.id.in_(unhandled))
        .values(handled_at=now)
        .returning(Event)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return sorted(claimed.scalars(), key=lambda event: event.id)


async def list_open_rules(session: AsyncSession, starts_on: StartsOn) -> Sequence[StartRule]:
    """Return the active rules of this kind whose surveys take answers."""
    return (
        await session.scalars(
            select(StartRule)
            .join(Survey, StartRule.survey_id == Survey.id)
            .where(StartRule.active, StartRule.starts_on == starts_on, Survey.status == SurveyStatus.LAUNCHED)
            .order_by(StartRule.id)
        )
    ).all()


async def claim_calendar_rule(session: AsyncSession, *, next_check_at: datetime, now: datetime) -> StartRule | None:
    """Take one rule whose contacts are to be looked through now, and set when they are next."""
    due = (
        select(StartRule.id)
        .join(Survey, StartRule.survey_id == Survey.id)
        .where(StartRule.active, StartRule.next_check_at <= now, Survey.status == SurveyStatus.LAUNCHED)
        .order_by(StartRule.next_check_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=StartRule)
    )
    claimed = await session.execute(
        update(StartRule)
        .where(StartRule.id.in_(due))
        .values(next_check_at=next_check_at)
        .returning(StartRule)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return claimed.scalar_one_or_none()


class SilentContact(NamedTuple):
    """A contact and when something last happened to it."""

    contact_id: int
    attributes: dict[str, str]
    last_at: datetime


async def list_silent(
    session: AsyncSession,
    rule_id: int,
    *,
    kind: str | None,
    after: datetime,
    until: datetime,
    above: int,
    most: int,
) -> Sequence[SilentContact]:
    """Return contacts, from above a number on, whose last event lies in (`after`, `until`] and started nothing yet."""
    last = func.max(Event.occurred_at)
    events = select(Event.contact_id, last.label("last_at")).where(Event.contact_id > above)
    if kind is not None:
        events = events.where(Event.kind == kind)
    silent = events.group_by(Event.contact_id).having(last > after, last <= until).subquery()
    started = select(RuleStart.id).where(
        RuleStart.rule_id == rule_id,
        RuleStart.contact_id == silent.c.contact_id,
        RuleStart.started_at > silent.c.last_at,
    )
    rows = await session.execute(
        select(Contact.id, Contact.attributes, silent.c.last_at)
        .join(silent, silent.c.contact_id == Contact.id)
        .where(~started.exists())
        .order_by(Contact.id)
        .limit(most)
    )
    return [SilentContact._make(row) for row in rows]


class DatedContact(NamedTuple):
    """A contact with the text that should begin with a date."""

    contact_id: int
    time_zone: str | None
    attributes: dict[str, str]
    text: str


async def list_dated(
    session: AsyncSession,
    attribute: str,
    *,
    days: Sequence[str],
    yearly: bool,
    above: int,
    most: int,
) -> Sequence[DatedContact]:
    """Return contacts, from above a number on, whose attribute begins with one of these days.

    `days` are ``YYYY-MM-DD``, or ``MM-DD`` with `yearly`.
    """
    text = Contact.attributes[attribute].as_string()
    begins = func.substr(text, 6, 5) if yearly else func.substr(text, 1, 10)
    rows = await session.execute(
        select(Contact.id, Contact.time_zone, Contact.attributes, text)
        .where(Contact.id > above, begins.in_(days))
        .order_by(Contact.id)
        .limit(most)
    )
    return [DatedContact._make(row) for row in rows]


async def insert_starts(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Remember that rules met occasions; one that was met before stays as it is."""
    statement = _insert(session)(RuleStart).on_conflict_do_nothing(index_elements=["rule_id", "contact_id", "occasion"])
    for some in _parts(rows):
        await session.execute(statement, some)


async def list_waiting_surveys(session: AsyncSession, channel: Channel) -> Sequence[int]:
    """Return the surveys for which starts by a channel wait to be decided."""
    return (
        await session.scalars(
            select(StartRule.survey_id)
            .join(RuleStart, RuleStart.rule_id == StartRule.id)
            .where(RuleStart.decided_at.is_(None), StartRule.channel == channel)
            .distinct()
            .order_by(StartRule.survey_id)
        )
    ).all()


async def claim_starts(
    session: AsyncSession, survey_id: int, channel: Channel, *, most: int, now: datetime
) -> Sequence[RuleStart]:
    """Take starts of one survey that wait to be decided, by one atomic update; undone with the transaction."""
    waiting = (
        select(RuleStart.id)
        .join(StartRule, RuleStart.rule_id == StartRule.id)
        .where(RuleStart.decided_at.is_(None), StartRule.survey_id == survey_id, StartRule.channel == channel)
        .order_by(RuleStart.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=RuleStart)
    )
    return await _claim(session, waiting, now=now)


async def claim_start(session: AsyncSession, start_id: int, *, now: datetime) -> RuleStart | None:
    """Take one start that waits to be decided; None if it was taken before."""
    waiting = select(RuleStart.id).where(RuleStart.id == start_id, RuleStart.decided_at.is_(None))
    return next(iter(await _claim(session, waiting, now=now)), None)


async def _claim(session: AsyncSession, waiting: Any, *, now: datetime) -> Sequence[RuleStart]:
    claimed = await session.execute(
        update(RuleStart)
        .where(RuleStart.id.in_(waiting))
        .values(decided_at=now)
        .returning(RuleStart)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return sorted(claimed.scalars(), key=lambda start: start.id)


async def list_waiting_starts(
    session: AsyncSession, contact_id: int, channel: Channel, *, due_after: datetime, now: datetime
) -> Sequence[tuple[RuleStart, int]]:
    """Return starts of a contact that wait to be taken up by a channel, the latest first, each with its survey."""
    rows = await session.execute(
        select(RuleStart, StartRule.survey_id)
        .join(StartRule, RuleStart.rule_id == StartRule.id)
        .join(Survey, StartRule.survey_id == Survey.id)
        .where(
            RuleStart.contact_id == contact_id,
            RuleStart.decided_at.is_(None),
            RuleStart.due_at <= now,
            RuleStart.due_at > due_after,
            RuleStart.chosen,
            StartRule.channel == channel,
            Survey.status == SurveyStatus.LAUNCHED,
        )
        .order_by(RuleStart.due_at.desc(), RuleStart.id.desc())
    )
    return [(start, survey_id) for start, survey_id in rows]


async def find_rule(session: AsyncSession, rule_id: int) -> StartRule | None:
    """Return one rule."""
    return await session.get(StartRule, rule_id)


async def list_rules(session: AsyncSession, survey_id: int) -> Sequence[StartRule]:
    """Return the rules of a survey in the order in which they were made."""
    return (
        await session.scalars(select(StartRule).where(StartRule.survey_id == survey_id).order_by(StartRule.id))
    ).all()


async def count_starts(session: AsyncSession, rule_ids: Sequence[int]) -> dict[int, int]:
    """Return how many occasions each rule has met."""
    rows = await session.execute(
        select(RuleStart.rule_id, func.count()).where(RuleStart.rule_id.in_(rule_ids)).group_by(RuleStart.rule_id)
    )
    return dict(rows.all())


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        yield rows[start : start + _ROWS_A_STATEMENT]


def _insert(session: AsyncSession) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
