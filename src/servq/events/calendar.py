"""What starts a survey without anything happening: a silence that lasts, a date that falls due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts.rules import get_policy
from servq.contacts.time_zones import zone_of
from servq.events import queries
from servq.events.matching import anchors_due, falls_due, month_days, read_date, takes
from servq.events.models import StartRule, StartsOn
from servq.events.queries import DatedContact, SilentContact
from servq.events.starting import start_row

CHECK_EVERY = timedelta(minutes=10)
"""How often the contacts of a rule are looked through; so late at most does a date start something."""

GRACE = timedelta(days=2)
"""A date that fell due longer ago, while nothing was running, is let pass."""

NOON = time(12)
"""When a date falls due where the rule names no time of the day."""

_CONTACTS_AT_ONCE = 1000


async def check_calendar(sessions: async_sessionmaker[AsyncSession], now: datetime) -> int:
    """Look through the contacts of every rule whose turn it is, and return how many rules there were."""
    n_rules = 0
    while True:
        async with sessions.begin() as session:
            rule = await queries.claim_calendar_rule(session, next_check_at=now + CHECK_EVERY, now=now)
            if rule is None:
                return n_rules
            await _look_through(session, rule, now)
        n_rules += 1


async def _look_through(session: AsyncSession, rule: StartRule, now: datetime) -> None:
    above = 0
    while True:
        contacts: Sequence[SilentContact | DatedContact]
        if rule.starts_on is StartsOn.NO_EVENT:
            contacts = silent = await _list_silent(session, rule, above=above, now=now)
            rows = list(_silence_starts(rule, silent, now))
        else:
            contacts = dated = await _list_dated(session, rule, above=above, now=now)
            otherwise = (await get_policy(session)).time_zone
            rows = list(_date_starts(rule, dated, otherwise, now))
        await queries.insert_starts(session, rows)
        if len(contacts) < _CONTACTS_AT_ONCE:
            return
        above = contacts[-1].contact_id


async def _list_silent(session: AsyncSession, rule: StartRule, *, above: int, now: datetime) -> Sequence[SilentContact]:
    silence = timedelta(days=rule.days or 0)
    return await queries.list_silent(
        session,
        rule.id,
        kind=rule.event_kind,
        # A silence that was long before there was the rule starts nothing.
        after=rule.created_at - silence,
        until=now - silence,
        above=above,
        most=_CONTACTS_AT_ONCE,
    )


def _silence_starts(rule: StartRule, contacts: Sequence[SilentContact], now: datetime) -> Iterator[dict[str, object]]:
    for contact in contacts:
        if takes(rule, contact.attributes):
            occasion = f"silent since {contact.last_at:%Y-%m-%dT%H:%M:%S}"
            due_at = now + timedelta(seconds=rule.delay_s)
            yield start_row(rule, contact.contact_id, occasion, due_at=due_at, now=now)


async def _list_dated(session: AsyncSession, rule: StartRule, *, above: int, now: datetime) -> Sequence[DatedContact]:
    anchors = anchors_due(days=rule.days or 0, after=now - GRACE, until=now)
    return await queries.list_dated(
        session,
        rule.attribute or "",
        days=month_days(anchors) if rule.yearly else [anchor.isoformat() for anchor in anchors],
        yearly=rule.yearly,
        above=above,
        most=_CONTACTS_AT_ONCE,
    )


def _date_starts(
    rule: StartRule, contacts: Sequence[DatedContact], time_zone: str, now: datetime
) -> Iterator[dict[str, object]]:
    after = max(rule.created_at, now - GRACE)
    for contact in contacts:
        anchor = read_date(contact.text)
        if anchor is None or not takes(rule, contact.attributes):
            continue
        moment = falls_due(
            anchor,
            days=rule.days or 0,
            at=rule.at or NOON,
            yearly=rule.yearly,
            zone=zone_of(contact.time_zone, otherwise=time_zone),
            after=after,
            until=now,
        )
        if moment is not None:
            occasion = f"{contact.text[:10]} in {moment:%Y-%m}"
            due_at = max(moment + timedelta(seconds=rule.delay_s), now)
            yield start_row(rule, contact.contact_id, occasion, due_at=due_at, now=now)
