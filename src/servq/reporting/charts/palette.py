"""Colours of the charts; the style sheet of the report uses the same ones.

Blue and rust stay apart for every common kind of colour blindness, and in grey the rust is the lighter one. Position,
fill and outline always say the same as the colour, so no reading depends on it.
"""

INK = "#16242f"
MUTED = "#5b6b78"
GRID = "#e1e6ea"
AXIS = "#7d8b96"
BLUE = "#11507a"
BLUE_PALE = "#a9c6da"
RUST = "#bf4a14"
RUST_PALE = "#efc4a8"
GREY = "#b4bec6"
PAPER = "#ffffff"
BLUE_FAINT = "#dce9f1"
RUST_FAINT = "#f8e6da"
BAND = "#e9eef2"

_WORST_TO_BEST = ("#8a3008", "#b9551f", "#d98a5c", "#efc4a8", "#e4e8eb", "#bcd3e2", "#7fadca", "#3f7ea8", "#0f486e")
"""Ordered by lightness on both sides of the pale middle, so that grey keeps the order on each side."""


def diverging(n_points: int, *, better: str = "high") -> tuple[str, ...]:
    """Colours of the points of a scale, from the lowest point to the highest; the middle of an odd scale is grey."""
    last = len(_WORST_TO_BEST) - 1
    half = n_points // 2
    low = [_WORST_TO_BEST[round(i * (last / 2 - 1) / max(half - 1, 1))] for i in range(half)]
    high = [_WORST_TO_BEST[last - round(i * (last / 2 - 1) / max(half - 1, 1))] for i in range(half)]
    middle = [_WORST_TO_BEST[last // 2]] if n_points % 2 else []
    colours = (*low, *middle, *reversed(high))
    return colours if better == "high" else colours[::-1]


def on_colour(fill: str) -> str:
    """Ink or paper, whichever can be read on a fill."""
    red, green, blue = (int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return PAPER if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.2 else INK
