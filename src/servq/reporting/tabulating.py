"""Findings as flat tables: one row a finding, an estimate as value, bounds and n, the reason where there is none.

Column names are those of the findings in JSON, so a number is found by the same name everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics import Comparison, Estimate

Cell = str | float | int | bool | None
Row = dict[str, Cell]
Say = Callable[[Message], str]

ESTIMATE_PARTS = ("value", "ci_low", "ci_high", "n", "method")
TEST_PARTS = ("p_value", "p_adjusted")


@dataclass(frozen=True)
class FlatTable:
    """Rows under the name of the part of the findings that they come from, such as ``items`` or ``change.rows``."""

    name: str
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of any row, in the order of their appearance."""
        return tuple(dict.fromkeys(column for row in self.rows for column in row))


def tabulate(findings: Any, say: Say) -> tuple[FlatTable, ...]:
    """Every finding in a table: single values first, then one table for each list of findings.

    Parameters
    ----------
    findings
        A tree of dataclasses.
    say
        Puts a sentence into the reader's language.
    """
    overview = FlatTable("overview", tuple(_singles(findings, say)))
    return (overview, *_tables(findings, "", (), say))


def _singles(part: Any, say: Say, path: str = "") -> Iterator[Row]:
    """Values that stand by themselves, as name and value; lists of findings have tables of their own."""
    for name, value in _parts(part):
        here = f"{path}{name}"
        if _is_list_of_findings(value):
            continue
        if isinstance(value, Estimate | Unavailable):
            yield {"name": here, **_cells("", value, say)}
        elif is_dataclass(value):
            yield from _singles(value, say, f"{here}.")
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                if isinstance(inner, Estimate | Unavailable) or not is_dataclass(inner):
                    yield {"name": f"{here}.{key}", **_cells("", inner, say)}
        elif isinstance(value, tuple):
            yield from ({"name": here, "value": _plain(one, say)} for one in value)
        else:
            yield {"name": here, "value": _plain(value, say)}


def _tables(part: Any, path: str, parents: tuple[tuple[str, Cell], ...], say: Say) -> Iterator[FlatTable]:
    """Tables of the lists below a part; the rows of a nested list carry the id of what they belong to."""
    found: dict[str, list[Row]] = {}
    for name, rows in _lists(part, path, parents, say):
        found.setdefault(name, []).extend(rows)
    yield from (FlatTable(name, tuple(rows)) for name, rows in found.items() if rows)


def _lists(part: Any, path: str, parents: tuple[tuple[str, Cell], ...], say: Say) -> Iterator[tuple[str, list[Row]]]:
    for name, value in _parts(part):
        here = f"{path}{name}"
        if _is_list_of_findings(value):
            rows = [{**dict(parents), **_row(one, say)} for one in value]
            yield here, rows
            for one in value:
                yield from _lists(one, f"{here}.", (*parents, (name, _id_of(one, say))), say)
        elif is_dataclass(value) and not isinstance(value, Estimate | Unavailable):
            yield from _lists(value, f"{here}.", parents, say)


def _row(part: Any, say: Say) -> Row:
    row: Row = {}
    for name, value in _parts(part):
        if not _is_list_of_findings(value):
            row |= _cells(name, value, say)
    return row


def _cells(name: str, value: Any, say: Say) -> Row:
    """What one field puts into a row."""
    if isinstance(value, Estimate):
        parts = (*ESTIMATE_PARTS, *(TEST_PARTS if isinstance(value, Comparison) else ()))
        return {_joined(name, part): getattr(value, part) for part in parts}
    if isinstance(value, Unavailable):
        return {_joined(name, "reason"): say(value.reason)}
    if isinstance(value, Mapping):
        inner = [_cells(_joined(name, str(key)), one, say) for key, one in value.items()]
        return {column: cell for row in inner for column, cell in row.items()}
    if is_dataclass(value):
        return {_joined(name, key): cell for key, cell in _row(value, say).items()}
    if isinstance(value, tuple | list):
        return _listed(name, value, say)
    return {name or "value": _plain(value, say)}


def _listed(name: str, values: Sequence[Any], say: Say) -> Row:
    """Numbers in a column each, such as the answers on every point; sentences as lines of one cell."""
    if all(isinstance(one, int | float) for one in values):
        return {_joined(name, str(place)): one for place, one in enumerate(values, start=1)}
    return {name: "\n".join(str(_plain(one, say)) for one in values)}


def _joined(name: str, part: str) -> str:
    return f"{name}.{part}" if name else part


def _plain(value: Any, say: Say) -> Cell:
    if isinstance(value, Message):
        return say(value)
    if value is None or isinstance(value, str | float | int | bool):
        return value
    return str(value)


def _id_of(part: Any, say: Say) -> Cell:
    for name in ("id", "attribute", "item", "dimension", "battery", "label"):
        if hasattr(part, name):
            return _plain(getattr(part, name), say)
    return None


def _is_list_of_findings(value: Any) -> bool:
    return isinstance(value, tuple | list) and bool(value) and all(_is_finding(one) for one in value)


def _is_finding(one: Any) -> bool:
    return is_dataclass(one) and not isinstance(one, Estimate | Unavailable)


def _parts(part: Any) -> Sequence[tuple[str, Any]]:
    return [(field.name, getattr(part, field.name)) for field in fields(part)]
