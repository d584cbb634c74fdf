"""Files of events: one row an event in a table, or one JSON object a line as the API takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from servq.contacts.cells import shown, tidy
from servq.contacts.rows import NewContact, Place
from servq.errors import DataInvalid, Problem
from servq.events.given import NewEvent

OF_EVENT = ("idempotency_key", "kind", "touchpoint", "site", "agent", "occurred_at")
OF_CONTACT = ("reference", "email", "name", "locale", "time_zone")


class EventFile(NamedTuple):
    """The events of a file, each with its place."""

    events: Sequence[NewEvent]
    places: Sequence[Place]


def read_events(path: Path) -> EventFile:
    """Read a file of events.

    Columns are named as the fields of an event and of its contact; every other column is an attribute of the event, and
    a blank cell says nothing.

    Raises
    ------
    DataInvalid
        The file cannot be read, has no column with the keys or the kinds, or a cell cannot be read; lists every place.
    """
    return _read_lines(path) if path.suffix.lower() == ".jsonl" else _read_table(path)


def _read_table(path: Path) -> EventFile:
    from servq.answerfiles import load_table

    table = load_table(path)
    header = [tidy(name) for name in table.frame.columns]
    missing = [name for name in ("idempotency_key", "kind") if name not in header]
    if missing:
        raise DataInvalid(
            Problem(
                f'There is no column "{name}".',
                "Add it: a name of your own for each event."
                if name == "idempotency_key"
                else "Add it, e.g. with service_completed in every row.",
                file=path.name,
            )
            for name in missing
        )
    events, places = [], []
    problems: list[Problem] = []
    for row, cells in enumerate(table.frame.iter_rows(), start=table.first_row):
        place = Place(file=path.name, row=row)
        texts = {name: tidy(str(cell)) for name, cell in zip(header, cells, strict=True) if cell is not None}
        event = _event(place, {name: text for name, text in texts.items() if text}, problems)
        events.append(event)
        places.append(place)
    if problems:
        raise DataInvalid(problems)
    return EventFile(events, places)


def _event(place: Place, texts: Mapping[str, str], problems: list[Problem]) -> NewEvent:
    contact = {name: texts[name] for name in OF_CONTACT if name in texts}
    occurred_at = None
    if "occurred_at" in texts:
        try:
            occurred_at = datetime.fromisoformat(texts["occurred_at"])
        except ValueError:
            problems.append(
                place.problem(
                    f'"{shown(texts["occurred_at"])}" is no time.', "Write e.g. 2026-03-04T15:16+01:00.", "occurred_at"
                )
            )
    return NewEvent(
        kind=texts.get("kind", ""),
        idempotency_key=texts.get("idempotency_key"),
        contact=msgspec.convert(contact, NewContact) if contact.keys() & {"reference", "email"} else None,
        touchpoint=texts.get("touchpoint"),
        site=texts.get("site"),
        agent=texts.get("agent"),
        occurred_at=occurred_at,
        attributes={name: text for name, text in texts.items() if name not in (*OF_EVENT, *OF_CONTACT)},
    )


def _read_lines(path: Path) -> EventFile:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataInvalid(Problem("The file cannot be read.", "Check the path.", file=str(path))) from error
    events, places, problems = [], [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = Place(file=path.name, line=number)
        try:
            events.append(msgspec.json.decode(line, type=NewEvent))
            places.append(place)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            problems.append(place.problem(f"{str(error)[:200]}.".replace("..", "."), "Write one event a line as JSON."))
    if problems:
        raise DataInvalid(problems)
    return EventFile(events, places)
