"""The few SVG elements that the charts are made of."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Literal

from servq.reporting.charts import palette
from servq.translation import line_isolated

SVG_NAMESPACE = "http://www.w3.org/2000/svg"

FONTS = "'Noto Sans', 'Noto Sans Arabic', 'Noto Sans Devanagari', 'DejaVu Sans', sans-serif"
Anchor = Literal["start", "middle", "end"]


def document(width: float, height: float, parts: Iterable[str]) -> str:
    """Wrap elements into one SVG image of this size."""
    return (
        f'<svg class="chart" xmlns="{SVG_NAMESPACE}" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" '
        f'height="{_n(height)}" font-family="{FONTS}">' + "".join(parts) + "</svg>"
    )


def data_uri(svg: str) -> str:
    """Return the image as an address that needs no fetching."""
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 11,
    anchor: Anchor = "start",
    fill: str = palette.INK,
    bold: bool = False,
) -> str:
    """One line of text with its baseline at `y`."""
    extra = "" if anchor == "start" else f' text-anchor="{anchor}"'
    extra += ' font-weight="700"' if bold else ""
    words = escape(line_isolated(content))
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}"{extra}>{words}</text>'


def upright(x: float, y: float, content: str, *, size: float = 11) -> str:
    """One bold line of text that runs upwards and ends at `y`."""
    return (
        f'<text transform="translate({_n(x)} {_n(y)}) rotate(-90)" font-size="{_n(size)}" text-anchor="end" '
        f'font-weight="700" fill="{palette.INK}">{escape(line_isolated(content))}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1, dashed: bool = False) -> str:
    """Draw a straight line."""
    dash = ' stroke-dasharray="2.5 2.5"' if dashed else ""
    return (
        f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{stroke}" '
        f'stroke-width="{_n(width)}"{dash}/>'
    )


def rectangle(x: float, y: float, width: float, height: float, *, fill: str, stroke: str | None = None) -> str:
    """Draw a box; an outline is drawn inside it."""
    inset = 0.5 if stroke else 0.0
    outline = f' stroke="{stroke}"' if stroke else ""
    return (
        f'<rect x="{_n(x + inset)}" y="{_n(y + inset)}" width="{_n(max(width - 2 * inset, 0))}" '
        f'height="{_n(max(height - 2 * inset, 0))}" fill="{fill}"{outline}/>'
    )


def circle(x: float, y: float, radius: float, *, fill: str, stroke: str) -> str:
    """Draw a dot with an outline."""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{stroke}" stroke-width="1.6"/>'


def polygon(points: Iterable[tuple[float, float]], *, fill: str) -> str:
    """Draw a filled shape."""
    return f'<polygon points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}" fill="{fill}"/>'


def curve(
    start: tuple[float, float],
    bend: tuple[float, float],
    end: tuple[float, float],
    *,
    stroke: str,
    width: float = 1,
    dashed: bool = False,
) -> str:
    """Draw a line from `start` to `end` that leans towards `bend`."""
    dash = ' stroke-dasharray="3 3"' if dashed else ""
    route = f"M{_n(start[0])} {_n(start[1])} Q{_n(bend[0])} {_n(bend[1])} {_n(end[0])} {_n(end[1])}"
    return f'<path d="{route}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}"{dash}/>'


def _n(value: float) -> str:
    """Coordinates to a hundredth of a unit: finer than print, and the file stays small."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
