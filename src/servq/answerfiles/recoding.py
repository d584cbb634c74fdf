"""What the cells of somebody else's table mean on the scale of an item: proposed here, decided by a person; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from servq.instruments.model import ChoiceBattery, Instrument, RatingBattery
from servq.scoring.answers import Missing

BLANKS = frozenset({"", ".", "-", "nan", "null", "none", "#null!", "-99", "-999"})
NOT_APPLICABLE = frozenset(
    {
        "n/a",
        "na",
        "#n/a",
        "not applicable",
        "does not apply",
        "no opinion",
        "don't know",
        "nicht zutreffend",
        "trifft nicht zu",
        "keine angabe",
        "weiß nicht",
        "لا ينطبق",
    }
)
_NUMBER = re.compile(r"[+-]?\d{1,6}(?:[.,]0+)?")
_LEADING = re.compile(r"(?:AO|A|SQ)?0*(?P<point>\d{1,3})(?:\s*[-–=:.)]\s*|\s+|$).*", re.IGNORECASE | re.DOTALL)

MOST_SHIFTED = 10
"""Points by which a scale may be shifted; further off it is another scale."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the cells of one battery mean.

    Parameters
    ----------
    offset
        Added to a number: 1 makes 0–6 to 1–7.
    cells
        Code of each cell that is no plain number on the scale, None where it cannot be told.
    """

    offset: int
    cells: Mapping[str, int | None]


def propose(instrument: Instrument, battery_id: str, cells: Iterable[str]) -> Meaning:
    """Propose what cells mean: numbers, labels of points in any language, "not applicable", blanks."""
    texts = sorted({cell.strip() for cell in cells})
    numbers = [number for text in texts if (number := number_of(text)) is not None and text.casefold() not in BLANKS]
    low, high = points_of(instrument, battery_id)
    offset = _offset(numbers, low, high)
    known = labels_of(instrument, battery_id)
    takes_not_applicable = has_not_applicable(instrument, battery_id)
    found: dict[str, int | None] = {}
    for text in texts:
        plain, number = text.casefold(), number_of(text)
        if plain in BLANKS:
            found[text] = int(Missing.SKIPPED)
        elif number is not None and low <= number + offset <= high:
            continue
        elif plain in known:
            found[text] = known[plain]
        elif plain in NOT_APPLICABLE:
            found[text] = int(Missing.NOT_APPLICABLE if takes_not_applicable else Missing.SKIPPED)
        elif number is None and (leading := _LEADING.fullmatch(text)) and low <= int(leading["point"]) <= high:
            found[text] = int(leading["point"])
        else:
            found[text] = None
    return Meaning(offset, found)


def number_of(text: str) -> int | None:
    """Return the whole number that a cell is, or None."""
    text = text.strip()
    return int(float(text.replace(",", "."))) if _NUMBER.fullmatch(text) else None


def points_of(instrument: Instrument, battery_id: str) -> tuple[int, int]:
    """Return the lowest and the highest answer that a battery takes in any of its items."""
    if isinstance(instrument.definition.batteries[battery_id], ChoiceBattery):
        return 1, max(len(instrument.options_of(item)) for item in instrument.asked_in(battery_id))
    scale = instrument.scale_of(battery_id)
    return scale.low, scale.high


def has_not_applicable(instrument: Instrument, battery_id: str) -> bool:
    """Whether a battery offers "not applicable"."""
    battery = instrument.definition.batteries[battery_id]
    return isinstance(battery, RatingBattery) and instrument.scale_of(battery_id).not_applicable


def labels_of(instrument: Instrument, battery_id: str) -> dict[str, int]:
    """Return the code of each label in any language, in small letters; one with two meanings has none."""
    battery = instrument.definition.batteries[battery_id]
    found: dict[str, set[int]] = {}
    for locale, texts in instrument.texts.items():
        if isinstance(battery, RatingBattery):
            words = texts.scales[battery.scale]
            for point, label in words.anchors.items():
                found.setdefault(label.strip().casefold(), set()).add(point)
                found.setdefault(f"{point} {label}".strip().casefold(), set()).add(point)
            if words.not_applicable:
                found.setdefault(words.not_applicable.strip().casefold(), set()).add(int(Missing.NOT_APPLICABLE))
        elif isinstance(battery, ChoiceBattery):
            for item in instrument.asked_in(battery_id):
                for place, option in enumerate(instrument.options_of(item), start=1):
                    for name in (option, instrument.option_label(item, option, locale)):
                        found.setdefault(name.strip().casefold(), set()).add(place)
    return {label: codes.pop() for label, codes in found.items() if label and len(codes) == 1}


def _offset(numbers: list[int], low: int, high: int) -> int:
    """By how many points the numbers are shifted against the scale.

    They are where they cover a range as wide as the scale's, or begin one below it and end below its top: 0–6 for 1–7.
    A single number off the scale is more likely a slip.
    """
    if not numbers or (min(numbers) >= low and max(numbers) <= high):
        return 0
    covers = max(numbers) - min(numbers) == high - low
    begins_below = min(numbers) == low - 1 and max(numbers) < high
    offset = low - min(numbers)
    return offset if (covers or begins_below) and abs(offset) <= MOST_SHIFTED else 0
