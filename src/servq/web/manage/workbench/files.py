"""The answer as files: a chart that says by itself what it shows, as SVG and PNG, and its numbers as CSV."""

from __future__ import annotations

import csv
import io

from servq.reporting.attached import FORMULA_BEGINS
from servq.reporting.charts import palette, svg
from servq.reporting.charts.lettering import wrapped
from servq.translation import is_right_to_left
from servq.web.manage.workbench.shown import Cell, Shown, placed, size_of

MARGIN = 20.0
TITLE_SIZE, NOTE_SIZE = 15.0, 10.0
PIXELS = 2.0
"""Of a picture for each unit of the chart: sharp on a slide and on paper."""


def standalone(shown: Shown, source: str) -> str:
    """Return the chart with its title above and n, interval, method and source below."""
    width, height = size_of(shown.svg)
    is_leftward = is_right_to_left(shown.title)
    edge = MARGIN + width if is_leftward else MARGIN
    anchor: svg.Anchor = "end" if is_leftward else "start"
    parts = []
    y = MARGIN + TITLE_SIZE
    for line in wrapped(shown.title, width, TITLE_SIZE, 3):
        parts.append(svg.text(edge, y, line, size=TITLE_SIZE, anchor=anchor, bold=True))
        y += TITLE_SIZE * 1.35
    parts.append(placed(shown.svg, MARGIN, y))
    y += height + NOTE_SIZE * 2
    for text in (*shown.reading, shown.note, source):
        for line in wrapped(text, width, NOTE_SIZE, 6) if text else ():
            parts.append(svg.text(edge, y, line, size=NOTE_SIZE, anchor=anchor, fill=palette.MUTED))
            y += NOTE_SIZE * 1.45
    whole = width + 2 * MARGIN
    paper = svg.rectangle(0, 0, whole, y + MARGIN - NOTE_SIZE, fill=palette.PAPER)
    return svg.document(whole, y + MARGIN - NOTE_SIZE, [paper, *parts])


def as_png(picture: str) -> bytes:
    """Return an SVG as a PNG, set in the fonts of this machine."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=PIXELS, background=palette.PAPER))


def as_csv(shown: Shown) -> bytes:
    """Return the numbers, unrounded, one row a number; no cell is a formula to a spreadsheet."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in shown.tidy_columns])
    writer.writerows([_cell(cell) for cell in row] for row in shown.tidy_rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA_BEGINS) else cell
    return repr(cell)
