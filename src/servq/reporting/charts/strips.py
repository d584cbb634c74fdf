"""Drawings for one cell of a table: an axis for its head, a bar with its interval, a stacked distribution.

They repeat what the row says in numbers, so they are set as decoration and need no text of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from servq.reporting.charts import palette, svg
from servq.reporting.charts.rows import Mark
from servq.reporting.charts.scale import LinearScale, Tick

STRIP_WIDTH = 120.0
STRIP_HEIGHT = 18.0
_PAD = 8.0
# From the worst point to the best; ordered by lightness on both sides of the pale middle.
_DIVERGING = ("#a63c0c", "#cf7240", "#ecb592", "#dfe4e8", "#a9c6da", "#5b92b8", "#11507a")


def _scale(low: float, high: float) -> LinearScale:
    return LinearScale(low, high, _PAD, STRIP_WIDTH - _PAD)


def axis_strip(low: float, high: float, ticks: Sequence[Tick]) -> str:
    """Draw the axis that the strips below it share."""
    scale = _scale(low, high)
    parts = []
    for tick in ticks:
        x = scale(tick.value)
        parts.append(svg.text(x, 10, tick.label, size=9.5, anchor="middle", fill=palette.MUTED))
        parts.append(svg.line(x, 13, x, STRIP_HEIGHT, stroke=palette.AXIS))
    return svg.document(STRIP_WIDTH, STRIP_HEIGHT, parts)


def interval_strip(mark: Mark, low: float, high: float, *, reference: float | None) -> str:
    """Draw a bar from `reference` to the value with its interval; without a reference a dot with its interval."""
    scale, middle = _scale(low, high), STRIP_HEIGHT / 2
    x = scale(mark.value)
    strong = {"below": palette.RUST, "unclear": palette.MUTED}.get(mark.tone, palette.BLUE)
    pale = {"below": palette.RUST_PALE, "unclear": palette.GRID}.get(mark.tone, palette.BLUE_PALE)
    parts = []
    if reference is not None:
        zero = scale(reference)
        parts.append(svg.rectangle(min(zero, x), middle - 4.5, abs(x - zero), 9, fill=pale))
        parts.append(svg.line(zero, 0, zero, STRIP_HEIGHT, stroke=palette.AXIS))
    else:
        parts.append(svg.line(scale.left, middle, scale.right, middle, stroke=palette.GRID))
    if mark.ci_low is not None and mark.ci_high is not None:
        left, right = scale(mark.ci_low), scale(mark.ci_high)
        parts.append(svg.line(left, middle, right, middle, stroke=strong, width=1.5))
        parts.extend(svg.line(end, middle - 3, end, middle + 3, stroke=strong, width=1.2) for end in (left, right))
    if reference is None or mark.ci_low is None:
        parts.append(svg.circle(x, middle, 3.4, fill=strong, stroke=strong))
    return svg.document(STRIP_WIDTH, STRIP_HEIGHT, parts)


def stacked_strip(counts: Sequence[int], *, better: str) -> str:
    """Draw the answers from the lowest point to the highest as one stacked bar of full length."""
    total = sum(counts)
    parts, left = [], 0.0
    last = max(len(counts) - 1, 1)
    for index, count in enumerate(counts):
        width = STRIP_WIDTH * count / total if total else 0.0
        place = index / last if better == "high" else 1 - index / last
        colour = _DIVERGING[round(place * (len(_DIVERGING) - 1))]
        parts.append(svg.rectangle(left, 4, width, STRIP_HEIGHT - 8, fill=colour))
        left += width
    return svg.document(STRIP_WIDTH, STRIP_HEIGHT, parts)


# Must-be and one-dimensional in blue, attractive lighter, indifferent grey, reverse and questionable in rust.
_CATEGORIES = ("#0c2f47", "#11507a", "#7fb0d0", "#dfe4e8", "#efc4a8", "#bf4a14")


def category_strip(counts: Sequence[int]) -> str:
    """Draw six classes as one stacked bar of full length, in the order in which they are given."""
    total = sum(counts)
    parts, left = [], 0.0
    for count, colour in zip(counts, _CATEGORIES, strict=True):
        width = STRIP_WIDTH * count / total if total else 0.0
        parts.append(svg.rectangle(left, 4, width, STRIP_HEIGHT - 8, fill=colour))
        left += width
    return svg.document(STRIP_WIDTH, STRIP_HEIGHT, parts)
