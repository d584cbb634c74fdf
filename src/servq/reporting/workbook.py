"""Findings as a workbook: a sheet for each part, real numbers with all their digits, intervals and n."""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import isfinite
from typing import Any

from servq.reporting.tabulating import Cell, tabulate
from servq.translation import translator

LONGEST_SHEET = 31
FORBIDDEN = str.maketrans("[]:*?/\\", "       ")
WIDEST = 60
NARROWEST = 10


def render_workbook(findings: Any) -> bytes:
    """Write findings as XLSX; every text stays a text, whatever it begins with.

    Parameters
    ----------
    findings
        The findings of a survey or of a study.
    """
    import xlsxwriter

    language = translator(findings.locale)
    tables = tabulate(findings, language.say)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        number = book.add_format({"valign": "top"})
        book.set_properties({"title": findings.title, "subject": findings.organisation})
        taken: set[str] = set()
        for table in tables:
            sheet = book.add_worksheet(_sheet_name(table.name, taken))
            if language.direction == "rtl":
                sheet.right_to_left()
            sheet.freeze_panes(1, 1)
            for place, column in enumerate(table.columns):
                cells = [row.get(column) for row in table.rows]
                sheet.set_column(place, place, _width(column, cells))
                sheet.write_string(0, place, column, heading)
                for line, cell in enumerate(cells, start=1):
                    _write(sheet, line, place, cell, text, number)
            sheet.autofilter(0, 0, len(table.rows), max(0, len(table.columns) - 1))
    return buffer.getvalue()


def _write(sheet: Any, line: int, place: int, cell: Cell, text: Any, number: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(line, place, cell, number)
    elif isinstance(cell, int | float) and isfinite(cell):
        sheet.write_number(line, place, cell, number)
    else:
        # a workbook has no number for an infinite bound
        sheet.write_string(line, place, str(cell), text)


def _sheet_name(name: str, taken: set[str]) -> str:
    plain = name.translate(FORBIDDEN)
    for candidate in (plain[:LONGEST_SHEET], *(f"{plain[: LONGEST_SHEET - 3]} {n}" for n in range(2, 100))):
        if candidate.lower() not in taken:
            taken.add(candidate.lower())
            return candidate
    raise ValueError(f"More than a hundred parts are called {name}.")


def _width(column: str, cells: Sequence[Cell]) -> int:
    longest = max((len(line) for cell in cells if isinstance(cell, str) for line in cell.split("\n")), default=0)
    return max(NARROWEST, min(WIDEST, longest, key=abs), min(len(column) + 2, WIDEST // 2))
