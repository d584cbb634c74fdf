"""The answer as files: a chart that says by itself what it shows, as SVG and PNG, and its numbers as CSV."""

from __future__ import annotations

import csv
import io
import re

from servq.reporting.attached import FORMULA_BEGINS
from servq.reporting.charts import palette, svg
from servq.reporting.charts.lettering import wrapped
from servq.translation import is_right_to_left
from servq.web.manage.workbench.shown import Cell, Shown, placed, size_of

MARGIN = 20.0
TITLE_SIZE, NOTE_SIZE = 15.0, 10.0
PIXELS = 2.0
"""Of a picture for each unit of the chart: sharp on a slide and on paper."""

_TEXT = re.compile(r"(<text)([^>]*>)([^<]*)</text>")
_BEYOND = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u2190-\u25ff\ufb50-\ufdff\ufe70-\ufefc]")
"""Arabic, and signs of mathematics, that the first font of the charts does not have."""
_COMPLETE = "DejaVu Sans"
"""Has all of them. The renderer sets a line with a sign that its font lacks in any font that has it, in any weight."""
_EMBED, _END = "\u202a", "\u202c"
_IN_ONE_FONT = str.maketrans({"−": "–", "\u2066": "\u202a", "\u2067": "\u202b", "\u2068": "\u202a", "\u2069": "\u202c"})


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

    picture = _TEXT.sub(_in_one_font, picture)
    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=PIXELS, background=palette.PAPER))


def _in_one_font(found: re.Match[str]) -> str:
    """Write a line with signs that one font has, and name that font."""
    words = found[3].translate(_IN_ONE_FONT)
    if _BEYOND.search(words):
        return f'{found[1]} font-family="{_COMPLETE}"{found[2]}{words}</text>'
    # such a line has nothing that is written from right to left
    return f"{found[1]}{found[2]}{words.replace(_EMBED, '').replace(_END, '')}</text>"


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
