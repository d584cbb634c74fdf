"""Rankings: the range of places that cannot be ruled out beside the estimate with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servq.reporting.charts import palette, svg
from servq.reporting.charts.lettering import shortened
from servq.reporting.charts.scale import LinearScale, Tick

ROW_HEIGHT = 15.0
TOP = 20.0
AXIS_HEIGHT = 17.0
SIZE = 10.0
COUNT_WIDTH, PLACE_WIDTH = 20.0, 62.0
VALUE_WIDTH = 42.0
SPACE = 22.0


@dataclass(frozen=True, kw_only=True)
class RankRow:
    """One group: its number of respondents, the place as it may be printed, its range of places, and its estimate."""

    label: str
    count: str
    place: str
    rank: float
    rank_low: int
    rank_high: int
    value: float
    ci_low: float | None
    ci_high: float | None
    value_label: str


@dataclass(frozen=True, kw_only=True)
class RankAxes:
    """Names of the two panels and of the columns of counts and places, and the axis of the estimates."""

    count: str
    place: str
    ranks: str
    values: str
    low: float
    high: float
    ticks: Sequence[Tick]
    reference: float | None = None


def ranking_chart(
    rows: Sequence[RankRow],
    axes: RankAxes,
    *,
    n_ranked: int,
    rank_ticks: Sequence[Tick],
    width: float = 640,
    label_width: float = 148,
) -> str:
    """Draw one row per group: bar from the best to the worst possible place, then the estimate with its interval.

    Parameters
    ----------
    rows
        The best first.
    n_ranked
        Groups in the whole ranking, of which `rows` may be a part.
    rank_ticks
        Places that the axis names.
    """
    left = label_width + COUNT_WIDTH + PLACE_WIDTH
    half = (width - left - SPACE) / 2
    ranks = LinearScale(0.5, n_ranked + 0.5, left, left + half)
    values = LinearScale(axes.low, axes.high, left + half + SPACE + 6, width - VALUE_WIDTH - 6)
    bottom = TOP + ROW_HEIGHT * len(rows)
    parts = [
        svg.text(label_width + COUNT_WIDTH, 11, axes.count, size=SIZE, anchor="end", fill=palette.MUTED),
        svg.text(left - 10, 11, axes.place, size=SIZE, anchor="end", bold=True),
        svg.text(left, 11, shortened(axes.ranks, half + SPACE - 6, SIZE), size=SIZE, bold=True),
        svg.text(left + half + SPACE, 11, shortened(axes.values, half, SIZE), size=SIZE, bold=True),
    ]
    for scale, ticks in ((ranks, rank_ticks), (values, axes.ticks)):
        for tick in ticks:
            x = scale(tick.value)
            parts.append(svg.line(x, TOP, x, bottom, stroke=palette.GRID))
            parts.append(svg.text(x, bottom + 13, tick.label, size=9.5, anchor="middle", fill=palette.MUTED))
    if axes.reference is not None:
        x = values(axes.reference)
        parts.append(svg.line(x, TOP - 3, x, bottom + 2, stroke=palette.AXIS, width=1.2))
    for position, row in enumerate(rows):
        top = TOP + ROW_HEIGHT * position
        middle, baseline = top + ROW_HEIGHT / 2, top + ROW_HEIGHT / 2 + 3.6
        parts.append(svg.line(0, top, width, top, stroke=palette.GRID))
        parts.append(svg.text(0, baseline, shortened(row.label, label_width - 16, SIZE), size=SIZE))
        parts.append(
            svg.text(label_width + COUNT_WIDTH, baseline, row.count, size=SIZE, anchor="end", fill=palette.MUTED)
        )
        parts.append(svg.text(left - 10, baseline, row.place, size=SIZE, anchor="end"))
        start, end = ranks(row.rank_low - 0.4), ranks(row.rank_high + 0.4)
        parts.append(svg.rectangle(start, middle - 4, end - start, 8, fill=palette.BLUE_PALE))
        parts.append(svg.circle(ranks(row.rank), middle, 2.6, fill=palette.BLUE, stroke=palette.BLUE))
        if row.ci_low is not None and row.ci_high is not None:
            parts.append(
                svg.line(values(row.ci_low), middle, values(row.ci_high), middle, stroke=palette.BLUE, width=1.5)
            )
        parts.append(svg.circle(values(row.value), middle, 2.8, fill=palette.BLUE, stroke=palette.BLUE))
        parts.append(svg.text(width, baseline, row.value_label, size=SIZE, anchor="end", bold=True))
    return svg.document(width, bottom + AXIS_HEIGHT, parts)
