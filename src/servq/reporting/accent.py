"""The accent colour of an organisation: used for the frame of a report, never for data, and always readable.

Contrast is that of WCAG 2.2 (relative luminance of sRGB); a colour is darkened in Oklab (Ottosson 2020), where the
lightness can be changed without changing the hue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from servq.errors import Problem, RequestInvalid
from servq.messages import Message

READABLE = 4.5
"""Contrast that WCAG 2.2 asks of text at level AA (success criterion 1.4.3)."""

WHITE = (1.0, 1.0, 1.0)
QUIET_SHARE = 0.25
"""How much of the accent is mixed into the white of secondary words on it, as long as they stay readable."""

Colour = tuple[float, float, float]

_WRITTEN = re.compile(r"#?(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ContrastCheck:
    """What became of a colour: its contrast with white, and the nearest darker one that passes (itself if it does)."""

    colour: str
    contrast: float
    nearest: str

    @property
    def passes(self) -> bool:
        """Whether white words on the colour, and words of the colour on white, can be read."""
        return self.contrast >= READABLE


def parse_colour(written: str) -> str | None:
    """Return a colour as ``#rrggbb``; None when it is none."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    short, long = found.groups()[:3], found.groups()[3:]
    return "#" + "".join(sign * 2 for sign in short if sign).lower() if all(short) else "#" + "".join(long).lower()


def check_contrast(colour: str) -> ContrastCheck:
    """Compare a colour ``#rrggbb`` with white paper.

    Parameters
    ----------
    colour
        As `parse_colour` returns it.
    """
    contrast = _contrast(_channels(colour), WHITE)
    return ContrastCheck(colour=colour, contrast=contrast, nearest=_darkened(colour))


def accepted_accent(written: str, *, file: str | None = None, line: int | None = None) -> str:
    """Return a colour that can be used, as ``#rrggbb``.

    Raises
    ------
    RequestInvalid
        It is no colour, or cannot be read on white; the problem names the nearest colour that passes.
    """
    colour = parse_colour(written)
    if colour is None:
        raise RequestInvalid(
            Problem(
                Message("“{written}” is no colour.", written=written),
                Message("Write it as #rrggbb, such as #0c2f47."),
                file=file,
                line=line,
            )
        )
    found = check_contrast(colour)
    if not found.passes:
        raise RequestInvalid(
            Problem(
                Message(
                    "The accent {colour} has a contrast of {contrast:.1f} : 1 with white paper, too little to read.",
                    colour=colour,
                    contrast=found.contrast,
                ),
                Message(
                    "At least {needed:.1f} : 1 is needed; the nearest colour that passes is {nearest}.",
                    needed=READABLE,
                    nearest=found.nearest,
                ),
                file=file,
                line=line,
            )
        )
    return colour


def quiet_on(colour: str) -> str:
    """Colour of secondary words on the accent: white with a little of it where that stays readable, else white."""
    ground = _channels(colour)
    mixed: Colour = _mixed(ground)
    return _written(mixed if _contrast(ground, mixed) >= READABLE else WHITE)


def _mixed(ground: Colour) -> Colour:
    red, green, blue = (QUIET_SHARE * one + (1 - QUIET_SHARE) for one in ground)
    return red, green, blue


def _darkened(colour: str) -> str:
    """Lower the lightness until the colour passes, by halving the interval; hue and chroma stay."""
    if _contrast(_channels(colour), WHITE) >= READABLE:
        return colour
    lightness, a, b = _oklab(_channels(colour))
    passing, failing = 0.0, lightness
    for _ in range(24):
        middle = (passing + failing) / 2
        if _contrast(_channels(_written(_srgb(middle, a, b))), WHITE) >= READABLE:
            passing = middle
        else:
            failing = middle
    return _written(_srgb(passing, a, b))


def _channels(colour: str) -> Colour:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _written(colour: Colour) -> str:
    return "#" + "".join(f"{round(min(1.0, max(0.0, one)) * 255):02x}" for one in colour)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> float:
    kept = min(1.0, max(0.0, channel))
    return float(12.92 * kept if kept <= 0.0031308 else 1.055 * kept ** (1 / 2.4) - 0.055)


def _luminance(colour: Colour) -> float:
    red, green, blue = map(_linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _oklab(colour: Colour) -> Colour:
    red, green, blue = map(_linear, colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _srgb(lightness: float, a: float, b: float) -> Colour:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )
