"""When a report is due next, by somebody's own clock. Pure.

A time of day that a change of the clocks leaves out is taken as the first moment after it; one that comes twice is the
first of the two. So a report never comes twice, and none is lost.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from servq.schedules.models import Rhythm

FIRST_WEEKDAY, LAST_WEEKDAY = 0, 6
FIRST_DAY, LAST_DAY = 1, 31
LAST_HOUR = 23


def next_due(
    rhythm: Rhythm, *, hour: int, zone: ZoneInfo, after: datetime, weekday: int | None = None, day: int | None = None
) -> datetime | None:
    """Return the first moment after `after` at which a report is due, in UTC; None for what has no clock.

    Parameters
    ----------
    hour
        Of the day in `zone`.
    weekday
        0 for Monday; needed by the rhythm ``weekly``.
    day
        Of the month; needed by the rhythm ``monthly``. A shorter month takes its last day.
    """
    if rhythm is Rhythm.WAVE:
        return None
    on = after.astimezone(zone).date()
    while True:
        on = _next_weekday(on, weekday or 0) if rhythm is Rhythm.WEEKLY else _next_month_day(on, day or 1)
        moment = _moment(on, hour, zone)
        if moment > after:
            return moment
        on += timedelta(days=1)


def _next_weekday(on: date, weekday: int) -> date:
    return on + timedelta(days=(weekday - on.weekday()) % 7)


def _next_month_day(on: date, day: int) -> date:
    this = on.replace(day=min(day, monthrange(on.year, on.month)[1]))
    if this >= on:
        return this
    year, month = (on.year + 1, 1) if on.month == 12 else (on.year, on.month + 1)
    return date(year, month, min(day, monthrange(year, month)[1]))


def _moment(on: date, hour: int, zone: ZoneInfo) -> datetime:
    """Return a time of day as a moment; through UTC and back, a time that does not exist moves past the change."""
    return datetime.combine(on, time(hour), zone).astimezone(UTC)
