"""Service contacts as they are stored: taking in their latest state, and handing them to the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import RecordUnknown
from servq.operations import queries
from servq.operations.cells import TYPES
from servq.operations.columns import COLUMNS
from servq.operations.findings import OperationsOptions
from servq.operations.joining import Cell, SiteScores
from servq.operations.records import ServiceContacts, refuse_future
from servq.operations.sample import Window, period_of
from servq.responses.answers import decode
from servq.scoring import AnswerTable, score
from servq.surveys.launched import get_launched

STORED_AT_ONCE = 5_000
"""Contacts looked up and stored by one statement; a statement takes some 32,000 values."""

_COUNTS = [column.name for column in COLUMNS if column.kind == "count"]


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of contacts that were handed over."""

    received: int
    created: int
    updated: int
    unchanged: int


async def store_contacts(session: AsyncSession, contacts: ServiceContacts, *, now: datetime) -> Stored:
    """Keep the state of contacts under their ids; handing them over again changes nothing.

    A contact that is stored already is replaced as a whole: what is blank now is unknown from now on. Raises
    `DataInvalid` naming every time that lies in the future.
    """
    refuse_future(contacts, now)
    created = updated = 0
    names = [column.name for column in COLUMNS]
    # in one order, so that two that store the same contacts wait for each other instead of blocking each other
    frame = contacts.frame.sort("contact_id").with_columns(pl.col(_COUNTS).cast(pl.Int64))
    for rows in _batched(frame.select(names).rows()):
        stored = await queries.find_contacts(session, [row[0] for row in rows])
        changed = [row for row in rows if stored.get(row[0]) != row]
        created += sum(row[0] not in stored for row in changed)
        updated += sum(row[0] in stored for row in changed)
        if changed:
            values = [dict(zip(names, row, strict=True)) | {"updated_at": now} for row in changed]
            await queries.put_contacts(session, values)
    n = frame.height
    return Stored(received=n, created=created, updated=updated, unchanged=n - created - updated)


async def get_stored(
    session: AsyncSession, options: OperationsOptions, survey_id: int | None = None, *, now: datetime
) -> tuple[ServiceContacts, OperationsOptions]:
    """The stored contacts of the window, observed until now, with the scores of a survey where one is named.

    Raises `RecordUnknown` if there are no contacts, and `SurveyUnknown` or `SurveyNotLaunched` for the survey.
    """
    window = replace(options.window, as_of=now)
    contacts = await _contacts(session, window)
    scores = options.scores if survey_id is None else await _survey_scores(session, options, survey_id)
    return contacts, replace(options, window=window, scores=scores)


async def _contacts(session: AsyncSession, window: Window) -> ServiceContacts:
    rows = await queries.list_contacts(
        session,
        since=_start(window.since, window.time_zone),
        before=_start(None if window.until is None else window.until + timedelta(days=1), window.time_zone),
    )
    if not rows:
        raise RecordUnknown(
            "There are no service contacts of this time. Store some: servq operations import FILE, or POST them to "
            "/api/v1/service-contacts."
        )
    stored = {column.name: pl.Int64() if column.kind == "count" else TYPES[column.kind] for column in COLUMNS}
    frame = pl.DataFrame(rows, schema=stored, orient="row").with_columns(pl.col(_COUNTS).cast(pl.Float64))
    return ServiceContacts(frame=frame, source="servq")


async def _survey_scores(session: AsyncSession, options: OperationsOptions, survey_id: int) -> SiteScores:
    """Mean headline score by site and period; those of fewer respondents than the minimum are left out."""
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    rows = await queries.list_submitted(session, survey_id)
    codes = decode([row.answers for row in rows], survey.n_columns)
    headline = score(AnswerTable(instrument=survey.instrument, codes=codes, source=survey.title)).headline
    values = headline.overall if headline.dimensions else headline.by_items
    zone = ZoneInfo(options.window.time_zone)
    days = pl.Series([row.submitted_at.astimezone(zone).date() for row in rows], dtype=pl.Date)
    sites = [msgspec.json.decode(row.attributes, type=dict[str, str]).get("site", "") for row in rows]
    by_cell = (
        pl.DataFrame(
            {
                "site": pl.Series(sites, dtype=pl.String),
                "period": period_of(days, options.window.length),
                "score": np.asarray(values, dtype=np.float64),
            }
        )
        .filter((pl.col("site") != "") & pl.col("score").is_not_nan())
        .group_by("site", "period")
        .agg(pl.col("score").mean(), pl.len().alias("n"))
        .filter(pl.col("n") >= options.minimum_group_size)
    )
    scores = {Cell(site, period): mean for site, period, mean, _ in by_cell.iter_rows()}
    return SiteScores(survey.title, scores)


def _start(day: date | None, time_zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def _batched(rows: Sequence[tuple[Any, ...]]) -> list[Sequence[tuple[Any, ...]]]:
    return [rows[first : first + STORED_AT_ONCE] for first in range(0, len(rows), STORED_AT_ONCE)]
