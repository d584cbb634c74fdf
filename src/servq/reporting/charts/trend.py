"""Small multiples of trend: one small control chart per score or site, all against one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from servq.reporting.charts import palette, svg
from servq.reporting.charts.lettering import shortened
from servq.reporting.charts.scale import LinearScale, Tick

TITLE_HEIGHT = 17.0
FOOT = 16.0
SPACE_ACROSS, SPACE_DOWN = 16.0, 12.0
AXIS_WIDTH = 34.0
VALUE_WIDTH = 36.0
SIZE = 10.0
RADIUS = 2.6


@dataclass(frozen=True, kw_only=True)
class TrendMark:
    """One wave: its place among all waves, its value with its interval, its limits, and whether chance explains it."""

    wave: int
    value: float
    ci_low: float | None
    ci_high: float | None
    lower: float
    upper: float
    is_outside: bool


@dataclass(frozen=True, kw_only=True)
class TrendPanel:
    """One small chart; `label` is written beside its newest point."""

    title: str
    marks: Sequence[TrendMark]
    centre: float
    label: str
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class TrendAxis:
    """What all panels share: range and ticks of the values, and names of the first and the last wave."""

    low: float
    high: float
    ticks: Sequence[Tick]
    first: str
    last: str
    n_waves: int


def trend_chart(
    panels: Sequence[TrendPanel], axis: TrendAxis, *, columns: int, panel_height: float = 84, width: float = 640
) -> str:
    """Draw the panels row by row.

    The band holds the three-sigma limits around the line of the common value; an open dot lies outside the band.
    """
    across = (width - AXIS_WIDTH - SPACE_ACROSS * (columns - 1)) / columns
    n_rows = -(-len(panels) // columns)
    step = TITLE_HEIGHT + panel_height + SPACE_DOWN
    parts = []
    for index, panel in enumerate(panels):
        line, place = divmod(index, columns)
        left = AXIS_WIDTH + place * (across + SPACE_ACROSS)
        top = line * step + TITLE_HEIGHT
        up = LinearScale(axis.low, axis.high, top + panel_height, top + 3)
        along = LinearScale(-0.5, max(axis.n_waves - 0.5, 0.5), left, left + across - VALUE_WIDTH)
        parts.append(svg.text(left, top - 5, shortened(panel.title, across, SIZE), size=SIZE, bold=panel.strong))
        for tick in axis.ticks:
            y = up(tick.value)
            parts.append(svg.line(left, y, along.right, y, stroke=palette.GRID))
            if place == 0:
                parts.append(svg.text(left - 5, y + 3.4, tick.label, size=9.5, anchor="end", fill=palette.MUTED))
        parts.append(_panel(panel, along, up))
    foot = n_rows * step - SPACE_DOWN
    for place in range(min(columns, len(panels))):
        left = AXIS_WIDTH + place * (across + SPACE_ACROSS)
        last_in_column = (len(panels) - 1 - place) // columns
        y = min(foot, last_in_column * step + TITLE_HEIGHT + panel_height) + 11
        parts.append(svg.text(left, y, axis.first, size=9, fill=palette.MUTED))
        right = left + across - VALUE_WIDTH
        parts.append(svg.text(right, y, axis.last, size=9, anchor="end", fill=palette.MUTED))
    return svg.document(width, foot + FOOT, parts)


def _panel(panel: TrendPanel, along: LinearScale, up: LinearScale) -> str:
    reach = 0.5 * (along.right - along.left) / max(along.high - along.low, 1.0)
    parts = []
    for mark in panel.marks:
        x, high, low = along(mark.wave), up(mark.upper), up(mark.lower)
        parts.append(svg.rectangle(x - reach, high, 2 * reach, low - high, fill=palette.BAND))
    if panel.marks:
        first, last = along(panel.marks[0].wave) - reach, along(panel.marks[-1].wave) + reach
        parts.append(svg.line(first, up(panel.centre), last, up(panel.centre), stroke=palette.AXIS, dashed=True))
    places = [(along(mark.wave), up(mark.value)) for mark in panel.marks]
    for (x1, y1), (x2, y2) in pairwise(places):
        parts.append(svg.line(x1, y1, x2, y2, stroke=palette.BLUE, width=1.2))
    for mark, (x, y) in zip(panel.marks, places, strict=True):
        if mark.ci_low is not None and mark.ci_high is not None:
            parts.append(svg.line(x, up(mark.ci_low), x, up(mark.ci_high), stroke=palette.BLUE, width=1.0))
        colour = palette.RUST if mark.is_outside else palette.BLUE
        fill = palette.PAPER if mark.is_outside else colour
        parts.append(svg.circle(x, y, RADIUS + (1.2 if mark.is_outside else 0.0), fill=fill, stroke=colour))
    if places:
        parts.append(svg.text(along.right + 5, places[-1][1] + 3.6, panel.label, size=SIZE, bold=True))
    return "".join(parts)
