"""How many of something there were in each week or month: one thin column for each, the highest one labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servq.reporting.charts import palette, svg

PLOT_TOP = 18.0
PLOT_HEIGHT = 62.0
WIDEST = 26.0
ABOUT_LABELS = 7
"""Names under the time axis; more would run into each other."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """One week or month: its name, its count as written, and the count."""

    name: str
    written: str
    count: int


def volume_chart(volumes: Sequence[Volume], *, width: float = 640) -> str:
    """Draw the columns from the first to the last; every few are named, the highest carries its number."""
    step = width / len(volumes)
    bar = min(step * 0.72, WIDEST)
    highest = max(volume.count for volume in volumes) or 1
    tallest = next(index for index, volume in enumerate(volumes) if volume.count == max(v.count for v in volumes))
    every = -(-len(volumes) // ABOUT_LABELS)
    base = PLOT_TOP + PLOT_HEIGHT
    parts = [svg.line(0, base, width, base, stroke=palette.AXIS)]
    for index, volume in enumerate(volumes):
        middle = (index + 0.5) * step
        height = PLOT_HEIGHT * volume.count / highest
        parts.append(svg.rectangle(middle - bar / 2, base - height, bar, height, fill=palette.BLUE))
        if index == tallest or len(volumes) <= ABOUT_LABELS:
            parts.append(svg.text(middle, base - height - 5, volume.written, size=10.5, anchor="middle", bold=True))
        if index % every == 0:
            parts.append(svg.text(middle, base + 15, volume.name, size=10, anchor="middle", fill=palette.MUTED))
    return svg.document(width, base + 20, parts)
