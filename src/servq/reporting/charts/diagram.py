"""Path diagrams: boxes from left to right with the arrows between them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from servq.reporting.charts import palette, svg

BOX_WIDTH, BOX_HEIGHT = 108.0, 54.0
ROW_GAP = 138.0
TOP = 46.0
HEAD = 7.0
ROWS = 2
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Node:
    """One box: its name, its number in large type, and a line below it; the target has a heavier frame."""

    id: str
    name: str
    value: str
    detail: str
    is_target: bool = False


@dataclass(frozen=True, kw_only=True)
class Link:
    """One arrow with its number; it is dashed where its interval holds zero."""

    source: str
    target: str
    label: str
    is_clear: bool
    strength: float


def path_diagram(nodes: Sequence[Node], links: Sequence[Link], *, width: float = 640) -> str:
    """Draw the model: what leads to the target left of it, what follows from it right of it, two boxes a column."""
    places = _places(nodes, links, width)
    lowest = max(y for _, y in places.values())
    height = lowest + BOX_HEIGHT / 2 + (34.0 if any(_bow(link, places) > 0 for link in links) else 8.0)
    parts: list[str] = []
    labels: list[str] = []
    for link in links:
        arrow, label = _arrow(link, places)
        parts.append(arrow)
        labels.append(label)
    parts.extend(_box(node, places[node.id]) for node in nodes)
    return svg.document(width, height, [*parts, *labels])


def _places(nodes: Sequence[Node], links: Sequence[Link], width: float) -> dict[str, Point]:
    order = _in_order([node.id for node in nodes], links)
    target = next((node.id for node in nodes if node.is_target), order[-1])
    position = order.index(target)
    columns = [*_chunks(order[:position]), [target], *(column[::-1] for column in _chunks(order[position + 1 :]))]
    step = (width - BOX_WIDTH) / max(len(columns) - 1, 1)
    middle = TOP + BOX_HEIGHT / 2 + ROW_GAP / 2
    places = {}
    for index, column in enumerate(columns):
        x = BOX_WIDTH / 2 + step * index
        for row, node in enumerate(column):
            places[node] = (x, middle + ROW_GAP * (row - (len(column) - 1) / 2))
    return places


def _in_order(ids: Sequence[str], links: Sequence[Link]) -> list[str]:
    """Every node after those that lead to it, else in the given order."""
    left, order = list(ids), []
    while left:
        free = next(
            (one for one in left if not any(link.target == one and link.source in left for link in links)), left[0]
        )
        left.remove(free)
        order.append(free)
    return order


def _chunks(ids: Sequence[str]) -> list[list[str]]:
    return [list(ids[start : start + ROWS]) for start in range(0, len(ids), ROWS)]


def _bow(link: Link, places: Mapping[str, Point]) -> int:
    """−1 for an arrow that goes over the boxes between its ends, 1 for one below them, 0 for a straight one."""
    (x1, y1), (x2, y2) = places[link.source], places[link.target]
    crossed = [
        (x, y)
        for node, (x, y) in places.items()
        if node not in {link.source, link.target} and min(x1, x2) < x < max(x1, x2)
    ]
    blocked = any(abs(y1 + (y2 - y1) * (x - x1) / (x2 - x1) - y) < BOX_HEIGHT / 2 + 4 for x, y in crossed)
    if not blocked:
        return 0
    return -1 if y2 <= y1 or y1 < sum(y for _, y in places.values()) / len(places) else 1


def _arrow(link: Link, places: Mapping[str, Point]) -> tuple[str, str]:
    start, end = places[link.source], places[link.target]
    bow = _bow(link, places)
    edge = min(y for _, y in places.values()) if bow < 0 else max(y for _, y in places.values())
    bend = ((start[0] + end[0]) / 2, edge + bow * (BOX_HEIGHT + 34.0) if bow else (start[1] + end[1]) / 2)
    tail, head = _on_border(start, bend if bow else end), _on_border(end, bend if bow else start)
    colour = palette.BLUE if link.is_clear else palette.GREY
    width = 1.0 + 2.6 * min(abs(link.strength), 1.0)
    aim = math.atan2(head[1] - bend[1], head[0] - bend[0]) if bow else math.atan2(end[1] - start[1], end[0] - start[0])
    neck = (head[0] - HEAD * math.cos(aim), head[1] - HEAD * math.sin(aim))
    parts = [
        svg.curve(tail, bend, neck, stroke=colour, width=width, dashed=not link.is_clear)
        if bow
        else svg.curve(tail, _halfway(tail, neck), neck, stroke=colour, width=width, dashed=not link.is_clear),
        svg.polygon(_head(head, aim), fill=colour),
    ]
    share = 0.4 if abs(end[0] - start[0]) < 1.5 * _step(places) else 0.2  # a longer arrow is told by its first part
    at = (
        (0.25 * tail[0] + 0.5 * bend[0] + 0.25 * head[0], 0.25 * tail[1] + 0.5 * bend[1] + 0.25 * head[1])
        if bow
        else (tail[0] + share * (head[0] - tail[0]), tail[1] + share * (head[1] - tail[1]))
    )
    return "".join(parts), "".join(_tag(link, at))


def _step(places: Mapping[str, Point]) -> float:
    """Distance between two columns."""
    columns = sorted({x for x, _ in places.values()})
    return columns[1] - columns[0] if len(columns) > 1 else math.inf


def _tag(link: Link, at: Point) -> Iterator[str]:
    reach = 6.2 * len(link.label) + 5
    yield svg.rectangle(at[0] - reach / 2, at[1] - 7.5, reach, 15, fill=palette.PAPER)
    fill = palette.INK if link.is_clear else palette.MUTED
    yield svg.text(at[0], at[1] + 4, link.label, size=10.5, anchor="middle", fill=fill, bold=link.is_clear)


def _halfway(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _on_border(centre: Point, towards: Point) -> Point:
    """Where a line from the middle of a box leaves it."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    share = min(
        BOX_WIDTH / 2 / abs(dx) if dx else math.inf,
        BOX_HEIGHT / 2 / abs(dy) if dy else math.inf,
    )
    return centre[0] + dx * share, centre[1] + dy * share


def _head(tip: Point, aim: float) -> tuple[Point, Point, Point]:
    def corner(turn: float) -> Point:
        return tip[0] - HEAD * 1.25 * math.cos(aim + turn), tip[1] - HEAD * 1.25 * math.sin(aim + turn)

    return tip, corner(0.42), corner(-0.42)


def _box(node: Node, at: Point) -> str:
    x, y = at
    left, top = x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2
    frame = palette.BLUE if node.is_target else palette.AXIS
    parts = [svg.rectangle(left, top, BOX_WIDTH, BOX_HEIGHT, fill=palette.PAPER, stroke=frame)]
    if node.is_target:
        parts.append(svg.rectangle(left, top, BOX_WIDTH, 3.5, fill=palette.BLUE))
    name = textwrap.shorten(node.name, width=19, placeholder="…")
    parts.append(svg.text(x, top + 16.5, name, size=10.5, anchor="middle"))
    parts.append(svg.text(x, top + 34, node.value, size=15, anchor="middle", bold=True))
    parts.append(svg.text(x, top + 47, node.detail, size=9, anchor="middle", fill=palette.MUTED))
    return "".join(parts)
