"""Quiet hours: the next moment at which a person's clock on the wall allows a message. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_LONGEST_NIGHT = timedelta(hours=73)
"""A night that fills all but a minute of the day, with a day that a zone leaves out (Samoa, 30 December 2011)."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` until `end` by the clock on the wall nobody is disturbed; past midnight where `end` is earlier.

    Equal times mean that no hour is quiet.
    """

    begin: time
    end: time

    def cover(self, wall: time) -> bool:
        """Whether a time of day is quiet."""
        if self.begin <= self.end:
            return self.begin <= wall < self.end
        return wall >= self.begin or wall < self.end


def next_allowed(moment: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """Return `moment`, or the first moment after it at which the clock on the wall of `zone` is not in quiet hours.

    Parameters
    ----------
    moment
        Aware.
    zone
        Of the person. When its clocks are put forward over the end of the quiet hours, they end with the leap; when
        they are put back into the quiet hours, it is quiet again until those end for the second time.

    Returns
    -------
    datetime
        In UTC; `moment` itself where it is allowed, else on a whole minute.
    """
    moment = moment.astimezone(UTC)
    if not quiet.cover(moment.astimezone(zone).time()):
        return moment
    return _end_of_quiet(moment.replace(second=0, microsecond=0), zone, quiet)


@lru_cache(maxsize=4096)
def _end_of_quiet(moment: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """First allowed moment after a quiet one: the quiet hours end, or the clocks leave them."""
    horizon = moment + _LONGEST_NIGHT
    candidates = {*_ends(moment, horizon, zone, quiet.end), *_clock_changes(moment, horizon, zone)}
    return min(
        candidate
        for candidate in candidates
        if candidate > moment and not quiet.cover(candidate.astimezone(zone).time())
    )


def _ends(moment: datetime, horizon: datetime, zone: ZoneInfo, end: time) -> set[datetime]:
    """Every moment at which the wall shows `end`, also where an hour comes twice."""
    found = set()
    day: date = moment.astimezone(zone).date() - timedelta(days=1)
    while day <= horizon.astimezone(zone).date():
        for fold in (0, 1):
            wall = datetime.combine(day, end, tzinfo=zone).replace(fold=fold)
            instant = wall.astimezone(UTC)
            if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):  # not leapt over
                found.add(instant)
        day += timedelta(days=1)
    return found


def _clock_changes(moment: datetime, horizon: datetime, zone: ZoneInfo) -> set[datetime]:
    """Every moment at which the clocks of a zone are put forward or back, to the minute."""
    found = set()
    low = moment
    while low < horizon:
        high = low + _HOUR
        if _offset(low, zone) != _offset(high, zone):
            found.add(_change_between(low, high, zone))
        low = high
    return found


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = _offset(low, zone)
    while high - low > _MINUTE:
        minutes = (high - low) // _MINUTE // 2
        middle = low + minutes * _MINUTE
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
