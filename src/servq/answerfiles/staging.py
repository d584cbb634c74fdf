"""Answers collected elsewhere as they would be stored: every cell read, every problem listed; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from servq.answerfiles.foreign import ForeignTable
from servq.answerfiles.matching import ANSWER, COMMENT, KNOWN, LOCALE, TIME, targets_of
from servq.answerfiles.reading import Table
from servq.answerfiles.recoding import has_not_applicable, number_of, points_of
from servq.errors import Problem
from servq.instruments.model import ChoiceBattery, Instrument
from servq.messages import Message
from servq.scoring.answers import Missing
from servq.scoring.routing import SkipRules

PROBLEMS_SHOWN = 40
LONGEST_ATTRIBUTE = 100
LONGEST_SHOWN = 40

_DAY_FIRST = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


class ImportPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person decided about a table.

    Parameters
    ----------
    targets
        What each column holds, by its name; "" for one that is not stored.
    offsets
        Added to the numbers of a battery.
    meanings
        Code of cells that are no plain number on the scale, by battery.
    month_first
        Whether 03/04/2026 is the fourth of March.
    collected_at
        When answers were given whose row has no date.
    """

    targets: dict[str, str]
    offsets: dict[str, int] = {}
    meanings: dict[str, dict[str, int]] = {}
    month_first: bool = False
    collected_at: datetime


@dataclass(frozen=True, kw_only=True)
class Staged:
    """Rows as they would be stored, one for each row of the table that has an answer.

    Parameters
    ----------
    rows
        Number of each in the file, as the reader knows it.
    codes
        int16, shape (n_rows, n_columns), columns as in ``instrument.columns``.
    is_wrong
        Whether a row has a problem, shape (n_rows,).
    problems
        The first of them, with row, column and fix.
    n_problems
        All of them.
    n_empty
        Rows of the table without an answer.
    """

    rows: NDArray[np.int64]
    codes: NDArray[np.int16]
    attributes: Sequence[Mapping[str, str]]
    texts: Sequence[Mapping[str, str]]
    started_at: Sequence[datetime]
    submitted_at: Sequence[datetime]
    seconds: Sequence[int]
    locales: Sequence[str]
    is_wrong: NDArray[np.bool_]
    problems: tuple[Problem, ...]
    n_problems: int
    n_empty: int

    @property
    def n_rows(self) -> int:
        """Rows that would be stored if every problem were solved."""
        return int(self.codes.shape[0])


def find_plan_problems(plan: ImportPlan, instrument: Instrument) -> Iterator[Problem]:
    """Yield what is wrong with the plan itself: an answer or a text claimed twice, and no answer at all."""
    claimed = Counter(target for target in plan.targets.values() if target and not target.startswith(KNOWN))
    for target, n in claimed.items():
        if n > 1:
            columns = [name for name, chosen in plan.targets.items() if chosen == target]
            yield Problem(
                Message("Several columns are said to hold the same: {columns}.", columns=", ".join(columns)),
                Message("Keep one of them and leave the others out."),
                column=columns[1],
            )
    known = targets_of(instrument)
    if not any(target in known for target in plan.targets.values()):
        yield Problem(Message("No column holds an answer."), Message("Say for at least one column which item it is."))


def stage(foreign: ForeignTable, instrument: Instrument, plan: ImportPlan) -> Staged:
    """Read every cell by a plan; nothing is guessed any more."""
    table = foreign.table
    names = [name for name in table.frame.columns if plan.targets.get(name)]
    cells = {name: _texts(table, name) for name in names}
    log = _Log(table.source, table.first_row, table.frame.height)
    codes = _codes(cells, instrument, plan, log)
    # a row of which nothing could be read is no empty row: it has problems
    answered = np.asarray((codes >= 0).any(axis=1) | log.wrong, dtype=np.bool_)
    kept: list[int] = np.flatnonzero(answered).tolist()
    started, submitted, seconds = _times(cells, plan, log, answered)
    locales = _column(cells, plan, LOCALE, table.frame.height)
    known = {target.removeprefix(KNOWN): name for name, target in plan.targets.items() if target.startswith(KNOWN)}
    comments = {
        target.removeprefix(COMMENT): name for name, target in plan.targets.items() if target.startswith(COMMENT)
    }
    for name in known.values():
        log.check_lengths(name, cells[name], LONGEST_ATTRIBUTE, answered)
    for comment, name in comments.items():
        longest = next(each.max_length for each in instrument.definition.comments if each.id == comment)
        log.check_lengths(name, cells[name], longest, answered)
    return Staged(
        rows=np.array(kept, dtype=np.int64) + table.first_row,
        codes=SkipRules.of(instrument).apply(codes)[kept],
        attributes=[_given(known, cells, row) for row in kept],
        texts=[_given(comments, cells, row) for row in kept],
        started_at=[started[row] or submitted[row] or plan.collected_at for row in kept],
        submitted_at=[submitted[row] or started[row] or plan.collected_at for row in kept],
        seconds=[seconds[row] for row in kept],
        locales=[_locale(locales[row], instrument) for row in kept],
        is_wrong=log.wrong[kept],
        problems=tuple(log.problems),
        n_problems=log.n_problems,
        n_empty=int((~answered).sum()),
    )


class _Log:
    """Problems with cells: the first are kept, all are counted."""

    def __init__(self, source: str, first_row: int, n_rows: int) -> None:
        self._source = source
        self._first_row = first_row
        self.wrong = np.zeros(n_rows, dtype=np.bool_)
        self.problems: list[Problem] = []
        self.n_problems = 0

    def add(self, row: int, column: str, message: Message, fix: Message) -> None:
        self.wrong[row] = True
        self.n_problems += 1
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(Problem(message, fix, file=self._source, row=row + self._first_row, column=column))

    def check_lengths(self, column: str, cells: Sequence[str], longest: int, answered: NDArray[np.bool_]) -> None:
        for row, cell in enumerate(cells):
            if len(cell) > longest and answered[row]:
                self.add(
                    row,
                    column,
                    Message("The text has {n} characters.", n=len(cell)),
                    Message("Use at most {most}.", most=longest),
                )


def _codes(
    cells: Mapping[str, Sequence[str]], instrument: Instrument, plan: ImportPlan, log: _Log
) -> NDArray[np.int16]:
    known = targets_of(instrument)
    n_rows = log.wrong.size
    codes = np.full((n_rows, len(instrument.columns)), Missing.NOT_SHOWN, dtype=np.int16)
    place_of = {column: place for place, column in enumerate(instrument.columns)}
    wrong: list[tuple[int, str, str, str]] = []
    for name, target in plan.targets.items():
        if not target.startswith(ANSWER) or target not in known:
            continue
        column = known[target]
        meaning = {
            cell: code_of_cell(cell, instrument, column.battery, column.item, plan)
            for cell in dict.fromkeys(cells[name])
        }
        decoded = np.array(
            [_WRONG if (code := meaning[cell]) is None else code for cell in cells[name]], dtype=np.int16
        )
        bad = np.flatnonzero(decoded == _WRONG)
        wrong += [(row, name, cells[name][row], column.battery) for row in bad.tolist()]
        decoded[bad] = Missing.SKIPPED
        codes[:, place_of[column]] = decoded
    for row, name, cell, battery in sorted(wrong):
        low, high = points_of(instrument, battery)
        shown = cell if len(cell) <= LONGEST_SHOWN else f"{cell[: LONGEST_SHOWN - 1]}…"
        log.add(
            row,
            name,
            Message("“{cell}” is no answer from {low} to {high}.", cell=shown, low=low, high=high),
            Message("Say what it means, or correct it in the file."),
        )
    return codes


_WRONG = np.iinfo(np.int16).min


def code_of_cell(cell: str, instrument: Instrument, battery_id: str, item: str, plan: ImportPlan) -> int | None:
    """Return the code of a cell by the plan, None for one that means nothing there."""
    given = plan.meanings.get(battery_id, {})
    number = number_of(cell)
    if cell in given:
        code = given[cell]
    elif not cell:
        code = int(Missing.SKIPPED)
    elif number is not None:
        code = number + plan.offsets.get(battery_id, 0)
    else:
        return None
    if code == Missing.NOT_APPLICABLE:
        return code if has_not_applicable(instrument, battery_id) else int(Missing.SKIPPED)
    if code == Missing.SKIPPED:
        return code
    low, high = points_of(instrument, battery_id)
    if isinstance(instrument.definition.batteries[battery_id], ChoiceBattery):
        high = len(instrument.options_of(item))
    return code if low <= code <= high else None


def _texts(table: Table, name: str) -> list[str]:
    import polars as pl

    column = table.frame[name].cast(pl.String, strict=False).fill_null("").str.strip_chars()
    # SPSS and Excel keep whole numbers with decimals
    whole: list[str] = column.str.replace(r"^([+-]?\d+)\.0+$", "$1").str.replace_all("\0", "").to_list()
    return whole


def _times(
    cells: Mapping[str, Sequence[str]], plan: ImportPlan, log: _Log, answered: NDArray[np.bool_]
) -> tuple[list[datetime | None], list[datetime | None], list[int]]:
    n_rows = log.wrong.size
    moments: dict[str, list[datetime | None]] = {"started": [None] * n_rows, "submitted": [None] * n_rows}
    seconds = [0] * n_rows
    for name, target in plan.targets.items():
        kind = target.removeprefix(TIME)
        if kind in moments and target.startswith(TIME):
            known = {cell: read_moment(cell, month_first=plan.month_first) for cell in dict.fromkeys(cells[name])}
            moments[kind] = [known[cell] for cell in cells[name]]
            for row, cell in enumerate(cells[name]):
                if cell and known[cell] is None and answered[row]:
                    fix = Message("Write it as 2026-03-31 14:30, or choose the other order of day and month.")
                    log.add(row, name, Message("“{cell}” is no date.", cell=cell[:LONGEST_SHOWN]), fix)
        elif target == f"{TIME}seconds":
            for row, cell in enumerate(cells[name]):
                number = _seconds(cell)
                if number is not None:
                    seconds[row] = number
                elif cell and answered[row]:
                    fix = Message("Give whole seconds, or leave the column out.")
                    log.add(row, name, Message("“{cell}” is no number of seconds.", cell=cell[:LONGEST_SHOWN]), fix)
    return moments["started"], moments["submitted"], seconds


def read_moment(text: str, *, month_first: bool) -> datetime | None:
    """Read a date with or without a time; without a zone it is taken for UTC."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        orders = (*_MONTH_FIRST, *_DAY_FIRST) if month_first else (*_DAY_FIRST, *_MONTH_FIRST)
        for form in (f"{day}{time}" for day in orders for time in _TIMES):
            try:
                found = datetime.strptime(text, form)  # noqa: DTZ007 (its zone is set below)
                break
            except ValueError:
                continue
        else:
            return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if 1990 <= found.year < 2100 else None


def _seconds(cell: str) -> int | None:
    try:
        number = float(cell.replace(",", "."))
    except ValueError:
        return None
    return round(number) if 0 <= number < 10_000_000 else None


def _column(cells: Mapping[str, Sequence[str]], plan: ImportPlan, target: str, n_rows: int) -> Sequence[str]:
    return next((cells[name] for name, chosen in plan.targets.items() if chosen == target), [""] * n_rows)


def _given(sources: Mapping[str, str], cells: Mapping[str, Sequence[str]], row: int) -> dict[str, str]:
    return {key: cells[name][row] for key, name in sources.items() if cells[name][row]}


def _locale(text: str, instrument: Instrument) -> str:
    wanted = text.strip().replace("_", "-").lower()
    known = {locale.lower(): locale for locale in instrument.definition.locales}
    return known.get(wanted) or known.get(wanted.split("-")[0]) or ""
