"""Which occasions a rule takes and when; expected times are worked out by hand from the zones' published offsets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from servq.contacts.rows import NewContact, Place
from servq.events.given import NewEvent, digest_of, event_problems
from servq.events.matching import (
    anchors_due,
    anniversary,
    due_after,
    falls_due,
    is_chosen,
    local_moment,
    month_days,
    read_date,
    takes,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Rule:
    event_kind: str | None = "service_completed"
    touchpoints: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    conditions: dict[str, list[str]] = field(default_factory=dict)


def test_a_rule_that_lists_nothing_takes_everything() -> None:
    assert takes(Rule(), {})


def test_every_list_must_hold_what_happened() -> None:
    rule = Rule(touchpoints=["desk", "room"], sites=["North"], conditions={"value": ["gold", "silver"]})
    happened = {"touchpoint": "desk", "site": "North", "value": "gold", "other": "x"}
    assert takes(rule, happened)
    for name in ("touchpoint", "site", "value"):
        assert not takes(rule, {**happened, name: "else"})
        assert not takes(rule, {key: value for key, value in happened.items() if key != name})


def test_a_share_takes_about_its_share_and_always_the_same_occasions() -> None:
    chosen = [is_chosen(0.3, rule_id=1, contact_id=n, occasion=f"event {n}") for n in range(4000)]
    assert chosen == [is_chosen(0.3, rule_id=1, contact_id=n, occasion=f"event {n}") for n in range(4000)]
    assert 0.27 < sum(chosen) / len(chosen) < 0.33
    wider = [is_chosen(0.5, rule_id=1, contact_id=n, occasion=f"event {n}") for n in range(4000)]
    assert all(after for before, after in zip(chosen, wider, strict=True) if before)
    assert all(is_chosen(1.0, rule_id=1, contact_id=n, occasion="x") for n in range(100))


def test_a_delay_counts_from_the_event_and_nothing_is_due_in_the_past() -> None:
    assert due_after(NOW - DAY, 2 * 86400, created_at=NOW - 9 * DAY, now=NOW) == NOW + DAY
    assert due_after(NOW - DAY, 3600, created_at=NOW - 9 * DAY, now=NOW) == NOW


def test_an_event_before_the_rule_or_long_over_asks_nobody() -> None:
    assert due_after(NOW - DAY, 0, created_at=NOW, now=NOW) is None
    assert due_after(NOW - 8 * DAY, 0, created_at=NOW - 99 * DAY, now=NOW) is None
    assert due_after(NOW - 8 * DAY, 2 * 86400, created_at=NOW - 99 * DAY, now=NOW) == NOW


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        ("Europe/Berlin", date(2026, 1, 15), time(9), datetime(2026, 1, 15, 8, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 7, 15), time(9), datetime(2026, 7, 15, 7, tzinfo=UTC)),
        ("Asia/Kolkata", date(2026, 7, 15), time(9), datetime(2026, 7, 15, 3, 30, tzinfo=UTC)),
        ("Pacific/Kiritimati", date(2026, 7, 15), time(9), datetime(2026, 7, 14, 19, tzinfo=UTC)),
        ("Pacific/Pago_Pago", date(2026, 7, 15), time(20), datetime(2026, 7, 16, 7, tzinfo=UTC)),
        # clocks leap from 2:00 to 3:00: half past two is half past three
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # half past two comes twice: the first one is in summer time
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("America/New_York", date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_date_falls_due_by_the_contacts_own_clock(zone: str, day: date, at: time, moment: datetime) -> None:
    assert local_moment(day, at, ZoneInfo(zone)) == moment
    window = {"after": moment - timedelta(minutes=1), "until": moment}
    assert falls_due(day, days=0, at=at, yearly=False, zone=ZoneInfo(zone), **window) == moment
    assert day in anchors_due(days=0, **window)
    later = {"after": moment, "until": moment + timedelta(minutes=10)}
    assert falls_due(day, days=0, at=at, yearly=False, zone=ZoneInfo(zone), **later) is None


@pytest.mark.parametrize("days", [-30, -1, 0, 1, 14, 400])
def test_days_count_from_the_date_to_either_side(days: int) -> None:
    anchor = date(2026, 5, 20)
    moment = datetime(2026, 5, 20, 10, tzinfo=UTC) + days * DAY
    window = {"after": moment - timedelta(minutes=10), "until": moment}
    assert falls_due(anchor, days=days, at=time(10), yearly=False, zone=ZoneInfo("UTC"), **window) == moment
    assert anchor in anchors_due(days=days, **window)


def test_every_anniversary_counts_from_the_date_itself_on() -> None:
    for year in (2020, 2021, 2026):
        moment = datetime(year, 5, 20, 10, tzinfo=UTC)
        window = {"after": moment - timedelta(minutes=10), "until": moment}
        found = falls_due(date(2020, 5, 20), days=0, at=time(10), yearly=True, zone=ZoneInfo("UTC"), **window)
        assert found == moment
        assert "05-20" in month_days(anchors_due(days=0, **window))
    before = datetime(2019, 5, 20, 10, tzinfo=UTC)
    window = {"after": before - DAY, "until": before + DAY}
    assert falls_due(date(2020, 5, 20), days=0, at=time(10), yearly=True, zone=ZoneInfo("UTC"), **window) is None


@pytest.mark.parametrize(("year", "day"), [(2024, 29), (2025, 28), (2026, 28), (2028, 29), (2100, 28)])
def test_the_leap_day_falls_on_the_28th_in_common_years(year: int, day: int) -> None:
    assert anniversary(date(2020, 2, 29), year) == date(year, 2, day)
    moment = datetime(year, 2, day, 12, tzinfo=UTC)
    assert "02-29" in month_days(anchors_due(days=0, after=moment - DAY, until=moment))


@pytest.mark.parametrize(
    ("text", "found"),
    [("2026-05-20", True), ("2026-05-20T10:00", True), ("20.05.2026", False), ("", False), ("2026-02-30", False)],
)
def test_a_date_is_read_from_the_beginning_of_the_text(text: str, *, found: bool) -> None:
    assert (read_date(text) is not None) is found


def test_the_digest_of_an_event_depends_on_everything_but_its_key() -> None:
    event = NewEvent(
        kind="visit",
        idempotency_key="a",
        contact=NewContact(reference="1"),
        attributes={"a": "1", "b": "2"},
        occurred_at=NOW,
    )
    same = NewEvent(
        kind="visit",
        idempotency_key="b",
        contact=NewContact(reference="1"),
        attributes={"b": "2", "a": "1"},
        occurred_at=NOW,
    )
    assert digest_of(event) == digest_of(same)
    for other in (
        NewEvent(kind="visit", idempotency_key="a"),
        NewEvent(kind="visit", contact=NewContact(reference="2"), attributes={"a": "1", "b": "2"}, occurred_at=NOW),
        NewEvent(kind="visit", contact=NewContact(reference="1"), attributes={"a": "1", "b": "3"}, occurred_at=NOW),
    ):
        assert digest_of(other) != digest_of(event)


def test_every_problem_of_an_event_is_named_with_its_place() -> None:
    event = NewEvent(
        kind="",
        idempotency_key="x" * 201,
        site="North\nSouth",
        touchpoint="",
        agent="a" * 101,
        occurred_at=datetime(2026, 3, 4, 12),  # noqa: DTZ001 (a time without a zone is what is refused)
        attributes={"channel": "x", "site": "y", "": "z", **{f"n{i}": "v" for i in range(20)}},
    )
    problems = event_problems(Place(row=3), event, now=NOW)
    assert {problem.row for problem in problems} == {3}
    assert {problem.column for problem in problems} == {
        "kind",
        "idempotency_key",
        "site",
        "touchpoint",
        "agent",
        "occurred_at",
        "attributes",
    }
    assert all(problem.fix for problem in problems)


@pytest.mark.parametrize(
    "moment", [NOW + timedelta(minutes=11), datetime(1960, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_a_time_that_is_to_come_or_long_past_is_refused(moment: datetime) -> None:
    event = NewEvent(kind="visit", idempotency_key="a", occurred_at=moment)
    assert [problem.column for problem in event_problems(Place(), event, now=NOW)] == ["occurred_at"]
    fine = NewEvent(kind="visit", idempotency_key="a", occurred_at=NOW + timedelta(minutes=9))
    assert event_problems(Place(), fine, now=NOW) == []
