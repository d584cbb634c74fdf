"""Which occasions a rule takes, and when it asks; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from servq.contacts.policy import draw

STALE = timedelta(days=7)
"""An event whose survey should have been asked for longer ago than this starts nothing: nobody remembers well."""


class Conditions(Protocol):
    """What a rule asks of an occasion; nothing listed asks for nothing."""

    event_kind: str | None
    touchpoints: list[str]
    sites: list[str]
    conditions: dict[str, list[str]]


def takes(rule: Conditions, attributes: Mapping[str, str]) -> bool:
    """Whether an occasion with these attributes, ``site`` and ``touchpoint`` among them, is one of the rule's."""
    wanted = {**rule.conditions, "touchpoint": rule.touchpoints, "site": rule.sites}
    return all(not values or attributes.get(name) in values for name, values in wanted.items())


def is_chosen(share: float, *, rule_id: int, contact_id: int, occasion: str) -> bool:
    """Draw whether an occasion is within the rule's share; the same occasion is always drawn alike."""
    return draw(f"rule on {occasion}", rule_id, contact_id) < share


def due_after(occurred_at: datetime, delay_s: int, *, created_at: datetime, now: datetime) -> datetime | None:
    """Return when an event asks, or None when it is too old: older than the rule, or long over."""
    due_at = occurred_at + timedelta(seconds=delay_s)
    return None if occurred_at < created_at or due_at < now - STALE else max(due_at, now)


def read_date(text: str) -> date | None:
    """Read the date at the beginning of an attribute, or None if there is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return when the clock on the wall of `zone` shows `at` on a day, in UTC.

    A time that the clocks leap over is that much later; of a time that comes twice it is the first.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def falls_due(
    anchor: date, *, days: int, at: time, yearly: bool, zone: ZoneInfo, after: datetime, until: datetime
) -> datetime | None:
    """Return when a date falls due within (`after`, `until`], `days` after it (before, when negative), or None.

    With `yearly` every anniversary counts, the date itself too; 29 February falls on 28 February in common years.
    """
    years = range(after.year - 2, until.year + 3) if yearly else (anchor.year,)
    for year in years:
        if year < anchor.year:
            continue
        moment = local_moment(anniversary(anchor, year) + timedelta(days=days), at, zone)
        if after < moment <= until:
            return moment
    return None


def anniversary(anchor: date, year: int) -> date:
    """Return a date in another year."""
    try:
        return anchor.replace(year=year)
    except ValueError:
        return anchor.replace(year=year, day=28)


def anchors_due(*, days: int, after: datetime, until: datetime) -> list[date]:
    """Return every date that may fall due within (`after`, `until`] somewhere in the world."""
    first = (after - timedelta(days=1)).date() - timedelta(days=days)
    last = (until + timedelta(days=1)).date() - timedelta(days=days)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def month_days(anchors: list[date]) -> list[str]:
    """Return the month and day of dates, ``MM-DD``, with the leap day beside 28 February."""
    found = {anchor.strftime("%m-%d") for anchor in anchors}
    return sorted(found | {"02-29"} if "02-28" in found else found)
