"""Which data column holds which answer: the instrument's aliases, systematic names, or a map file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from servq.errors import DataInvalid, Problem
from servq.instruments.model import ChoiceBattery, Column, Instrument, PointsBattery, RatingBattery
from servq.instruments.yaml_reading import read_yaml

_MAP_KEYS = ("columns", "not_applicable", "missing")


@dataclass(frozen=True)
class ColumnMap:
    """A researcher's word on the columns of a data file.

    Parameters
    ----------
    columns
        Answer name (alias or ``<battery>_<item>``) → name of the data column.
    not_applicable, missing
        Cells that mean "does not apply" and "no answer", e.g. ``8`` and ``99``.
    source
        Name of the map file, for messages.
    lines
        Line of the map file on which an answer stands.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    not_applicable: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    source: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)


def load_column_map(path: Path) -> ColumnMap:
    """Read a map file.

    The file is YAML: ``columns:`` maps answer names to data columns; ``not_applicable:`` and ``missing:`` list
    the cells with that meaning.
    """
    path = Path(path)
    if not path.exists():
        raise DataInvalid(Problem("There is no such map file.", "Check the path.", file=str(path)))
    document = read_yaml(path, path.name)
    if document.problems:
        raise DataInvalid(document.problems)
    content = document.content
    if not isinstance(content, dict) or not set(content) <= set(_MAP_KEYS):
        fix = "Rename or remove the rest."
        raise DataInvalid(document.problem((), f"A map file has the keys {', '.join(_MAP_KEYS)} and no others.", fix))
    columns = content.get("columns") or {}
    if not isinstance(columns, dict):
        fix = "Write `p01: Q1_1`, one a line."
        raise DataInvalid(document.problem(("columns",), "`columns` is not a mapping.", fix))
    problems = [
        document.problem(("columns", answer), f'"{answer}" has no column.', f"Write `{answer}: Q1_1`.")
        for answer, data in columns.items()
        if data is None or isinstance(data, dict | list)
    ]
    problems += [
        document.problem((key,), f"`{key}` is not a list of cells.", f"Write `{key}: [98, 99]`.")
        for key in ("not_applicable", "missing")
        if isinstance(content.get(key), dict)
    ]
    if problems:
        raise DataInvalid(problems)
    return ColumnMap(
        columns={answer: str(data) for answer, data in columns.items()},
        not_applicable=_cells(content.get("not_applicable")),
        missing=_cells(content.get("missing")),
        source=document.shown,
        lines={answer: document.line(("columns", answer)) for answer in columns},
    )


def _cells(given: object) -> frozenset[str]:
    """Read one cell, or a list of cells."""
    cells = given if isinstance(given, list) else [] if given is None else [given]
    return frozenset(str(cell) for cell in cells)


def find_columns(instrument: Instrument, names: Sequence[str], column_map: ColumnMap, source: str) -> dict[Column, str]:
    """Data column for each answer of the instrument.

    Optional batteries may be absent altogether; a battery that is there must be there with every item.

    Raises
    ------
    DataInvalid
        Columns missing, claimed twice, unknown to the map, or named like an item that the instrument lacks.
    """
    by_name = _answer_names(instrument)
    lower = {name.lower(): column for name, column in by_name.items()}
    mapped = {lower[answer.lower()]: data for answer, data in column_map.columns.items() if answer.lower() in lower}
    named: dict[Column, list[str]] = {}
    for name in names:
        if name.lower() in lower:
            named.setdefault(lower[name.lower()], []).append(name)
    problems = [
        *_map_problems(instrument, by_name, names, column_map, source),
        *(
            Problem(
                f"The columns {', '.join(data)} hold the same answer.", "Rename or remove all but one.", file=source
            )
            for column, data in named.items()
            if len(data) > 1 and column not in mapped
        ),
        *_stray_problems(instrument, by_name, names, source),
    ]
    found = {**{column: data[0] for column, data in named.items()}, **mapped}
    problems += _absent_problems(instrument, found, names, source)
    if problems:
        raise DataInvalid(problems)
    return {column: found[column] for column in instrument.columns if column in found}


def _answer_names(instrument: Instrument) -> dict[str, Column]:
    """Every accepted name of every answer: its alias and ``<battery>_<item>``."""
    aliases = {instrument.column_name(column): column for column in instrument.columns}
    systematic = {f"{column.battery}_{column.item}": column for column in instrument.columns}
    return {**systematic, **aliases}


def _map_problems(
    instrument: Instrument,
    by_name: Mapping[str, Column],
    names: Sequence[str],
    column_map: ColumnMap,
    source: str,
) -> list[Problem]:
    problems = []
    claimed: dict[str, str] = {}
    holders: dict[Column, str] = {}
    lower = {name.lower(): column for name, column in by_name.items()}
    for answer, data in column_map.columns.items():
        line = column_map.lines.get(answer)
        column = lower.get(answer.lower())
        if column is None:
            problems.append(
                Problem(
                    f'"{answer}" is not an answer of {instrument.id}.',
                    _nearest(answer, list(by_name)) or f"The answers are {', '.join(_ends(by_name))}.",
                    file=column_map.source,
                    line=line,
                )
            )
        elif column in holders:
            problems.append(
                Problem(
                    f'"{holders[column]}" and "{answer}" are the same answer.',
                    "Keep one of them.",
                    file=column_map.source,
                    line=line,
                )
            )
        else:
            holders[column] = answer
        if data not in names:
            problems.append(
                Problem(
                    f'The map names column "{data}", which {source} does not have.',
                    _nearest(data, names) or "Every wave needs the columns that the map names.",
                    file=column_map.source,
                    line=line,
                )
            )
        if data in claimed:
            problems.append(
                Problem(
                    f'Column "{data}" is mapped to both "{claimed[data]}" and "{answer}".',
                    "Keep one of them.",
                    file=column_map.source,
                    line=line,
                )
            )
        claimed[data] = answer
    return problems


def _stray_problems(
    instrument: Instrument, by_name: Mapping[str, Column], names: Sequence[str], source: str
) -> list[Problem]:
    """Columns that look like answers of a numbered battery but are not: a sign of the wrong instrument."""
    patterns = {
        re.compile(_numbered_pattern(battery.columns), re.IGNORECASE)
        for battery in instrument.definition.batteries.values()
        if isinstance(battery, RatingBattery) and "{number" in battery.columns
    }
    known = {name.lower() for name in by_name}
    return [
        Problem(
            f"{instrument.id} has no such item.",
            f"Remove or rename the column, or choose another instrument (known: {', '.join(_ends(by_name))}).",
            file=source,
            column=name,
        )
        for name in names
        if name.lower() not in known and any(pattern.fullmatch(name) for pattern in patterns)
    ]


def _numbered_pattern(template: str) -> str:
    before, after = re.split(r"\{number[^}]*\}", template, maxsplit=1)
    return re.escape(before) + r"\d{1,3}" + re.escape(after)


def _ends(by_name: Mapping[str, Column]) -> list[str]:
    aliases = list(by_name)[len(by_name) // 2 :]
    return [*aliases[:2], "…", aliases[-1]] if len(aliases) > 3 else aliases  # a short list


def _absent_problems(
    instrument: Instrument, found: Mapping[Column, str], names: Sequence[str], source: str
) -> list[Problem]:
    problems = []
    for battery_id, battery in instrument.definition.batteries.items():
        asked = [Column(battery_id, item) for item in instrument.asked_in(battery_id)]
        absent = [instrument.column_name(column) for column in asked if column not in found]
        if isinstance(battery, ChoiceBattery):  # nothing is scored from it, so a file may do without
            continue
        if len(absent) == len(asked) and (battery.optional or isinstance(battery, PointsBattery)):
            continue
        if len(absent) == len(asked):
            wanted = absent[0] if len(absent) == 1 else f"{absent[0]} … {absent[-1]}"
            problems.append(
                Problem(
                    f"No column with answers to the {battery_id} battery was found ({wanted}).",
                    "Rename the columns or name them in a map file (--map).",
                    file=source,
                )
            )
            continue
        problems += [
            Problem(
                "The column is missing.",
                _nearest(name, names) or "Add it, or map it with --map.",
                file=source,
                column=name,
            )
            for name in absent
        ]
    return problems


def _nearest(name: str, among: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, among, n=1, cutoff=0.75)
    return f'Did you mean "{close[0]}"?' if close else ""
