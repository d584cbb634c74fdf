"""The pages of a questionnaire: one per battery, in the order in which the instrument declares them.

The plan depends on the frozen revision and on how the survey is sat, on nothing else, so that a page number means the
same page for as long as the survey lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.instruments.model import Battery, Column, Comment, Instrument, ResponseScale
from servq.surveys.models import SittingMode

Part = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Page:
    """One battery as shown on one screen.

    Parameters
    ----------
    number
        From 0; bit ``1 << number`` marks it in `Response.pages_done`.
    part
        Which side of the service it is asked on; with one sitting everything is "after".
    first
        Position of its first column in ``instrument.columns``; its columns are contiguous.
    fields
        Name of the form field of each column: the instrument's own name of the data column.
    scale
        The points offered.
    comments
        Open text fields at its end.
    """

    number: int
    battery_id: str
    battery: Battery
    part: Part
    first: int
    columns: tuple[Column, ...]
    fields: tuple[str, ...]
    scale: ResponseScale
    comments: tuple[Comment, ...]

    @property
    def bit(self) -> int:
        """The page's mark in `Response.pages_done`."""
        return 1 << self.number

    @property
    def required(self) -> bool:
        """Whether a response cannot be submitted without it."""
        return not self.battery.optional


def pages_of(instrument: Instrument, sitting: SittingMode, *, comments: bool) -> tuple[Page, ...]:
    """Return the pages; with `before_after`, batteries up to the first one asked after the service come before it."""
    batteries = instrument.definition.batteries
    after_from = next((i for i, battery in enumerate(batteries.values()) if battery.moment == "after"), len(batteries))
    split = after_from if sitting is SittingMode.BEFORE_AFTER and 0 < after_from < len(batteries) else 0
    pages = []
    first = 0
    for number, (battery_id, battery) in enumerate(batteries.items()):
        columns = tuple(Column(battery_id, item) for item in instrument.asked_in(battery_id))
        last = number == len(batteries) - 1
        pages.append(
            Page(
                number=number,
                battery_id=battery_id,
                battery=battery,
                part="before" if number < split else "after",
                first=first,
                columns=columns,
                fields=tuple(instrument.column_name(column) for column in columns),
                scale=instrument.scale_of(battery_id),
                comments=instrument.definition.comments if comments and last else (),
            )
        )
        first += len(columns)
    return tuple(pages)
