"""What is chosen in the workbench, as it stands in the address: short names that stay, so that a link reproduces it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from servq.results.measures import OVERALL

DIMENSIONS, ITEMS = "dimensions", "items"
ALL_WAVES = "all"
MOST_VALUES = 500
"""Longer addresses are cut by somebody on the way."""


class Show(StrEnum):
    """How the numbers are shown."""

    TABLE = "table"
    DOTS = "dots"
    SHARES = "shares"
    TREND = "trend"
    HEAT = "heat"
    CROSS = "cross"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What is shown.

    Parameters
    ----------
    measure
        Id of a measure, or `DIMENSIONS` or `ITEMS` for all of them.
    side
        "" for the headline, or a battery whose level is shown.
    by, across
        Attributes whose groups are compared, "" for none; `across` stands in the columns of a cross-table.
    waves
        Numbers; none for the newest.
    is_all_waves
        Whether all waves are taken together.
    only
        Attribute and value of what alone is counted; several values of one attribute count together.
    """

    measure: str = OVERALL
    side: str = ""
    by: str = ""
    across: str = ""
    waves: tuple[int, ...] = ()
    is_all_waves: bool = False
    only: tuple[tuple[str, str], ...] = ()
    show: Show = Show.DOTS

    @property
    def query(self) -> str:
        """The address's query, without what goes without saying."""
        pairs = [
            ("m", self.measure if self.measure != OVERALL else ""),
            ("v", self.side),
            ("by", self.by),
            ("x", self.across),
            *(("w", str(number)) for number in self.waves),
            ("w", ALL_WAVES if self.is_all_waves else ""),
            *(("f", f"{name}:{value}") for name, value in self.only),
            ("show", self.show if self.show is not Show.DOTS else ""),
        ]
        return urlencode([(name, value) for name, value in pairs if value], safe=":")

    @property
    def conditions(self) -> dict[str, set[str]]:
        """Values by attribute, as `ScoredSurvey.select` takes them."""
        found: dict[str, set[str]] = {}
        for name, value in self.only:
            found.setdefault(name, set()).add(value)
        return found


def read_choices(query: Iterable[tuple[str, str]]) -> Choices:
    """Read an address; what it cannot mean is left out."""
    pairs = list(query)[:MOST_VALUES]

    def last(name: str) -> str:
        return next((value for key, value in reversed(pairs) if key == name), "")

    waves = [value for key, value in pairs if key == "w"]
    show = last("show")
    only = (_condition(value) for key, value in pairs if key == "f")
    return Choices(
        measure=last("m") or OVERALL,
        side=last("v"),
        by=last("by"),
        across=last("x"),
        waves=_numbers(waves),
        is_all_waves=ALL_WAVES in waves,
        only=tuple(dict.fromkeys(one for one in only if one is not None)),
        show=Show(show) if show in set(Show) else Show.DOTS,
    )


def _numbers(waves: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted({int(wave) for wave in waves if wave.isascii() and wave.isdigit() and len(wave) < 7}))


def _condition(text: str) -> tuple[str, str] | None:
    name, found, value = text.partition(":")
    return (name, value) if found and name else None
