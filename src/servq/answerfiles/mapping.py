"""Which data column holds which answer: the instrument's aliases, systematic names, or a map file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from servq.errors import DataInvalid, Problem
from servq.instruments.model import Column, Instrument, PointsBattery, RatingBattery

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
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    not_applicable: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    source: str = ""


def load_column_map(path: Path) -> ColumnMap:
    """Read a map file.

    The file is YAML: ``columns:`` maps answer names to data columns; ``not_applicable:`` and ``missing:`` list
    the cells with that meaning.
    """
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataInvalid(Problem("There is no such map file.", "Check the path.", file=str(path))) from error
    except UnicodeDecodeError as error:
        raise DataInvalid(Problem("The map file is not UTF-8.", "Save it as UTF-8.", file=path.name)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise DataInvalid(
            Problem(
                "The map file is not valid YAML.",
                "Write `columns:` with one `name: column` a line.",
                file=path.name,
                line=line,
            )
        ) from error
    if not isinstance(content, dict) or not set(content) <= set(_MAP_KEYS):
        raise DataInvalid(
            Problem(
                f"A map file has the keys {', '.join(_MAP_KEYS)} and no others.",
                "Rename or remove the rest.",
                file=path.name,
            )
        )
    columns = content.get("columns") or {}
    if not isinstance(columns, dict):
        raise DataInvalid(Problem("`columns` is not a mapping.", "Write `p01: Q1_1`, one a line.", file=path.name))
    return ColumnMap(
        columns={str(k): str(v) for k, v in columns.items()},
        not_applicable=frozenset(str(v) for v in content.get("not_applicable") or ()),
        missing=frozenset(str(v) for v in content.get("missing") or ()),
        source=path.name,
    )


def find_columns(instrument: Instrument, names: Sequence[str], column_map: ColumnMap, source: str) -> dict[Column, str]:
    """Data column for each answer of the instrument.

    Optional batteries may be absent altogether; a battery that is there must be there with every item.

    Raises
    ------
    DataInvalid
        Columns missing, claimed twice, unknown to the map, or named like an item that the instrument lacks.
    """
    by_name = _answer_names(instrument)
    problems = [
        *_map_problems(instrument, by_name, names, column_map, source),
        *_stray_problems(instrument, by_name, names, source),
    ]
    found = {by_name[answer]: data for answer, data in column_map.columns.items() if answer in by_name}
    lower = {name.lower(): name for name in names}
    for answer, column in by_name.items():
        if column not in found and answer.lower() in lower:
            found[column] = lower[answer.lower()]
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
    for answer, data in column_map.columns.items():
        if answer not in by_name:
            problems.append(
                Problem(
                    f'"{answer}" is not an answer of {instrument.id}.',
                    _nearest(answer, list(by_name)),
                    file=column_map.source,
                )
            )
        if data not in names:
            problems.append(
                Problem(
                    f'The map names column "{data}", which {source} does not have.',
                    _nearest(data, names),
                    file=column_map.source,
                )
            )
        if data in claimed:
            problems.append(
                Problem(
                    f'Column "{data}" is mapped to both "{claimed[data]}" and "{answer}".',
                    "Keep one of them.",
                    file=column_map.source,
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
