"""Centred stacked bars: the answers to each item, good ones on one side of the middle and bad ones on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servq.reporting.charts import palette, svg
from servq.reporting.charts.lettering import width_of, wrapped

TITLE_HEIGHT = 18.0
KEY_HEIGHT = 26.0
LINE = 10.6
LABEL_LINES = 3
BAR = 13.0
SIZE = 9.5
GAP = 5.0
SIDE_WIDTH = 28.0
COUNT_WIDTH = 32.0
PANEL_SPACE = 14.0


@dataclass(frozen=True, kw_only=True)
class StackedBar:
    """Shares of the answers (0–1) from the lowest point to the highest, and what is written about them.

    `low` and `high` are the written shares of both halves, `labels` what stands inside the parts ("" for nothing).
    """

    shares: Sequence[float]
    labels: Sequence[str]
    low: str
    high: str
    count: str


@dataclass(frozen=True, kw_only=True)
class StackedRow:
    """One item with a bar per panel; None where the panel has no answers to it."""

    label: str
    bars: Sequence[StackedBar | None]
    absent: str = ""


@dataclass(frozen=True, kw_only=True)
class StackedKey:
    """Names of the panels, of both ends of the scale, and of the column of counts."""

    panels: Sequence[str]
    low: str
    high: str
    count: str
    points: Sequence[str]
    better: str = "high"


def stacked_chart(rows: Sequence[StackedRow], key: StackedKey, *, width: float = 640, label_width: float = 236) -> str:
    """Draw the bars, each centred on the middle of the scale; half of a middle point lies on either side."""
    n_panels = len(key.panels)
    across = (width - label_width - PANEL_SPACE * (n_panels - 1)) / n_panels
    plot = across - 2 * SIDE_WIDTH - COUNT_WIDTH
    sides = [_sides(bar.shares) for row in rows for bar in row.bars if bar is not None]
    farthest_low = max((low for low, _ in sides), default=0.5) or 0.01
    farthest_high = max((high for _, high in sides), default=0.5) or 0.01
    unit = plot / (farthest_low + farthest_high)
    n_points = len(key.points)
    colours = palette.diverging(n_points, better=key.better)
    parts = []
    for index, name in enumerate(key.panels):
        left = label_width + index * (across + PANEL_SPACE)
        if name:
            parts.append(svg.text(left, 11, name, size=10.5, bold=True))
        parts.append(svg.text(left + across, 11, key.count, size=SIZE, anchor="end", fill=palette.MUTED))
    parts.append(_key(key, colours, label_width))
    y = TITLE_HEIGHT + KEY_HEIGHT
    first = y
    for row in rows:
        lines = wrapped(row.label, label_width - 8, SIZE, LABEL_LINES)
        height = max(LINE * len(lines), BAR) + GAP
        parts.append(svg.line(0, y, width, y, stroke=palette.GRID))
        start = y + height / 2 + 3.4 - LINE * (len(lines) - 1) / 2
        parts.extend(svg.text(0, start + LINE * i, words, size=SIZE) for i, words in enumerate(lines))
        for index, bar in enumerate(row.bars):
            left = label_width + index * (across + PANEL_SPACE)
            middle = y + height / 2
            if bar is None:
                parts.append(svg.text(left, middle + 3.4, row.absent, size=SIZE, fill=palette.MUTED))
                continue
            zero = left + SIDE_WIDTH + farthest_low * unit
            parts.append(_bar(bar, zero, middle, unit, colours))
            parts.append(svg.text(left + SIDE_WIDTH - 5, middle + 3.4, bar.low, size=SIZE, anchor="end"))
            right = left + SIDE_WIDTH + plot
            parts.append(svg.text(right + 5, middle + 3.4, bar.high, size=SIZE, bold=True))
            parts.append(svg.text(left + across, middle + 3.4, bar.count, size=SIZE, anchor="end", fill=palette.MUTED))
        y += height
    for index in range(n_panels):
        zero = label_width + index * (across + PANEL_SPACE) + SIDE_WIDTH + farthest_low * unit
        parts.append(svg.line(zero, first - 3, zero, y, stroke=palette.INK, width=0.8))
    return svg.document(width, y + 2, parts)


def _sides(shares: Sequence[float]) -> tuple[float, float]:
    """Shares below and above the middle of the scale; a middle point counts half on each side."""
    half = len(shares) // 2
    middle = shares[half] / 2 if len(shares) % 2 else 0.0
    return sum(shares[:half]) + middle, sum(shares[-half:] if half else ()) + middle


def _bar(bar: StackedBar, zero: float, middle: float, unit: float, colours: Sequence[str]) -> str:
    left = zero - _sides(bar.shares)[0] * unit
    parts = []
    neutral = len(bar.shares) // 2 if len(bar.shares) % 2 else None
    for index, (share, label, colour) in enumerate(zip(bar.shares, bar.labels, colours, strict=True)):
        reach = share * unit
        parts.append(svg.rectangle(left, middle - BAR / 2, reach, BAR, fill=colour))
        if index != neutral and label and reach > width_of(label, 8.5) + 3:
            parts.append(
                svg.text(
                    left + reach / 2, middle + 3.1, label, size=8.5, anchor="middle", fill=palette.on_colour(colour)
                )
            )
        left += reach
    return "".join(parts)


def _key(key: StackedKey, colours: Sequence[str], left: float) -> str:
    """One square per point with its number in it, between the words at both ends of the scale."""
    top, square = TITLE_HEIGHT, 17.0
    parts = []
    start = left
    for index, (name, colour) in enumerate(zip(key.points, colours, strict=True)):
        x = start + index * square
        parts.append(svg.rectangle(x, top, square - 1, 12, fill=colour))
        parts.append(
            svg.text(x + square / 2, top + 9.2, name, size=8.5, anchor="middle", fill=palette.on_colour(colour))
        )
    end = start + square * len(colours)
    words = " – ".join(part for part in (key.low, key.high) if part)
    parts.append(svg.text(end + 7, top + 9.5, words, size=SIZE, fill=palette.MUTED))
    return "".join(parts)
