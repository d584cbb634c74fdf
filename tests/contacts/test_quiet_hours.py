"""Every answer is compared with a walk over the minutes of the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servq.contacts.quiet_hours import QuietHours, next_allowed

NIGHT = QuietHours(time(20), time(8))
MINUTE = timedelta(minutes=1)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # its clocks changed at midnight until 2019
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour
    "Africa/Casablanca",  # back for Ramadan
    "Pacific/Apia",  # left a whole day out
    "Pacific/Chatham",
    "Antarctica/Troll",  # two hours
)
moments = st.integers(1_230_000_000, 2_110_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
"""From 2008 to 2036."""
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def by_walking(moment: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    if not quiet.cover(moment.astimezone(zone).time()):
        return moment
    moment = moment.replace(second=0, microsecond=0)
    while quiet.cover(moment.astimezone(zone).time()):
        moment += MINUTE
    return moment


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Europe/Berlin", "2026-03-04T12:00+01:00", "2026-03-04T12:00+01:00"),
        ("Europe/Berlin", "2026-03-04T20:00+01:00", "2026-03-05T08:00+01:00"),
        ("Europe/Berlin", "2026-03-05T07:59+01:00", "2026-03-05T08:00+01:00"),
        # the night in which clocks are put forward is an hour shorter, the one in which they are put back longer
        ("Europe/Berlin", "2026-03-28T21:00+01:00", "2026-03-29T08:00+02:00"),
        ("Europe/Berlin", "2026-10-24T21:00+02:00", "2026-10-25T08:00+01:00"),
        ("America/New_York", "2026-03-07T23:00-05:00", "2026-03-08T08:00-04:00"),
        ("America/New_York", "2026-10-31T23:00-04:00", "2026-11-01T08:00-05:00"),
        ("Asia/Kolkata", "2026-03-04T21:00+05:30", "2026-03-05T08:00+05:30"),
    ],
)
def test_the_night_ends_by_the_clock_on_the_wall(zone: str, moment: str, expected: str) -> None:
    found = next_allowed(datetime.fromisoformat(moment), ZoneInfo(zone), NIGHT)
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


def test_an_end_that_the_clocks_leap_over_is_when_they_leap() -> None:
    quiet = QuietHours(time(0), time(2, 30))
    found = next_allowed(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"), quiet)
    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 03:00 by the wall


def test_hours_that_come_twice_are_quiet_twice() -> None:
    berlin, quiet = ZoneInfo("Europe/Berlin"), QuietHours(time(1), time(2, 30))
    first = next_allowed(datetime(2026, 10, 25, 0, 10, tzinfo=UTC), berlin, quiet)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in summer time
    second = next_allowed(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), berlin, quiet)
    assert second == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 again, in winter time


def test_a_day_that_a_zone_leaves_out_is_no_obstacle() -> None:
    samoa = ZoneInfo("Pacific/Apia")
    quiet = QuietHours(time(8), time(7, 59))
    moment = datetime(2011, 12, 29, 19, 0, tzinfo=UTC)
    assert next_allowed(moment, samoa, quiet) == by_walking(moment, samoa, quiet)


@given(st.sampled_from(ZONES), moments, times, times)
@example("Pacific/Apia", datetime(2011, 12, 29, 20, tzinfo=UTC), time(20), time(8))
@example("Europe/Berlin", datetime(2026, 10, 25, 0, 45, tzinfo=UTC), time(2, 30), time(6))
def test_the_next_moment_is_the_first_that_a_walk_over_the_minutes_finds(
    name: str, moment: datetime, begin: time, end: time
) -> None:
    zone, quiet = ZoneInfo(name), QuietHours(begin, end)
    found = next_allowed(moment, zone, quiet)
    assert found == by_walking(moment, zone, quiet)
    assert not quiet.cover(found.astimezone(zone).time())


@given(
    st.sampled_from(ZONES),
    st.sampled_from([(2026, 3, 28), (2026, 3, 7), (2026, 10, 24), (2026, 10, 31), (2026, 4, 4), (2026, 10, 3)]),
    st.integers(0, 48 * 60),
    times,
    times,
)
def test_the_same_holds_around_changes_of_the_clocks(
    name: str, day: tuple[int, int, int], minutes: int, begin: time, end: time
) -> None:
    zone, quiet = ZoneInfo(name), QuietHours(begin, end)
    moment = datetime(*day, tzinfo=UTC) + minutes * MINUTE
    assert next_allowed(moment, zone, quiet) == by_walking(moment, zone, quiet)


def test_equal_times_are_no_quiet_hours() -> None:
    moment = datetime(2026, 3, 4, 3, 0, 7, tzinfo=UTC)
    assert next_allowed(moment, ZoneInfo("UTC"), QuietHours(time(3), time(3))) == moment
