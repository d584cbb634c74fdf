"""Service contacts from files, frames and rows, checked: the only way into the metrics.

Every problem of every row is found before anything is refused: cells that cannot be read, ids used twice, and orders of
events that cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from servq.answerfiles import load_table, table_of
from servq.answerfiles.reading import Table
from servq.errors import DataInvalid, Problem, RequestInvalid
from servq.operations.cells import TYPES, Wrong, decode
from servq.operations.columns import BY_NAME, COLUMNS, REQUIRED, plain_name

PROBLEMS_SHOWN = 20
"""Rows named for one reason in one column; the rest is counted."""


@dataclass(frozen=True, kw_only=True)
class ServiceContacts:
    """Checked service contacts.

    Parameters
    ----------
    frame
        One row per contact with every column of `COLUMNS`: times in UTC, numbers as decimals, null where unknown.
    source, sha256
        File name and hash of the file's bytes, as the reader knows them.
    ignored
        Columns of the source that are none of ours.
    """

    frame: pl.DataFrame
    source: str
    sha256: str = ""
    ignored: tuple[str, ...] = ()


def load_contacts(
    path: Path, *, columns: Mapping[str, str] | None = None, time_zone: str | None = None
) -> ServiceContacts:
    """Read service contacts from a CSV, XLSX or Parquet file.

    Parameters
    ----------
    columns
        Our column → header in the file, where the names differ.
    time_zone
        Zone of the times that are written without one, e.g. ``Europe/Berlin``.

    Raises
    ------
    DataInvalid
        With every problem found, each with its row, column and what to do.
    RequestInvalid
        An unknown time zone or column name.
    """
    return read_contacts(load_table(path), columns=columns, time_zone=time_zone)


def contacts_of(data: object, *, time_zone: str | None = None, source: str = "data frame") -> ServiceContacts:
    """The same from a polars or pandas frame or a mapping of columns."""
    return read_contacts(table_of(data, source), time_zone=time_zone)


def contacts_of_rows(rows: Sequence[Mapping[str, object]]) -> ServiceContacts:
    """Check service contacts that came one by one, as mappings of our columns; times are ISO 8601 texts with zones."""
    kinds = {"count": pl.Float64(), "amount": pl.Float64(), "flag": pl.Boolean()}
    frame = pl.DataFrame(
        {
            column.name: pl.Series([row.get(column.name) for row in rows], dtype=kinds.get(column.kind, pl.String()))
            for column in COLUMNS
        }
    )
    return read_contacts(Table(frame=frame, source=""), columns={})


def read_contacts(
    table: Table, *, columns: Mapping[str, str] | None = None, time_zone: str | None = None
) -> ServiceContacts:
    """Find, type and check the columns of a table; raises as `load_contacts`."""
    check_time_zone(time_zone)
    found = _find(table, columns or {})
    typed: dict[str, pl.Series] = {}
    problems: list[Problem] = []
    for column in COLUMNS:
        if column.name not in found:
            typed[column.name] = pl.Series([None], dtype=TYPES[column.kind]).new_from_index(0, table.frame.height)
            continue
        header = found[column.name]
        decoded = decode(table.frame[header], column, time_zone=time_zone)
        typed[column.name] = decoded.values.cast(TYPES[column.kind])
        for wrong in decoded.wrong:
            problems += _named(wrong, table, header)
    frame = pl.DataFrame(typed)
    for name, wrong in (*_blank(frame, table, found), *_doubled(frame, table), *_impossible(frame)):
        if wrong.rows.size:
            problems += _named(wrong, table, found[name])
    if problems:
        raise DataInvalid(sorted(problems, key=lambda problem: problem.row or table.frame.height + table.first_row))
    ignored = tuple(name for name in table.frame.columns if name not in found.values())
    return ServiceContacts(frame=frame, source=table.source, sha256=table.sha256, ignored=ignored)


def check_time_zone(name: str | None) -> None:
    """Refuse a time zone that does not exist."""
    try:
        if name is not None:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RequestInvalid(
            Problem(f'There is no time zone "{name}".', "Name one such as Europe/Berlin or UTC.")
        ) from error


def refuse_future(contacts: ServiceContacts, now: datetime) -> None:
    """Refuse times later than now: a clock or a zone is wrong, and waiting times would be too."""
    table = Table(frame=contacts.frame, source=contacts.source)
    problems = [
        problem
        for name in ("opened_at", "first_reply_at", "resolved_at")
        for problem in _named(
            Wrong(
                np.flatnonzero((contacts.frame[name] > now).fill_null(value=False).to_numpy()),
                "The time lies in the future.",
                "Check the clock and the time zone.",
            ),
            table,
            name,
        )
    ]
    if problems:
        raise DataInvalid(problems)


def _find(table: Table, columns: Mapping[str, str]) -> dict[str, str]:
    """Header by our name."""
    headers = table.frame.columns
    problems = [
        Problem(f'There is no column "{name}" of service contacts.', f"There are: {', '.join(BY_NAME)}.")
        for name in columns
        if name not in BY_NAME
    ]
    problems += [
        Problem("The file has no such column.", f"It has: {', '.join(headers[:40])}.", file=table.source, column=header)
        for header in columns.values()
        if header not in headers
    ]
    if problems:
        raise RequestInvalid(problems)
    found = dict(columns)
    for column in COLUMNS:
        names = {column.name, *column.also}
        fitting = [header for header in headers if plain_name(header) in names and header not in columns.values()]
        exact = [header for header in fitting if plain_name(header) == column.name]
        if column.name in found or not fitting:
            continue
        if len(fitting) > 1 and len(exact) != 1:
            problems.append(
                Problem(
                    f'{len(fitting)} columns could be "{column.name}": {", ".join(fitting)}.',
                    "Name one of them as the column, or remove the others.",
                    file=table.source,
                )
            )
        found[column.name] = (exact or fitting)[0]
    problems += [
        Problem(
            f'There is no column "{name}". {BY_NAME[name].meaning}',
            f"Add it, or say which column it is; the file has: {', '.join(headers[:40])}.",
            file=table.source,
        )
        for name in REQUIRED
        if name not in found
    ]
    if problems:
        raise DataInvalid(problems)
    return found


def _named(wrong: Wrong, table: Table, header: str) -> Iterator[Problem]:
    """The first rows with their cells, and how many more there are."""
    for row in wrong.rows[:PROBLEMS_SHOWN]:
        cell = table.frame[header][int(row)]
        shown = "" if cell is None else f' It is "{str(cell)[:40]}".'
        yield Problem(
            wrong.message + shown,
            wrong.fix,
            file=table.source or None,
            row=int(row) + table.first_row,
            column=header,
        )
    if wrong.rows.size > PROBLEMS_SHOWN:
        yield Problem(
            f"{wrong.rows.size - PROBLEMS_SHOWN:,} more rows: {wrong.message}",
            wrong.fix,
            file=table.source or None,
            column=header,
        )


def _rows(mask: pl.Series, message: str, fix: str) -> Wrong:
    return Wrong(np.flatnonzero(mask.fill_null(value=False).to_numpy()), message, fix)


def _blank(frame: pl.DataFrame, table: Table, found: Mapping[str, str]) -> Iterator[tuple[str, Wrong]]:
    for name in REQUIRED:
        cells = table.frame[found[name]]
        empty = cells.is_null()
        if cells.dtype == pl.String:
            empty |= cells.str.strip_chars() == ""
        yield name, _rows(empty & frame[name].is_null(), "This is blank.", BY_NAME[name].meaning)


def _doubled(frame: pl.DataFrame, table: Table) -> Iterator[tuple[str, Wrong]]:
    ids = frame["contact_id"]
    repeated = ids.is_not_null() & ~ids.is_first_distinct()
    if repeated.any():
        places = pl.int_range(table.first_row, table.first_row + len(ids), eager=True)
        first = dict(zip(ids.to_list()[::-1], places.to_list()[::-1], strict=True))
        rows = np.flatnonzero(repeated.to_numpy())
        fix = "Keep one row per service contact, with its latest state."
        for row in rows[:PROBLEMS_SHOWN]:
            yield "contact_id", Wrong(rows[rows == row], f"The id is used in row {first[ids[int(row)]]} already.", fix)
        yield "contact_id", Wrong(rows[PROBLEMS_SHOWN:], "The id is used in an earlier row already.", fix)


def _impossible(frame: pl.DataFrame) -> Iterator[tuple[str, Wrong]]:
    """Orders of events that cannot be, each named at the column to look at first."""
    opened, replied, resolved = (frame[name] for name in ("opened_at", "first_reply_at", "resolved_at"))
    order = "Check both times and their zones."
    yield "first_reply_at", _rows(replied < opened, "The first reply is before the opening.", order)
    yield "resolved_at", _rows(resolved < opened, "It was resolved before it was opened.", order)
    yield "resolved_at", _rows(resolved < replied, "It was resolved before the first reply.", order)
    none = frame["replies"] == 0
    yield (
        "replies",
        _rows(
            none & (replied.is_not_null() | (frame["response_minutes"] > 0)),
            "There are no replies, but a time of reply.",
            "Count every reply, or leave the time blank.",
        ),
    )
    yield (
        "talk_minutes",
        _rows(
            frame["abandoned"] & (frame["talk_minutes"] > 0),
            "The customer left the queue before being served, but there was talk.",
            "Say which of the two is true.",
        ),
    )
