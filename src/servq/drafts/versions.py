"""Versions of published instruments: numbers with dots that rise; pure."""

from __future__ import annotations

import re

from servq.instruments.basis import VERSION_PATTERN
from servq.instruments.differences import differences, unchanged_items
from servq.instruments.model import Instrument, RatingBattery


def is_version(text: str) -> bool:
    """Whether a text is a version at all."""
    return re.match(VERSION_PATTERN, text) is not None


def is_later(version: str, than: str) -> bool:
    """Whether a version comes after another; ``1.10`` does after ``1.9``."""
    return is_version(version) and is_version(than) and _numbers(version) > _numbers(than)


def next_version(version: str) -> str:
    """Return the version after one, its last number raised by one."""
    *first, last = _numbers(version) or (0,)
    return ".".join(str(number) for number in (*first, last + 1))


def next_after(before: Instrument, after: Instrument) -> str:
    """Return a version for what comes after an instrument: a whole number higher where scores are not comparable."""
    version = before.definition.version
    if is_comparable(before, after):
        return next_version(version)
    return f"{_numbers(version)[0] + 1}.0"


def is_comparable(before: Instrument, after: Instrument) -> bool:
    """Whether every item is asked and scored as before."""
    if any(difference.changes_scores for difference in differences(before, after)):
        return False
    n_rated = sum(column.battery in _rated(after) for column in after.columns)
    return len(unchanged_items(before, after)) == n_rated


def _rated(instrument: Instrument) -> frozenset[str]:
    batteries = instrument.definition.batteries.items()
    return frozenset(key for key, battery in batteries if isinstance(battery, RatingBattery))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
