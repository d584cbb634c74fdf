"""The responses of a survey as a table: filtered, ordered, one page at a time; and one of them by itself.

A page is found by where the one before ended, so that it is quick however many responses there are; a count stops at
`MOST_COUNTED`. Trial answers are in the table, marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from servq.errors import RecordUnknown
from servq.responses.models import (
    Administration,
    AnswerImport,
    Exclusion,
    Response,
    ResponseQuality,
)
from servq.surveys.models import Channel, Wave

PAGE = 50
MOST_COUNTED = 10_000


class State(StrEnum):
    """What became of a response."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    EXCLUDED = "excluded"
    TRIAL = "trial"


class Order(StrEnum):
    """How the table is ordered."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SIGNS = "signs"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the table shows; None and "" for everything.

    Parameters
    ----------
    flag
        A bit of `quality.Flag`; 0 for any response, -1 for those with two signs or more.
    import_id
        Only what came with this file.
    """

    wave: int | None = None
    channel: Channel | None = None
    site: str = ""
    state: State | None = None
    flag: int = 0
    begun_from: date | None = None
    begun_to: date | None = None
    import_id: int | None = None

    @property
    def picks_few(self) -> bool:
        """Whether what is shown is found without looking at every response: by its signs, or as excluded."""
        return bool(self.flag) or self.state is State.EXCLUDED

    @property
    def is_counted(self) -> bool:
        """Whether counting what is shown is quick."""
        looks_at_each = self.channel or self.site or self.begun_from or self.begun_to or self.import_id
        return self.picks_few or not (looks_at_each or self.state)


class Cursor(NamedTuple):
    """Where a page ends: the place of its last row, and whether the page in front or behind is wanted."""

    backwards: bool
    value: datetime | int
    id: bytes


class ListedRow(NamedTuple):
    """One response in the table."""

    id: bytes
    started_at: datetime
    submitted_at: datetime | None
    wave: int
    wave_name: str
    channel: Channel
    administration: Administration
    attributes: dict[str, str]
    duration_s: int
    trial: bool
    import_id: int | None
    excluded_because: str | None
    excluded_by: str | None
    excluded_at: datetime | None
    flags: int | None
    n_signs: int | None
    missing_share: float | None
    longest_run: int | None
    seconds_per_item: float | None

    @property
    def state(self) -> State:
        """What became of it; that it is no real or no wanted answer counts first."""
        if self.trial:
            return State.TRIAL
        if self.excluded_because is not None:
            return State.EXCLUDED
        return State.PARTIAL if self.submitted_at is None else State.COMPLETE


class OneRow(NamedTuple):
    """One response with its answers."""

    listed: ListedRow
    answers: bytes
    texts: dict[str, str]
    locale: str
    file_name: str | None


_COLUMNS = (
    Response.id,
    Response.started_at,
    Response.submitted_at,
    Wave.number,
    Wave.name,
    Response.channel,
    Response.administration,
    Response.attributes,
    Response.duration_s,
    Response.trial,
    Response.import_id,
    Exclusion.reason,
    Exclusion.excluded_by,
    Exclusion.at,
    ResponseQuality.flags,
    ResponseQuality.n_signs,
    ResponseQuality.missing_share,
    ResponseQuality.longest_run,
    ResponseQuality.seconds_per_item,
)


_WAVES = aliased(Wave)


async def list_page(
    session: AsyncSession, survey_id: int, filters: Filters, order: Order, cursor: Cursor | None, *, size: int = PAGE
) -> tuple[list[ListedRow], bool]:
    """Return the rows of a page, and whether there are more in the direction in which it was asked for."""
    backwards = cursor is not None and cursor.backwards
    keys = _keys(order, filters)
    # From newest to oldest is the usual direction; the oldest first, and the page in front, turn it round.
    falls = (order is not Order.OLDEST) != backwards
    found = _joined(select(*_COLUMNS), order).where(*_conditions(survey_id, filters, order))
    if cursor is not None:
        place, at = tuple_(*keys), tuple_(*(_bound(key, value) for key, value in zip(keys, cursor[1:], strict=True)))
        found = found.where(place < at if falls else place > at)
    found = found.order_by(*(key.desc() if falls else key.asc() for key in keys)).limit(size + 1)
    rows = [ListedRow._make(row) for row in await session.execute(found)]
    has_more = len(rows) > size
    rows = rows[:size]
    return (rows[::-1] if backwards else rows), has_more


async def count_listed(session: AsyncSession, survey_id: int, filters: Filters) -> int:
    """Count the rows of the table, up to one more than `MOST_COUNTED`."""
    some = _joined(select(Response.id), Order.NEWEST).where(*_conditions(survey_id, filters)).limit(MOST_COUNTED + 1)
    return await session.scalar(select(func.count()).select_from(some.subquery())) or 0


async def list_ids(session: AsyncSession, survey_id: int, filters: Filters) -> Sequence[bytes]:
    """Return every response that the filters let through, for what is done to all of them."""
    found = _joined(select(Response.id), Order.NEWEST).where(*_conditions(survey_id, filters))
    return (await session.scalars(found)).all()


async def get_one(session: AsyncSession, survey_id: int, response_id: bytes) -> OneRow:
    """Return one response; raises `RecordUnknown`."""
    found = (
        _joined(
            select(*_COLUMNS, Response.answers, Response.texts, Response.locale, AnswerImport.file_name), Order.NEWEST
        )
        .join(AnswerImport, Response.import_id == AnswerImport.id, isouter=True)
        .where(Response.survey_id == survey_id, Response.id == response_id)
    )
    row = (await session.execute(found)).one_or_none()
    if row is None:
        raise RecordUnknown(f"Survey {survey_id} has no such response.")
    values = tuple(row)
    return OneRow(ListedRow._make(values[: len(_COLUMNS)]), *values[len(_COLUMNS) :])


def cursor_at(row: ListedRow, order: Order, *, backwards: bool) -> Cursor:
    """Return where a page ends that has this row at its end."""
    return Cursor(backwards, (row.n_signs or 0) if order is Order.SIGNS else row.started_at, row.id)


def _joined(found: Any, order: Order) -> Any:
    # by signs: only what was looked through has an order
    return (
        found.select_from(Response)
        .join(Wave, Response.wave_id == Wave.id)
        .join(ResponseQuality, ResponseQuality.response_id == Response.id, isouter=order is not Order.SIGNS)
        .join(Exclusion, Exclusion.response_id == Response.id, isouter=True)
    )


def _keys(order: Order, filters: Filters) -> tuple[Any, Any]:
    if order is Order.SIGNS:
        return ResponseQuality.n_signs, ResponseQuality.response_id
    if filters.picks_few or filters.wave is not None:
        # ordered by themselves: a walk over the order of all responses would look at every other wave too
        return func.coalesce(Response.started_at, Response.started_at, type_=Response.started_at.type), Response.id
    return Response.started_at, Response.id


def _bound(key: Any, value: object) -> ColumnElement[Any]:
    return literal(value, key.type)


def _conditions(survey_id: int, filters: Filters, order: Order = Order.NEWEST) -> list[ColumnElement[bool]]:
    # within a function it is no reason to walk over the whole survey where few are picked
    survey = func.coalesce(Response.survey_id, 0) if filters.picks_few else Response.survey_id
    found: list[ColumnElement[bool]] = [survey == survey_id]
    if order is Order.SIGNS:
        found.append(ResponseQuality.survey_id == survey_id)
    if filters.wave is not None:
        wave = select(_WAVES.id).where(_WAVES.survey_id == survey_id, _WAVES.number == filters.wave)
        found.append(Response.wave_id == wave.scalar_subquery())
    if filters.channel is not None:
        found.append(Response.channel == filters.channel)
    if filters.site:
        found.append(Response.attributes["site"].as_string() == filters.site)
    if filters.import_id is not None:
        found.append(Response.import_id == filters.import_id)
    if filters.flag:
        # few show signs: found by themselves first, they are looked up in the table of responses
        signs = select(ResponseQuality.response_id).where(ResponseQuality.survey_id == survey_id)
        is_seen = ResponseQuality.flags.bitwise_and(filters.flag) != 0
        wanted = (ResponseQuality.n_signs >= 1, is_seen) if filters.flag > 0 else (ResponseQuality.n_signs >= 2,)
        found.append(Response.id.in_(signs.where(*wanted)))
    if filters.begun_from is not None:
        found.append(Response.started_at >= _midnight(filters.begun_from))
    if filters.begun_to is not None:
        found.append(Response.started_at < _midnight(filters.begun_to) + timedelta(days=1))
    if filters.state is not None:
        found.append(_of_state(filters.state))
    return found


def _of_state(state: State) -> ColumnElement[bool]:
    left_out = aliased(Exclusion)
    is_in = and_(Exclusion.response_id.is_(None), Response.trial.is_(False))
    return {
        State.COMPLETE: and_(is_in, Response.submitted_at.is_not(None)),
        State.PARTIAL: and_(is_in, Response.submitted_at.is_(None)),
        State.EXCLUDED: and_(Response.id.in_(select(left_out.response_id)), Response.trial.is_(False)),
        State.TRIAL: Response.trial.is_(True),
    }[state]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
