"""The work-horse: labelled rows beside one or more panels of dots, dumbbells or bars with their intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from servq.reporting.charts import palette, svg
from servq.reporting.charts.lettering import wrapped
from servq.reporting.charts.scale import LinearScale, Tick

ROW_HEIGHT = 24.5
TITLE_HEIGHT = 20.0
TITLE_SIZE, TITLE_LINE, TITLE_LINES = 11.0, 12.0, 3
KEY_HEIGHT = 18.0
SPACE_ABOVE = 4.0
AXIS_HEIGHT = 17.0
NOTE_HEIGHT = 14.0
PANEL_SPACE = 26.0
VALUE_WIDTH = 46.0
LABEL_SIZE = 11.5
SPREAD = 9.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One value with its interval; `tone` says how it is drawn.

    ``filled`` and ``hollow`` are two series of levels. ``below``, ``above`` and ``unclear`` are differences by what
    their interval says: it excludes zero on one side, or holds it.
    """

    value: float
    ci_low: float | None = None
    ci_high: float | None = None
    tone: Literal["filled", "hollow", "below", "above", "unclear"] = "filled"
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One plotting area with its own axis.

    Parameters
    ----------
    form
        ``dots``: value with interval; ``dumbbell``: the marks of a row joined, or
        one above the other where their intervals overlap; ``bars``: from `reference` to the value.
    reference
        Value of the line that readers compare with (zero, a convention), or None.
    note
        Words under the axis, such as what its ends mean.
    sides
        What lies left and right of `reference`, written under the axis on both sides of it.
    key
        Names of the series with their tones, written under the title instead of a legend.
    share
        Part of the width left of the labels.
    """

    title: str
    low: float
    high: float
    ticks: Sequence[Tick]
    form: Literal["dots", "dumbbell", "bars"] = "dots"
    reference: float | None = None
    note: str = ""
    sides: tuple[str, str] | None = None
    key: Sequence[tuple[str, Literal["filled", "hollow"]]] = ()
    share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: its label, the marks per panel, and what stands in a panel that has none."""

    label: str
    cells: Sequence[Sequence[Mark]]
    absent: str = ""
    strong: bool = False


def row_chart(rows: Sequence[Row], panels: Sequence[Panel], *, width: float = 640, label_width: float = 148) -> str:
    """Draw rows against panels.

    The label of a row's last mark is written in a column at the right of its panel, so numbers align.

    Parameters
    ----------
    rows
        From top to bottom; a row has one cell per panel.
    panels
        From left to right.
    width, label_width
        Of the image and of the column of labels, in units of 1/640 of the page's text width.
    """
    plot_width = width - label_width - PANEL_SPACE * (len(panels) - 1)
    shares = sum(panel.share for panel in panels)
    widths = [plot_width * panel.share / shares for panel in panels]
    titles = [
        wrapped(panel.title, space + PANEL_SPACE - 8, TITLE_SIZE, TITLE_LINES) if panel.title else []
        for panel, space in zip(panels, widths, strict=True)
    ]
    n_lines = max(map(len, titles))
    title_height = TITLE_HEIGHT + TITLE_LINE * (n_lines - 1) if n_lines else SPACE_ABOVE
    top = title_height + (KEY_HEIGHT if any(panel.key for panel in panels) else 0.0)
    bottom = top + ROW_HEIGHT * len(rows)
    foot = NOTE_HEIGHT if any(panel.note or panel.sides for panel in panels) else 0.0
    parts = [_row_frame(rows, top, width, label_width)]
    left = label_width
    for index, panel in enumerate(panels):
        right = left + widths[index]
        labelled = any(mark.label for row in rows for mark in row.cells[index][-1:])
        scale = LinearScale(panel.low, panel.high, left + 6, right - (VALUE_WIDTH if labelled else 0) - 6)
        parts.extend(
            svg.text(left, 12 + TITLE_LINE * line, words, size=TITLE_SIZE, bold=True)
            for line, words in enumerate(titles[index])
        )
        parts.append(_panel_frame(panel, scale, left, top, bottom, title_height))
        for position, row in enumerate(rows):
            middle = top + ROW_HEIGHT * (position + 0.5)
            marks = row.cells[index]
            if marks:
                parts.append(_marks(marks, panel, scale, middle))
                parts.append(svg.text(right, middle + 4, marks[-1].label, anchor="end", bold=True) if labelled else "")
            elif row.absent:
                parts.append(svg.text(scale.left, middle + 4, row.absent, size=10, fill=palette.MUTED))
        left = right + PANEL_SPACE
    return svg.document(width, bottom + AXIS_HEIGHT + foot, parts)


def _row_frame(rows: Sequence[Row], first_top: float, width: float, label_width: float) -> str:
    parts = []
    for position, row in enumerate(rows):
        top = first_top + ROW_HEIGHT * position
        parts.append(svg.line(0, top, width, top, stroke=palette.GRID))
        lines = textwrap.wrap(row.label, width=int(label_width / (LABEL_SIZE * 0.58))) or [""]
        shown = lines[:2]
        if len(lines) > len(shown):
            shown[-1] = shown[-1][:-1] + "…"
        size, leading = (LABEL_SIZE, 0.0) if len(shown) == 1 else (LABEL_SIZE - 1, 11.5)
        first = top + ROW_HEIGHT / 2 + 4 - leading / 2
        parts.extend(
            svg.text(0, first + leading * index, words, size=size, bold=row.strong) for index, words in enumerate(shown)
        )
    return "".join(parts)


def _panel_frame(panel: Panel, scale: LinearScale, left: float, top: float, bottom: float, key_top: float) -> str:
    parts = []
    place = left
    for name, tone in panel.key:
        parts.append(_dot(place + 5, key_top + 4.5, tone))
        parts.append(svg.text(place + 14, key_top + 8, name, size=10.5, fill=palette.MUTED))
        place += 14 + 6.1 * len(name) + 16
    for tick in panel.ticks:
        x = scale(tick.value)
        parts.append(svg.line(x, top, x, bottom, stroke=palette.GRID))
        parts.append(svg.text(x, bottom + 13, tick.label, size=10, anchor="middle", fill=palette.MUTED))
    if panel.reference is not None:
        x = scale(panel.reference)
        parts.append(svg.line(x, top - 3, x, bottom + 2, stroke=palette.AXIS, width=1.2))
        if panel.sides:
            below, above = panel.sides
            parts.append(svg.text(x - 7, bottom + 27, below, size=10, anchor="end", fill=palette.MUTED))
            parts.append(svg.text(x + 7, bottom + 27, above, size=10, fill=palette.MUTED))
    if panel.note:
        parts.append(svg.text(left, bottom + 27, panel.note, size=10, fill=palette.MUTED))
    return "".join(parts)


def _marks(marks: Sequence[Mark], panel: Panel, scale: LinearScale, middle: float) -> str:
    parts = []
    heights = [middle] * len(marks)
    if panel.form == "dumbbell" and len(marks) > 1:
        if _intervals_overlap(marks):
            heights = [middle + SPREAD * (index - (len(marks) - 1) / 2) for index in range(len(marks))]
        else:
            ends = [scale(mark.value) for mark in marks]
            parts.append(svg.line(min(ends), middle, max(ends), middle, stroke=palette.GREY, width=4))
    for mark, height in zip(marks, heights, strict=True):
        if panel.form == "bars":
            parts.append(_bar(mark, panel, scale, height))
        parts.append(_interval(mark, scale, height, over_bar=panel.form == "bars"))
        if panel.form != "bars":
            parts.append(_dot(scale(mark.value), height, mark.tone))
    return "".join(parts)


def _intervals_overlap(marks: Sequence[Mark]) -> bool:
    """Whether neighbouring marks would cover each other, so that each needs a height of its own."""
    spans = sorted(
        (mark.value if mark.ci_low is None else mark.ci_low, mark.value if mark.ci_high is None else mark.ci_high)
        for mark in marks
    )
    return any(later[0] <= earlier[1] for earlier, later in pairwise(spans))


def _bar(mark: Mark, panel: Panel, scale: LinearScale, middle: float) -> str:
    start = scale(panel.low if panel.reference is None else panel.reference)
    end = scale(mark.value)
    return svg.rectangle(min(start, end), middle - 6, abs(end - start), 12, fill=_pale(mark.tone))


def _interval(mark: Mark, scale: LinearScale, middle: float, *, over_bar: bool) -> str:
    if mark.ci_low is None or mark.ci_high is None:
        return ""
    low, high = scale(mark.ci_low), scale(mark.ci_high)
    colour = palette.INK if over_bar else _strong(mark.tone)
    caps = "".join(svg.line(x, middle - 3.5, x, middle + 3.5, stroke=colour, width=1.2) for x in (low, high))
    return svg.line(low, middle, high, middle, stroke=colour, width=1.5) + caps


def _dot(x: float, y: float, tone: str) -> str:
    fill = palette.PAPER if tone in {"hollow", "unclear"} else _strong(tone)
    return svg.circle(x, y, 4.2, fill=fill, stroke=_strong(tone))


def _strong(tone: str) -> str:
    return {"hollow": palette.MUTED, "below": palette.RUST, "unclear": palette.MUTED}.get(tone, palette.BLUE)


def _pale(tone: str) -> str:
    return {"below": palette.RUST_PALE, "unclear": palette.GRID, "hollow": palette.GRID}.get(tone, palette.BLUE_PALE)
