"""The findings as files that travel inside a PDF: all of them as JSON, and every table as CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

from servq.analysis import findings_to_json
from servq.reporting.tabulating import Cell, FlatTable, tabulate
from servq.translation import translator

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
"""Signs by which a spreadsheet takes a text for a formula."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file carried inside the PDF, such as the findings as JSON."""

    name: str
    content: bytes
    description: str
    media_type: str = "application/json"


def attached_findings(findings: Any) -> tuple[Attachment, ...]:
    """Every number of the findings, unrounded: ``findings.json``, and one tidy CSV per table.

    Parameters
    ----------
    findings
        The findings of a survey or of a study.
    """
    whole = Attachment(
        name="findings.json", content=findings_to_json(findings), description="Every number of this report, unrounded"
    )
    tables = tabulate(findings, translator(findings.locale).say)
    return (whole, *(_as_csv(table) for table in tables))


def _as_csv(table: FlatTable) -> Attachment:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(row.get(column)) for column in table.columns] for row in table.rows)
    return Attachment(
        name=f"{re.sub(r'[^A-Za-z0-9._-]+', '-', table.name)}.csv",
        # the mark tells spreadsheets that the letters are UTF-8
        content=written.getvalue().encode("utf-8-sig"),
        description=f"{table.name}: one row a finding",
        media_type="text/csv",
    )


def without_formula(text: str) -> str:
    """A text as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return without_formula(cell)
    return str(cell).lower() if isinstance(cell, bool) else repr(cell)
