"""Distribution of the answers to one item: a column per point, brackets under the points that count together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from servq.reporting.charts import palette, svg

PLOT_TOP = 20.0
PLOT_HEIGHT = 118.0
_COLOURS = {"low": palette.RUST, "middle": palette.GREY, "high": palette.BLUE}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One point of the scale: its name, its share of the answers (0–1) and the label on top."""

    name: str
    share: float
    label: str
    tone: Literal["low", "middle", "high"]


@dataclass(frozen=True, kw_only=True)
class ColumnGroup:
    """Neighbouring columns that count together, from index `first` to `last`, and what is written under them."""

    first: int
    last: int
    title: str
    label: str
    tone: Literal["low", "middle", "high"]


def column_chart(
    columns: Sequence[Column], groups: Sequence[ColumnGroup], *, ends: tuple[str, str], width: float = 640
) -> str:
    """Draw the columns, the names of the points, the brackets and what the ends of the scale mean."""
    step = width / len(columns)
    space = min(step * 0.22, 14.0)
    tallest = max((column.share for column in columns), default=0.0) or 1.0
    base = PLOT_TOP + PLOT_HEIGHT
    parts = []
    for index, column in enumerate(columns):
        left, middle = index * step + space / 2, (index + 0.5) * step
        height = PLOT_HEIGHT * column.share / tallest
        parts.append(svg.rectangle(left, base - height, step - space, height, fill=_COLOURS[column.tone]))
        parts.append(svg.text(middle, base - height - 5, column.label, size=10.5, anchor="middle"))
        parts.append(svg.text(middle, base + 15, column.name, size=11, anchor="middle", bold=True))
    parts.append(svg.line(0, base, width, base, stroke=palette.AXIS))
    parts.append(svg.text(space / 2, base + 30, ends[0], size=10, fill=palette.MUTED))
    parts.append(svg.text(width - space / 2, base + 30, ends[1], size=10, anchor="end", fill=palette.MUTED))
    top = base + 40
    for group in groups:
        left, right = group.first * step + space / 2, (group.last + 1) * step - space / 2
        parts.append(svg.rectangle(left, top, right - left, 3, fill=_COLOURS[group.tone]))
        parts.append(svg.text(left, top + 18, group.title, size=11, bold=True))
        parts.append(svg.text(left, top + 32, group.label, size=10.5, fill=palette.MUTED))
    return svg.document(width, top + 38 if groups else base + 34, parts)
