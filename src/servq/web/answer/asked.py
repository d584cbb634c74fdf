"""What a respondent is asked in one go, and the order in which items are shown; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random

from servq.instruments.model import Column, RatingBattery
from servq.surveys.pages import Block, Page, Part
from servq.surveys.routes import Route

FEW_QUESTIONS = 3
"""With at most this many questions the introduction stands above them instead of on a page of its own."""

ORDERS = 64
"""So many different orders are drawn of a shuffled battery; each page is then rendered once and kept."""


@dataclass(frozen=True)
class Asked:
    """The pages of one part, in order, as far as they may be asked of anybody."""

    route: Route
    part: Part

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Its pages."""
        return tuple(page for page in self.route.asked if page.part == self.part)

    @cached_property
    def comes_back_later(self) -> bool:
        """Whether the rest is asked after the service."""
        return self.part == "before" and any(page.part == "after" for page in self.route.pages)

    @cached_property
    def n_questions(self) -> int:
        """Answers asked for at most."""
        return self.route.count_columns(self.pages)[0]

    @cached_property
    def asks_everybody(self) -> bool:
        """Whether `n_questions` are asked of everybody."""
        at_most, at_least = self.route.count_columns(self.pages)
        return at_most == at_least

    @property
    def has_welcome(self) -> bool:
        """Whether the introduction has a page of its own."""
        return self.n_questions > FEW_QUESTIONS


def part_to_ask(route: Route, pages_done: int) -> Part:
    """Return the part that is due: what comes before the service until all of it is stored."""
    return "before" if any(page.part == "before" and not pages_done & page.bit for page in route.asked) else "after"


def order_of(page: Page, seed: int) -> int:
    """Return which of the drawn orders a seed gives on this page; 0 where the order is fixed."""
    is_shuffled = any(
        isinstance(block.battery, RatingBattery) and block.battery.order == "shuffled" for block in page.blocks
    )
    return 1 + seed % ORDERS if is_shuffled else 0


def shown_columns(block: Block, columns: tuple[Column, ...], order: int) -> tuple[Column, ...]:
    """Return columns of a block in one of its orders.

    Paired batteries get the same order from the same seed, so that a respondent meets their items alike.
    """
    if order == 0 or not isinstance(block.battery, RatingBattery) or block.battery.order == "fixed":
        return columns
    drawn = list(columns)
    Random(order).shuffle(drawn)  # noqa: S311 - an order of items is no secret
    return tuple(drawn)
