"""Maps: points in a plane with intervals both ways, lines that divide it, and a name in every quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servq.reporting.charts import palette, svg
from servq.reporting.charts.scale import LinearScale, Tick

HEIGHT = 336.0
LEFT, RIGHT, TOP, BOTTOM = 54.0, 12.0, 10.0, 44.0
CHARACTER = 5.7
LINE = 12.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """One point with both intervals; `tone` is ``strong`` for what calls for action, ``open`` for what is undecided."""

    label: str
    x: float
    y: float
    x_low: float | None = None
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    tone: str = "plain"


@dataclass(frozen=True, kw_only=True)
class MapAxis:
    """One axis: its name, its range, its ticks and the value at which the map is divided."""

    title: str
    low: float
    high: float
    ticks: Sequence[Tick]
    divide: float | None


@dataclass(frozen=True, kw_only=True)
class Quarters:
    """Names of the quarters, written into their outer corners."""

    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str


def map_chart(
    places: Sequence[Place], x_axis: MapAxis, y_axis: MapAxis, quarters: Quarters, *, width: float = 640
) -> str:
    """Draw the places; a label goes where it covers no dot and no other label, beside its dot if it can."""
    across = LinearScale(x_axis.low, x_axis.high, LEFT, width - RIGHT)
    up = LinearScale(y_axis.low, y_axis.high, HEIGHT - BOTTOM, TOP)
    parts = [_frame(across, up, x_axis, y_axis, quarters)]
    dots = [(across(place.x), up(place.y)) for place in places]
    parts.extend(_cross(place, across, up) for place in places)
    for place, (x, y) in zip(places, dots, strict=True):
        strong = _colour(place.tone)
        fill = palette.PAPER if place.tone == "open" else strong
        parts.append(svg.circle(x, y, 4.2, fill=fill, stroke=strong))
    parts.extend(_labels(places, dots, width))
    return svg.document(width, HEIGHT, parts)


def _frame(across: LinearScale, up: LinearScale, x_axis: MapAxis, y_axis: MapAxis, quarters: Quarters) -> str:
    top, bottom = up.right, up.left
    parts = []
    for tick in x_axis.ticks:
        x = across(tick.value)
        parts.append(svg.line(x, top, x, bottom, stroke=palette.GRID))
        parts.append(svg.text(x, bottom + 14, tick.label, size=10, anchor="middle", fill=palette.MUTED))
    for tick in y_axis.ticks:
        y = up(tick.value)
        parts.append(svg.line(across.left, y, across.right, y, stroke=palette.GRID))
        parts.append(svg.text(across.left - 6, y + 3.5, tick.label, size=10, anchor="end", fill=palette.MUTED))
    if x_axis.divide is not None:
        x = across(x_axis.divide)
        parts.append(svg.line(x, top, x, bottom, stroke=palette.AXIS, width=1.2, dashed=True))
    if y_axis.divide is not None:
        y = up(y_axis.divide)
        parts.append(svg.line(across.left, y, across.right, y, stroke=palette.AXIS, width=1.2, dashed=True))
    parts.append(svg.line(across.left, bottom, across.right, bottom, stroke=palette.AXIS))
    parts.append(svg.line(across.left, top, across.left, bottom, stroke=palette.AXIS))
    left, right, high, low = across.left + 8, across.right - 4, top + 14, bottom - 8
    corners: tuple[tuple[float, float, str, svg.Anchor], ...] = (
        (left, high, quarters.top_left, "start"),
        (right, high, quarters.top_right, "end"),
        (left, low, quarters.bottom_left, "start"),
        (right, low, quarters.bottom_right, "end"),
    )
    parts.extend(
        svg.text(x, y, words, size=10.5, anchor=anchor, fill=palette.MUTED, bold=True)
        for x, y, words, anchor in corners
        if words
    )
    parts.append(svg.text(across.right, bottom + 32, x_axis.title, size=10.5, anchor="end", bold=True))
    parts.append(svg.upright(12, top, y_axis.title, size=10.5))
    return "".join(parts)


def _cross(place: Place, across: LinearScale, up: LinearScale) -> str:
    x, y, parts = across(place.x), up(place.y), []
    pale = {"strong": palette.RUST_PALE, "open": palette.GREY}.get(place.tone, palette.BLUE_PALE)
    if place.x_low is not None and place.x_high is not None:
        parts.append(svg.line(across(place.x_low), y, across(place.x_high), y, stroke=pale, width=1.6))
    if place.y_low is not None and place.y_high is not None:
        parts.append(svg.line(x, up(place.y_low), x, up(place.y_high), stroke=pale, width=1.6))
    return "".join(parts)


def _colour(tone: str) -> str:
    return {"strong": palette.RUST, "open": palette.MUTED}.get(tone, palette.BLUE)


Box = tuple[float, float, float, float]


def _labels(places: Sequence[Place], dots: Sequence[tuple[float, float]], width: float) -> list[str]:
    """Labels at the first of eight positions around each dot that is free and inside the picture."""
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in dots]
    parts = []
    for place, (x, y) in sorted(zip(places, dots, strict=True), key=lambda pair: (pair[1][1], pair[1][0])):
        reach = CHARACTER * len(place.label)
        options: list[Box] = []
        for away in (8.0, 17.0, 28.0, 42.0):
            options += [
                (x + away, y - away - 4, x + away + reach, y - away + LINE - 4),
                (x - away - reach, y - away - 4, x - away, y - away + LINE - 4),
                (x + away, y + away - 8, x + away + reach, y + away + LINE - 8),
                (x - away - reach, y + away - 8, x - away, y + away + LINE - 8),
                (x - reach / 2, y - away - LINE, x + reach / 2, y - away),
                (x - reach / 2, y + away, x + reach / 2, y + away + LINE),
            ]
        inside = [
            one for one in options if one[0] > LEFT and one[2] < width and one[1] > 0 and one[3] < HEIGHT - BOTTOM
        ]
        free = [one for one in inside if not any(_overlap(one, other) for other in taken)]
        box = (free or inside or options)[0]
        taken.append(box)
        nearest_x = min(max(x, box[0]), box[2])
        nearest_y = min(max(y, box[1]), box[3])
        if abs(nearest_x - x) + abs(nearest_y - y) > 22:
            parts.append(svg.line(x, y, nearest_x, nearest_y, stroke=palette.GREY))
        parts.append(svg.text(box[0], box[3] - 3, place.label, size=10.5))
    return parts


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
