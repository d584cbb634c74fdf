"""The gaps model as a drawing: what customers see above, the organisation below, one arrow for each gap."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from servq.reporting.charts import palette, svg

WIDTH, HEIGHT = 640.0, 474.0
BOX_WIDTH, BOX_HEIGHT = 190.0, 40.0
MIDDLE = 309.0
LEFT = MIDDLE - BOX_WIDTH / 2
RIGHT = MIDDLE + BOX_WIDTH / 2
DETOUR = 172.0
"""Where the arrow of gap 1 runs past the boxes between its ends."""
PROMISE_LEFT, PROMISE_WIDTH = 508.0, 130.0
ROWS = {"expected": 30.0, "experienced": 132.0, "delivered": 214.0, "standards": 316.0, "believed": 418.0}
BANDS = ((0.0, 184.0), (192.0, 282.0))
LINE = 13.0

Tone = Literal["below", "above", "unclear", "plain", "absent"]
_COLOURS = {"below": palette.RUST, "above": palette.BLUE, "plain": palette.INK}
_PROMISED = "promised"


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """One gap: what stands beside its arrow, and how it is drawn.

    ``below`` is a shortfall beyond chance, ``above`` the opposite, ``unclear`` a difference that may be none; ``plain``
    is a rating that is no shortfall by itself, ``absent`` has no number.
    """

    name: str
    value: str
    interval: str
    groups: Sequence[str]
    tone: Tone


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of the two sides and of the six boxes: expected, experienced, delivered, standards, believed, promised."""

    customers: str
    organisation: str
    boxes: Mapping[str, str]


def gaps_model(arrows: Mapping[int, Arrow], names: Names) -> str:
    """Draw the model.

    Parameters
    ----------
    arrows
        By the number of the gap, 1 to 5.
    names
        What the boxes and sides are called in the reader's language.
    """
    parts = [
        svg.rectangle(0, top, WIDTH, height, fill=fill)
        for (top, height), fill in zip(BANDS, ("#eef4f8", "#f5f3f0"), strict=True)
    ]
    parts.append(svg.text(12, 20, names.customers, size=11.5, bold=True, fill=palette.BLUE))
    parts.append(svg.text(12, 211, names.organisation, size=11.5, bold=True, fill=palette.INK))
    for name, top in ROWS.items():
        parts.extend(_box(LEFT, top, BOX_WIDTH, names.boxes[name]))
    parts.extend(_box(PROMISE_LEFT, ROWS["delivered"], PROMISE_WIDTH, names.boxes[_PROMISED]))
    # what is delivered is what customers experience: part of the model, but no gap
    parts.append(
        _line([(MIDDLE, ROWS["delivered"]), (MIDDLE, ROWS["experienced"] + BOX_HEIGHT + 5)], palette.GREY, 1.5)
    )
    parts.append(_head(MIDDLE, ROWS["experienced"] + BOX_HEIGHT, "up", palette.GREY))
    for gap, (upper, lower) in {
        5: ("expected", "experienced"),
        3: ("delivered", "standards"),
        2: ("standards", "believed"),
    }.items():
        top, bottom = ROWS[upper] + BOX_HEIGHT, ROWS[lower]
        parts.extend(_between(arrows[gap], top, bottom))
        parts.extend(_words(arrows[gap], MIDDLE + 18, top + 15))
    parts.extend(_knowledge(arrows[1]))
    parts.extend(_communication(arrows[4]))
    return svg.document(WIDTH, HEIGHT, parts)


def _between(arrow: Arrow, top: float, bottom: float) -> Iterator[str]:
    colour = _colour(arrow)
    yield _line([(MIDDLE, top + 6), (MIDDLE, bottom - 6)], colour, 2.6, dashed=_dashed(arrow))
    yield _head(MIDDLE, top, "up", colour)
    yield _head(MIDDLE, bottom, "down", colour)


def _knowledge(arrow: Arrow) -> Iterator[str]:
    """Gap 1 joins the first box and the last, past all the others."""
    colour = _colour(arrow)
    top, bottom = ROWS["expected"] + BOX_HEIGHT / 2, ROWS["believed"] + BOX_HEIGHT / 2
    yield _line(
        [(LEFT - 6, top), (DETOUR, top), (DETOUR, bottom), (LEFT - 6, bottom)], colour, 2.6, dashed=_dashed(arrow)
    )
    yield _head(LEFT, top, "right", colour)
    yield _head(LEFT, bottom, "right", colour)
    yield from _words(arrow, DETOUR - 12, ROWS["delivered"] + 72, anchor="end")


def _communication(arrow: Arrow) -> Iterator[str]:
    colour = _colour(arrow)
    height = ROWS["delivered"] + BOX_HEIGHT / 2
    yield _line([(RIGHT + 6, height), (PROMISE_LEFT - 6, height)], colour, 2.6, dashed=_dashed(arrow))
    yield _head(RIGHT, height, "left", colour)
    yield _head(PROMISE_LEFT, height, "right", colour)
    yield from _words(arrow, PROMISE_LEFT, ROWS["delivered"] + BOX_HEIGHT + 15)


def _words(arrow: Arrow, x: float, y: float, *, anchor: Literal["start", "end"] = "start") -> Iterator[str]:
    yield svg.text(x, y, arrow.name, size=10.5, anchor=anchor, fill=palette.INK)
    yield svg.text(x, y + LINE + 3, arrow.value, size=15, anchor=anchor, bold=True, fill=_colour(arrow, words=True))
    below = [line for line in (arrow.interval, *arrow.groups) if line]
    for position, line in enumerate(below):
        yield svg.text(x, y + 2 * LINE + 2 + 11.5 * position, line, size=9.5, anchor=anchor, fill=palette.MUTED)


def _box(left: float, top: float, width: float, label: str) -> Iterator[str]:
    yield svg.rectangle(left, top, width, BOX_HEIGHT, fill=palette.PAPER, stroke=palette.AXIS)
    lines = textwrap.wrap(label, width=int(width / 5.9)) or [""]
    first = top + BOX_HEIGHT / 2 + 4 - 6.5 * (len(lines) - 1)
    for position, line in enumerate(lines):
        yield svg.text(left + width / 2, first + 13 * position, line, size=10.5, anchor="middle", bold=True)


def _colour(arrow: Arrow, *, words: bool = False) -> str:
    return _COLOURS.get(arrow.tone, palette.MUTED if words else palette.AXIS)


def _dashed(arrow: Arrow) -> bool:
    return arrow.tone in {"unclear", "absent"}


def _line(points: Sequence[tuple[float, float]], stroke: str, width: float, *, dashed: bool = False) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dash}/>'


def _head(x: float, y: float, direction: Literal["up", "down", "left", "right"], fill: str) -> str:
    """A triangle whose tip is at (x, y)."""
    along, across = {
        "up": ((0, 1), (1, 0)),
        "down": ((0, -1), (1, 0)),
        "left": ((1, 0), (0, 1)),
        "right": ((-1, 0), (0, 1)),
    }[direction]
    base = (x + 9 * along[0], y + 9 * along[1])
    corners = [
        (x, y),
        (base[0] + 5 * across[0], base[1] + 5 * across[1]),
        (base[0] - 5 * across[0], base[1] - 5 * across[1]),
    ]
    return f'<polygon points="{" ".join(f"{a:g},{b:g}" for a, b in corners)}" fill="{fill}"/>'
