"""Raw cells to answer codes: whole points on the scale, missing reasons, attributes."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from servq.answerfiles.mapping import ColumnMap, find_columns
from servq.answerfiles.reading import Table
from servq.answerfiles.recoding import has_not_applicable
from servq.errors import AnswersAbsent, DataInvalid, Problem
from servq.instruments.model import ChoiceBattery, Column, Instrument, ResponseScale
from servq.scoring.answers import AnswerTable, Missing
from servq.scoring.routing import SkipRules

if TYPE_CHECKING:
    import polars as pl

BLANK_CELLS = frozenset({"", ".", "-", "na", "n/a", "nan", "null", "none", "#n/a"})
NOT_APPLICABLE_CELLS = ("n/a", "na", "#n/a")
"""Blank cells that may have been meant as "not applicable"; only a map file can tell."""

PROBLEMS_SHOWN = 20
LONGEST_CELL_SHOWN = 40

_WRONG = np.iinfo(np.int16).min
"""Stands for a cell that is neither an answer nor a reason for its absence."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = r"^([+-]?\d+),(\d{1,2})$"
"""A comma before three digits might divide thousands, so that is no number."""


def make_answer_table(
    table: Table,
    instrument: Instrument,
    *,
    column_map: ColumnMap | None = None,
    segments: Sequence[str] = (),
    weight: str | None = None,
    respondent_id: str | None = None,
) -> AnswerTable:
    """Find and decode the instrument's answers in a table.

    Parameters
    ----------
    segments
        Columns kept as attributes of the respondents.
    weight
        Column of positive survey weights.
    respondent_id
        Column that names the same respondent in every wave.

    Raises
    ------
    DataInvalid
        With every problem found: unknown columns, text in a number, values off the scale; at most
        `PROBLEMS_SHOWN` cells are listed and the rest counted.
    """
    column_map = column_map or ColumnMap()
    names = table.frame.columns
    found = find_columns(instrument, names, column_map, table.source)
    wanted = [*segments, *(name for name in (weight, respondent_id) if name)]
    absent = [name for name in wanted if name not in names]
    if absent:
        raise DataInvalid(
            Problem(
                "There is no such column.", f"The file has: {', '.join(names[:40])}.", file=table.source, column=name
            )
            for name in absent
        )
    problems: list[Problem] = _unreadable_columns(table, [*found.values(), *wanted])
    if problems:
        raise DataInvalid(problems)
    codes = np.full((table.frame.height, len(instrument.columns)), Missing.NOT_SHOWN, dtype=np.int16)
    n_wrong = 0
    for position, column in enumerate(instrument.columns):
        if column in found:
            codes[:, position], wrong = _decode(table, found[column], instrument, column, column_map)
            n_wrong += wrong.size
            shown = wrong[: PROBLEMS_SHOWN - len(problems)]
            problems += [_cell_problem(table, found[column], instrument, column, row) for row in shown]
    if n_wrong > len(problems):
        problems.append(Problem(f"{n_wrong - len(problems)} more cells have such problems.", "", file=table.source))
    if problems:
        raise DataInvalid(problems)
    n_read_as_blank = sum(
        _count_not_applicable(table, name, column_map)
        for column, name in found.items()
        if has_not_applicable(instrument, column.battery)
    )
    given = codes >= 0
    codes = _skip_rules(instrument, found).apply(codes)
    answered = (codes >= 0).any(axis=1)
    if not answered.any():
        raise AnswersAbsent(
            Problem("Every answer is blank.", "Check that the export holds the answers.", file=table.source)
        )
    return AnswerTable(
        instrument=instrument,
        codes=codes[answered],
        attributes={name: _labelled(table, name)[answered] for name in segments},
        respondent_ids=_respondent_ids(table, respondent_id)[answered] if respondent_id else None,
        survey_weights=_weights(table, weight)[answered] if weight else None,
        source=table.source,
        source_sha256=table.sha256,
        n_empty=int((~answered).sum()),
        n_contradictory=int((given & (codes < 0)).sum()),
        n_read_as_blank=n_read_as_blank,
    )


def _count_not_applicable(table: Table, name: str, column_map: ColumnMap) -> int:
    """Cells that most people write for "not applicable" and that no map file gives a meaning."""
    import polars as pl

    if table.frame.schema[name] != pl.String:
        return 0
    cells = table.frame[name].str.strip_chars()
    open_words = [word for word in NOT_APPLICABLE_CELLS if word not in _folded(column_map)]
    return int(cells.str.to_lowercase().is_in(open_words).sum())


def _folded(column_map: ColumnMap) -> set[str]:
    return {cell.casefold() for cell in (*column_map.missing, *column_map.not_applicable)}


def _decode(
    table: Table, name: str, instrument: Instrument, column: Column, column_map: ColumnMap
) -> tuple[NDArray[np.int16], NDArray[np.intp]]:
    """Codes of one data column, and the rows whose cell is no point of the scale."""
    import polars as pl

    # a column repeats few different cells, so each of those is decoded once
    cells = table.frame[name].cast(pl.String, strict=False).fill_null("")
    kinds = cells.unique()
    is_choice = isinstance(instrument.definition.batteries[column.battery], ChoiceBattery)
    meanings = pl.Series(
        _choice_meanings(kinds, instrument, column.item, column_map)
        if is_choice
        else _meanings(kinds, instrument.scale_of(column.battery), column_map)
    )
    codes = cells.replace_strict(kinds, meanings, return_dtype=pl.Int16).to_numpy(writable=True)
    wrong = codes == _WRONG
    codes[wrong] = Missing.SKIPPED
    return codes, np.flatnonzero(wrong)


def _meanings(cells: pl.Series, scale: ResponseScale, column_map: ColumnMap) -> NDArray[np.int16]:
    """Code of each cell: a point of the scale, a missing reason, or `_WRONG`."""
    import polars as pl

    texts = cells.str.strip_chars()
    no_answer = texts.str.to_lowercase().is_in(list(BLANK_CELLS)).to_numpy(writable=True)
    not_applicable = np.zeros(len(texts), dtype=bool)
    numbers = texts.str.replace(_DECIMAL_COMMA, "$1.$2").cast(pl.Float64, strict=False).to_numpy()
    for given, mask in ((column_map.missing, no_answer), (column_map.not_applicable, not_applicable)):
        for cell in given:
            np.logical_or(mask, (texts == cell).to_numpy() | (numbers == _number(cell)), out=mask)
    with np.errstate(invalid="ignore"):
        on_scale = (numbers >= scale.low) & (numbers <= scale.high) & (numbers == np.floor(numbers))
    codes = np.where(on_scale, np.where(on_scale, numbers, 0), _WRONG).astype(np.int16)
    codes[no_answer] = Missing.SKIPPED
    codes[not_applicable] = Missing.NOT_APPLICABLE
    return codes


def _choice_meanings(
    cells: pl.Series, instrument: Instrument, item_id: str, column_map: ColumnMap
) -> NDArray[np.int16]:
    """Code of each cell of a choice: the place of an option given by place, id or label in any language."""
    codes: dict[str, int] = dict.fromkeys(BLANK_CELLS, Missing.SKIPPED)
    codes |= {cell.casefold(): Missing.SKIPPED for cell in column_map.missing}
    codes |= {cell.casefold(): Missing.NOT_APPLICABLE for cell in column_map.not_applicable}
    for place, option in enumerate(instrument.options_of(item_id), start=1):
        labels = (instrument.option_label(item_id, option, locale) for locale in instrument.texts)
        codes |= {name.casefold(): place for name in (option, *labels, str(place), f"{place}.0")}
    return np.array([codes.get(cell.strip().casefold(), _WRONG) for cell in cells.to_list()], dtype=np.int16)


def _skip_rules(instrument: Instrument, found: Collection[Column]) -> SkipRules:
    """The skip rules that a file can follow: a rule on a column that the file lacks hides nothing."""
    rules = SkipRules.of(instrument)
    there = {position for position, column in enumerate(instrument.columns) if column in found}
    return replace(
        rules, rules=tuple(rule for rule in rules.rules if there.issuperset(r.position for r in rule.requirements))
    )


def _cell_problem(table: Table, name: str, instrument: Instrument, column: Column, row: int) -> Problem:
    cell = str(table.frame[name][int(row)]).strip()
    if isinstance(instrument.definition.batteries[column.battery], ChoiceBattery):
        message, fix = _wrong_option(cell, instrument.options_of(column.item))
    else:
        message, fix = _wrong_point(cell, instrument.scale_of(column.battery))
    return Problem(message, fix, file=table.source, row=int(row) + table.first_row, column=name)


def _wrong_option(cell: str, options: Sequence[str]) -> tuple[str, str]:
    offered = ", ".join(f"{place} {option}" for place, option in enumerate(options, start=1))
    return f'"{_shown(cell)}" is none of the options.', f"Enter one of: {offered}; or leave it blank."


def _wrong_point(cell: str, scale: ResponseScale) -> tuple[str, str]:
    text, number = _shown(cell), _number(cell)
    if number is None:
        return (
            f'"{text}" is not a number.',
            f"Enter a whole number from {scale.low} to {scale.high}, or leave it blank.",
        )
    if number != np.floor(number):
        return f"{text} is not a whole point.", f"The points are {scale.low} to {scale.high}, without decimals."
    fix = "Correct it, or list it under `missing:` or `not_applicable:` in a map file (--map)."
    return f"{text} is off the scale {scale.low} to {scale.high}.", fix


def _number(text: str) -> float | None:
    text = re.sub(_DECIMAL_COMMA, r"\1.\2", text)
    return float(text) if _NUMBER.fullmatch(text) else None


def _shown(cell: str) -> str:
    """A cell as a message can quote it: on one line, not too long, without control characters."""
    text = "".join(character if character.isprintable() else "\ufffd" for character in cell)
    return text if len(text) <= LONGEST_CELL_SHOWN else f"{text[: LONGEST_CELL_SHOWN - 1]}…"


def _unreadable_columns(table: Table, names: Sequence[str]) -> list[Problem]:
    import polars as pl

    return [
        Problem(
            "Its cells are neither numbers nor text.",
            "Save one value a cell.",
            file=table.source,
            column=name,
        )
        for name in names
        if (kind := table.frame.schema[name]).is_nested() or kind in (pl.Object, pl.Binary)
    ]


def _labelled(table: Table, name: str) -> NDArray[np.object_]:
    texts = _texts(table.frame[name])
    labels = table.labels.get(name, {})
    return np.array([labels.get(text, text) for text in texts], dtype=np.object_) if labels else texts


def _texts(series: pl.Series) -> NDArray[np.object_]:
    """Cells as text; whole numbers without the decimals with which SPSS, Excel and pandas write them."""
    import polars as pl

    texts = series.cast(pl.String, strict=False).fill_null("").str.strip_chars()
    whole = texts.str.replace(r"^([+-]?\d+)\.0+$", "$1")
    has_fractions = texts.str.contains(r"^[+-]?\d+\.\d*[1-9]").any()
    return (texts if has_fractions else whole).to_numpy().astype(np.object_)


def _respondent_ids(table: Table, name: str) -> NDArray[np.object_]:
    ids = _texts(table.frame[name])
    _, first, counts = np.unique(ids.astype(str), return_index=True, return_counts=True)
    twice = first[(counts > 1) & (ids[first] != "")]
    if twice.size:
        raise DataInvalid(
            Problem(
                f'"{ids[row]}" names more than one respondent.',
                "Keep one row a respondent, or choose another column.",
                file=table.source,
                row=int(row) + table.first_row,
                column=name,
            )
            for row in twice[:PROBLEMS_SHOWN]
        )
    return ids


def _weights(table: Table, name: str) -> NDArray[np.float64]:
    import polars as pl

    texts = table.frame[name].cast(pl.String, strict=False).str.strip_chars()
    if _has_decimal_commas(texts):
        texts = texts.str.replace(",", ".", literal=True)
    weights = texts.cast(pl.Float64, strict=False).to_numpy()
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero(~((weights > 0) & np.isfinite(weights)))
    if wrong.size:
        raise DataInvalid(
            Problem(
                "A survey weight must be a positive number.",
                "Correct the weight or remove the respondent.",
                file=table.source,
                row=int(row) + table.first_row,
                column=name,
            )
            for row in wrong[:PROBLEMS_SHOWN]
        )
    return np.asarray(weights, dtype=np.float64)


def _has_decimal_commas(texts: pl.Series) -> bool:
    """Whether commas are decimal points: no cell has a point, and not every comma could divide thousands."""
    commas = texts.filter(texts.str.contains(",", literal=True))
    return not texts.str.contains(".", literal=True).any() and not commas.str.contains(r",\d{3}$").all()
