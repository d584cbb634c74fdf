"""Zones of tolerance: a band from what is acceptable to what is desired, and the dot of what was perceived."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from servq.reporting.charts import palette, svg
from servq.reporting.charts.rows import LABEL_SIZE, Mark
from servq.reporting.charts.scale import LinearScale, Tick

ROW_HEIGHT = 27.0
TOP = 24.0
AXIS_HEIGHT = 17.0
NOTE_HEIGHT = 14.0
BAND = 13.0
VALUE_WIDTH = 64.0


@dataclass(frozen=True, kw_only=True)
class Band:
    """One row: both ends of the zone with their intervals, and the perceived level on it.

    `value` is written at the right end; `absent` stands in place of everything where there is no zone.
    """

    label: str
    minimum: Mark | None
    desired: Mark | None
    perceived: Mark | None
    value: str = ""
    absent: str = ""
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class BandKey:
    """Names of the parts: the band with both of its ends, the dot, and the column of numbers."""

    zone: str
    perceived: str
    value: str


def zone_chart(
    bands: Sequence[Band],
    ticks: Sequence[Tick],
    key: BandKey,
    *,
    ends: tuple[float, float],
    note: str = "",
    width: float = 640,
    label_width: float = 148,
) -> str:
    """Draw bands against one axis that runs from ``ends[0]`` to ``ends[1]``.

    The ends of a band carry the intervals of minimum and desired level as thin lines on its upper edge; the dot of the
    perceived level lies in the middle with its own interval.
    """
    scale = LinearScale(ends[0], ends[1], label_width + 6, width - VALUE_WIDTH - 8)
    bottom = TOP + ROW_HEIGHT * len(bands)
    parts = [_key(key, label_width, width)]
    for tick in ticks:
        x = scale(tick.value)
        parts.append(svg.line(x, TOP, x, bottom, stroke=palette.GRID))
        parts.append(svg.text(x, bottom + 13, tick.label, size=10, anchor="middle", fill=palette.MUTED))
    for position, band in enumerate(bands):
        top = TOP + ROW_HEIGHT * position
        parts.append(svg.line(0, top, width, top, stroke=palette.GRID))
        parts.append(_label(band, top, label_width))
        parts.append(_band(band, scale, top + ROW_HEIGHT / 2, width))
    if note:
        parts.append(svg.text(label_width, bottom + 27, note, size=10, fill=palette.MUTED))
    return svg.document(width, bottom + AXIS_HEIGHT + (NOTE_HEIGHT if note else 0.0), parts)


def _key(key: BandKey, left: float, width: float) -> str:
    after = left + 40 + 5.9 * len(key.zone) + 18
    return "".join(
        [
            svg.rectangle(left, 5, 32, 10, fill=palette.BLUE_PALE),
            svg.text(left + 40, 14, key.zone, size=10.5, fill=palette.MUTED),
            svg.circle(after + 5, 10, 4.2, fill=palette.BLUE, stroke=palette.BLUE),
            svg.text(after + 15, 14, key.perceived, size=10.5, fill=palette.MUTED),
            svg.text(width, 14, key.value, size=10.5, anchor="end", fill=palette.MUTED),
        ]
    )


def _label(band: Band, top: float, label_width: float) -> str:
    lines = textwrap.wrap(band.label, width=int(label_width / (LABEL_SIZE * 0.58))) or [""]
    shown = lines[:2]
    if len(lines) > len(shown):
        shown[-1] = shown[-1][:-1] + "…"
    size, leading = (LABEL_SIZE, 0.0) if len(shown) == 1 else (LABEL_SIZE - 1, 11.5)
    first = top + ROW_HEIGHT / 2 + 4 - leading / 2
    return "".join(
        svg.text(0, first + leading * index, words, size=size, bold=band.strong) for index, words in enumerate(shown)
    )


def _band(band: Band, scale: LinearScale, middle: float, width: float) -> str:
    if band.minimum is None or band.desired is None or band.perceived is None:
        return svg.text(scale.left, middle + 4, band.absent, size=10, fill=palette.MUTED)
    left, right = sorted((scale(band.minimum.value), scale(band.desired.value)))
    parts = [svg.rectangle(left, middle - BAND / 2, right - left, BAND, fill=palette.BLUE_PALE)]
    for mark in (band.minimum, band.desired):
        x = scale(mark.value)
        parts.append(svg.line(x, middle - BAND / 2 - 2, x, middle + BAND / 2 + 2, stroke=palette.AXIS, width=1.6))
        if mark.ci_low is not None and mark.ci_high is not None:
            height = middle - BAND / 2 - 2
            parts.append(
                svg.line(scale(mark.ci_low), height, scale(mark.ci_high), height, stroke=palette.AXIS, width=1.2)
            )
    strong = {"below": palette.RUST, "unclear": palette.MUTED}.get(band.perceived.tone, palette.BLUE)
    if band.perceived.ci_low is not None and band.perceived.ci_high is not None:
        low, high = scale(band.perceived.ci_low), scale(band.perceived.ci_high)
        parts.append(svg.line(low, middle, high, middle, stroke=strong, width=1.6))
        parts.extend(svg.line(x, middle - 3.5, x, middle + 3.5, stroke=strong, width=1.3) for x in (low, high))
    fill = palette.PAPER if band.perceived.tone == "unclear" else strong
    parts.append(svg.circle(scale(band.perceived.value), middle, 4.4, fill=fill, stroke=strong))
    parts.append(svg.text(width, middle + 4, band.value, anchor="end", bold=True))
    return "".join(parts)
