"""Service contacts as arrays, with the waiting times that the metrics need; taking some of them costs one copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from servq.analysis.operations_findings import PeriodLength
from servq.errors import Problem, RequestInvalid
from servq.operations.records import ServiceContacts, check_time_zone

Array = NDArray[np.float64]

_WRITTEN: Mapping[PeriodLength, str] = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which contacts count, and how time is cut.

    Parameters
    ----------
    since, until
        First and last day of opening that counts, in `time_zone`; None leaves that end open.
    as_of
        Moment up to which the contacts were observed; the last time in the data when None.
    """

    length: PeriodLength = "month"
    time_zone: str = "UTC"
    since: date | None = None
    until: date | None = None
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        check_time_zone(self.time_zone)
        if self.length not in get_args(PeriodLength):
            raise RequestInvalid(f'A period is a {", ".join(get_args(PeriodLength))}, not a "{self.length}".')
        if self.since and self.until and self.since > self.until:
            raise RequestInvalid(f"{self.since} is after {self.until}. Swap the first and the last day.")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Some service contacts.

    Parameters
    ----------
    values
        By name, shape (n,), NaN where unknown: the numeric columns (flags as 0 and 1), and ``first_reply_minutes``,
        ``resolution_hours``, ``waited_minutes``, ``waited_hours`` (until the end, or until `as_of` while open).
    resolved
        Shape (n,): settled by `as_of`.
    started_in, resolved_in
        Shape (n,): position in `periods` of the opening and of the resolution, −1 outside of them.
    n_open_before
        Contacts opened before the window and not resolved before it.
    periods
        Every calendar period of the window, written as ``2026-03``, ``2026-W10`` or ``2026-03-04``.
    known
        Columns that hold anything at all.
    """

    values: Mapping[str, Array]
    resolved: NDArray[np.bool_]
    started_in: NDArray[np.intp]
    resolved_in: NDArray[np.intp]
    n_open_before: int
    periods: tuple[str, ...]
    as_of: datetime
    known: frozenset[str] = field(default_factory=frozenset)

    @property
    def in_window(self) -> NDArray[np.bool_]:
        """Shape (n,): opened on a day that counts."""
        return np.greater_equal(self.started_in, 0)

    @property
    def abandoned(self) -> NDArray[np.bool_]:
        """Shape (n,): the customer left the queue."""
        return np.equal(self.values["abandoned"], 1)

    @property
    def n(self) -> int:
        """Number of contacts."""
        return int(self.resolved.size)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Sample:
        """Some of the contacts; the periods stay those of all."""
        return replace(
            self,
            values={name: values[rows] for name, values in self.values.items()},
            resolved=self.resolved[rows],
            started_in=self.started_in[rows],
            resolved_in=self.resolved_in[rows],
        )


def make_sample(contacts: ServiceContacts, window: Window) -> Sample:
    """The arrays of all contacts, with those of the window marked.

    Raises
    ------
    RequestInvalid
        The contacts were observed longer than `as_of`, or none was opened in the window.
    """
    frame = contacts.frame
    times = {name: frame[name] for name in ("opened_at", "first_reply_at", "resolved_at")}
    last: datetime = max(moment for series in times.values() if isinstance(moment := series.max(), datetime))
    as_of = (window.as_of or last).astimezone(UTC)
    if as_of < last:
        raise RequestInvalid(
            Problem(
                f"The contacts go on until {last.isoformat()}, after {as_of.isoformat()}.",
                "Name a later moment up to which they were observed.",
            )
        )
    local = {name: series.dt.convert_time_zone(window.time_zone) for name, series in times.items()}
    days = local["opened_at"].dt.date()
    counted = pl.Series([True]).new_from_index(0, frame.height)
    if window.since:
        counted &= days >= window.since
    if window.until:
        counted &= days <= window.until
    if not counted.any():
        raise RequestInvalid("No service contact was opened in these days. Name other ones.")
    first_day, last_day = window.since or days.min(), window.until or local_day(as_of, window.time_zone)
    periods = _periods(first_day, last_day, window.length)  # type: ignore[arg-type] # min() of days is a day
    opened, resolved = times["opened_at"], times["resolved_at"]
    is_resolved = resolved.is_not_null().to_numpy()
    waited = (resolved.fill_null(as_of) - opened).dt.total_microseconds().to_numpy() / 60e6
    unreplied = times["first_reply_at"].is_null().to_numpy()
    reply = _minutes(times["first_reply_at"] - opened)
    numeric = {
        name: frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for name in (
            *("replies", "response_minutes", "handovers", "queue_seconds", "abandoned", "found_sought", "failures"),
            "talk_minutes",
        )
    }
    left = numeric["abandoned"] == 1
    before = (days < first_day).to_numpy()
    settled_before = (local["resolved_at"].dt.date() < first_day).fill_null(value=False).to_numpy()
    return Sample(
        values={
            **numeric,
            "first_reply_minutes": reply,
            "waited_minutes": np.where(unreplied, waited, reply),
            "resolution_hours": np.where(is_resolved, waited / 60, np.nan),
            "waited_hours": waited / 60,
        },
        resolved=is_resolved,
        started_in=_positions(local["opened_at"], periods, window),
        resolved_in=_positions(local["resolved_at"], periods, window),
        n_open_before=int((before & ~settled_before & ~left).sum()),
        periods=periods,
        as_of=as_of,
        known=frozenset(name for name in frame.columns if frame[name].null_count() < frame.height),
    )


def local_day(moment: datetime, time_zone: str) -> date:
    """The day on which a moment falls in a zone."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(time_zone)).date()


def period_of(days: pl.Series, length: PeriodLength) -> pl.Series:
    """How the period of each day or local time is written."""
    return days.dt.strftime(_WRITTEN[length])


def next_period(period: str, length: PeriodLength, steps: int) -> str:
    """The period `steps` after one."""
    if length == "month":
        months = int(period[:4]) * 12 + int(period[5:7]) - 1 + steps
        return f"{months // 12:04d}-{months % 12 + 1:02d}"
    if length == "week":
        day = date.fromisocalendar(int(period[:4]), int(period[6:]), 1) + timedelta(weeks=steps)
        return "{}-W{:02d}".format(*day.isocalendar()[:2])
    return (date.fromisoformat(period) + timedelta(days=steps)).isoformat()


def _minutes(spans: pl.Series) -> Array:
    return spans.dt.total_microseconds().cast(pl.Float64).fill_null(float("nan")).to_numpy() / 60e6


def _periods(first: date, last: date, length: PeriodLength) -> tuple[str, ...]:
    days = pl.date_range(first, max(first, last), "1d", eager=True)
    return tuple(period_of(days, length).unique(maintain_order=True).to_list())


def _positions(local: pl.Series, periods: tuple[str, ...], window: Window) -> NDArray[np.intp]:
    days = local.dt.date()
    if window.since:
        days = pl.select(pl.when(days >= window.since).then(days)).to_series()
    if window.until:
        days = pl.select(pl.when(days <= window.until).then(days)).to_series()
    kinds = days.unique().drop_nulls()
    position = {period: i for i, period in enumerate(periods)}
    found = pl.Series([position.get(period, -1) for period in period_of(kinds, window.length)], dtype=pl.Int64)
    return days.replace_strict(kinds, found, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy().astype(np.intp)
