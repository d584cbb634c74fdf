"""The pages of a questionnaire: one per battery, or per group of batteries that the instrument asks together.

The plan depends on the frozen revision and on how the survey is sat, on nothing else, so that a page number means the
same page for as long as the survey lives. Which of the pages one respondent is asked is decided in ``routes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from servq.instruments.model import Battery, ChoiceBattery, Column, Comment, Evidence, Instrument, PointsBattery
from servq.scoring.answers import Missing
from servq.surveys.models import SittingMode

Part = Literal["before", "after"]


@dataclass(frozen=True)
class Block:
    """One battery on a page.

    Parameters
    ----------
    first
        Position of its first column in ``instrument.columns``; its columns are contiguous.
    fields
        Name of the form field of each column: the instrument's own name of the data column.
    points
        Every answer that each column can hold, missing codes apart.
    not_applicable
        Whether an item may be answered with "not applicable".
    evidence
        For each column what an assessor adds to the answer, if anything.
    """

    battery_id: str
    battery: Battery
    first: int
    columns: tuple[Column, ...]
    fields: tuple[str, ...]
    points: tuple[range, ...]
    not_applicable: bool
    evidence: tuple[Evidence | None, ...]

    @property
    def required(self) -> bool:
        """Whether a response cannot be submitted without it, if it is asked."""
        return not self.battery.optional

    @property
    def is_distinct(self) -> bool:
        """Whether an option may be chosen in one of its items only."""
        return isinstance(self.battery, ChoiceBattery) and self.battery.distinct

    @cached_property
    def usual(self) -> tuple[Mapping[str, int], ...]:
        """For each column the code of every answer, blank included, as a browser sends it."""
        return tuple({"": int(Missing.SKIPPED)} | {str(point): point for point in points} for points in self.points)


@dataclass(frozen=True)
class Page:
    """What one screen can ask; some of it only of some respondents.

    Parameters
    ----------
    number
        From 0; bit ``1 << number`` marks it in `Response.pages_done`.
    part
        Which side of the service it is asked on; with one sitting everything is "after".
    first
        Position of its first column in ``instrument.columns``, or the number of columns if it has none.
    blocks
        Its batteries; their columns are contiguous.
    comments
        Open fields at its end.
    """

    number: int
    part: Part
    first: int
    blocks: tuple[Block, ...]
    comments: tuple[Comment, ...]

    @property
    def bit(self) -> int:
        """The page's mark in `Response.pages_done`."""
        return 1 << self.number

    @property
    def required(self) -> bool:
        """Whether a response cannot be submitted without it, if all of it is asked."""
        return any(block.required for block in self.blocks) or any(comment.required for comment in self.comments)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Stored columns of the page."""
        return tuple(column for block in self.blocks for column in block.columns)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of its form fields, one per column."""
        return tuple(name for block in self.blocks for name in block.fields)

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """What an assessor adds to an answer, by the form field of the answer."""
        return {
            name: evidence
            for block in self.blocks
            for name, evidence in zip(block.fields, block.evidence, strict=True)
            if evidence is not None
        }

    @property
    def end(self) -> int:
        """Position behind its last column."""
        return self.first + len(self.columns)


def allowed_codes(block: Block, position: int) -> frozenset[int]:
    """Every code that may be stored in a column of a block."""
    missing = {Missing.SKIPPED, Missing.NOT_SHOWN, *((Missing.NOT_APPLICABLE,) if block.not_applicable else ())}
    return frozenset(block.points[position]) | missing


def pages_of(instrument: Instrument, sitting: SittingMode, *, comments: bool) -> tuple[Page, ...]:
    """Return the pages; with `before_after`, batteries up to the first one asked after the service come before it.

    Comments that everybody is asked stand at the end of the last page, if everybody is asked something on it. The
    others stand on a page of their own behind it. Without `comments` only those remain that are required.
    """
    batteries = instrument.definition.batteries
    groups = _groups(instrument)
    after_from = next((i for i, group in enumerate(groups) if batteries[group[-1]].moment == "after"), len(groups))
    split = after_from if sitting is SittingMode.BEFORE_AFTER and 0 < after_from < len(groups) else 0
    asked = tuple(each for each in instrument.definition.comments if comments or each.required)
    has_room = any(not batteries[battery_id].asked_if for battery_id in groups[-1])
    on_last_page = tuple(comment for comment in asked if has_room and not comment.asked_if)
    behind = tuple(comment for comment in asked if comment not in on_last_page)
    pages = []
    first = 0
    for number, group in enumerate(groups):
        page = Page(
            number=number,
            part="before" if number < split else "after",
            first=first,
            blocks=_blocks(instrument, group, first),
            comments=on_last_page if number == len(groups) - 1 else (),
        )
        pages.append(page)
        first = page.end
    if behind:
        pages.append(Page(number=len(groups), part="after", first=first, blocks=(), comments=behind))
    return tuple(pages)


def _groups(instrument: Instrument) -> tuple[tuple[str, ...], ...]:
    """Batteries by page, in the order in which the instrument declares them."""
    together = {battery_id: group for group in instrument.definition.pages for battery_id in group}
    groups = (together.get(battery_id, (battery_id,)) for battery_id in instrument.definition.batteries)
    order = list(instrument.definition.batteries)
    return tuple(dict.fromkeys(tuple(sorted(group, key=order.index)) for group in groups))


def _blocks(instrument: Instrument, group: tuple[str, ...], first: int) -> tuple[Block, ...]:
    blocks = []
    for battery_id in group:
        battery = instrument.definition.batteries[battery_id]
        columns = tuple(Column(battery_id, item) for item in instrument.asked_in(battery_id))
        offers_points = isinstance(battery, PointsBattery | ChoiceBattery)
        block = Block(
            battery_id=battery_id,
            battery=battery,
            first=first,
            columns=columns,
            fields=tuple(instrument.column_name(column) for column in columns),
            points=tuple(instrument.points_of(column) for column in columns),
            not_applicable=not offers_points and instrument.scale_of(battery_id).not_applicable,
            evidence=tuple(None if offers_points else instrument.item(column.item).evidence for column in columns),
        )
        blocks.append(block)
        first += len(columns)
    return tuple(blocks)
