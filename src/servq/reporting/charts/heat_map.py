"""Heat maps: groups down, scores across; colour and arrow stand only where a difference may be claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from servq.reporting.charts import palette, svg
from servq.reporting.charts.lettering import LETTER, shortened, wrapped

ROW_HEIGHT = 14.5
HEAD_LINE = 11.5
HEAD_LINES = 3
SIZE = 9.6
SMALLEST = 8.0
COUNT_WIDTH = 40.0
TOTAL_SPACE = 4.0

HeatTone = Literal["better", "slightly_better", "worse", "slightly_worse", "plain", "absent"]
_FILLS = {
    "better": palette.BLUE_PALE,
    "slightly_better": palette.BLUE_FAINT,
    "worse": palette.RUST_PALE,
    "slightly_worse": palette.RUST_FAINT,
}


@dataclass(frozen=True, kw_only=True)
class HeatCell:
    """One number; `tone` says what may be claimed of it, `arrow` which side of the others the number lies on."""

    text: str
    tone: HeatTone = "plain"
    arrow: Literal["up", "down", "none"] = "none"


@dataclass(frozen=True, kw_only=True)
class HeatRow:
    """One group with its number of respondents; `absent` stands in place of the cells of a group that is not shown."""

    label: str
    count: str
    cells: Sequence[HeatCell]
    absent: str = ""
    strong: bool = False


def heat_map(
    columns: Sequence[str],
    rows: Sequence[HeatRow],
    *,
    count_name: str,
    width: float = 640,
    label_width: float = 148,
) -> str:
    """Draw the map; the first column is the headline and set apart, so is a first row marked as strong.

    Parameters
    ----------
    columns
        Names of the scores, the headline first.
    rows
        From top to bottom, one cell per column; a strong row holds all respondents together.
    count_name
        Heading of the numbers of respondents.
    """
    step = (width - label_width - COUNT_WIDTH) / len(columns)
    left = label_width + COUNT_WIDTH
    longest = max((len(word) for name in columns for word in name.split()), default=1)
    size = max(SMALLEST, min(SIZE, (step - 4) / (LETTER * longest)))  # a word is made smaller rather than broken
    heads = [wrapped(name, step - 3, size, HEAD_LINES) for name in columns]
    top = HEAD_LINE * max(len(lines) for lines in heads) + 8
    parts: list[str] = []
    for index, lines in enumerate(heads):
        x = left + step * (index + 0.5)
        first = top - 7 - HEAD_LINE * (len(lines) - 1)
        parts.extend(
            svg.text(x, first + HEAD_LINE * line, words, size=size, anchor="middle", bold=index == 0)
            for line, words in enumerate(lines)
        )
    parts.append(svg.text(left - 10, top - 7, count_name, size=SIZE, anchor="end", fill=palette.MUTED))
    y = top
    for position, row in enumerate(rows):
        parts.append(svg.line(0, y, width, y, stroke=palette.GRID))
        parts.extend(_row(row, y, label_width, left, step))
        y += ROW_HEIGHT
        if row.strong and position == 0:
            parts.append(svg.line(0, y, width, y, stroke=palette.AXIS))
            y += TOTAL_SPACE
    parts.append(svg.line(0, y, width, y, stroke=palette.GRID))
    parts.append(svg.line(left + step, 0, left + step, y, stroke=palette.GRID))
    return svg.document(width, y + 1, parts)


def _row(row: HeatRow, top: float, label_width: float, left: float, step: float) -> list[str]:
    baseline = top + ROW_HEIGHT / 2 + 3.5
    parts = [svg.text(0, baseline, shortened(row.label, label_width - 4, SIZE), size=SIZE, bold=row.strong)]
    if row.absent:
        return [*parts, svg.text(left + 6, baseline, row.absent, size=9.5, fill=palette.MUTED)]
    parts.append(svg.text(left - 10, baseline, row.count, size=SIZE, anchor="end", fill=palette.MUTED))
    for index, cell in enumerate(row.cells):
        start = left + step * index
        fill = _FILLS.get(cell.tone)
        if fill is not None:
            parts.append(svg.rectangle(start + 1, top + 0.7, step - 2, ROW_HEIGHT - 1.4, fill=fill))
        middle = start + step / 2
        marked = cell.arrow != "none"
        colour = palette.MUTED if cell.tone == "absent" else palette.INK
        parts.append(
            svg.text(middle + 12, baseline, cell.text, size=SIZE, anchor="end", fill=colour, bold=marked or row.strong)
        )
        if marked:
            parts.append(_arrow(middle + 21, top + ROW_HEIGHT / 2, cell))
    return parts


def _arrow(x: float, y: float, cell: HeatCell) -> str:
    turn = -1 if cell.arrow == "up" else 1
    colour = palette.RUST if cell.tone in {"worse", "slightly_worse"} else palette.BLUE
    return svg.polygon([(x - 4, y - 3 * turn), (x + 4, y - 3 * turn), (x, y + 4 * turn)], fill=colour)
