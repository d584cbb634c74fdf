"""What a respondent is asked in one go, and the order in which items are shown; pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from servq.instruments.model import Column, RatingBattery
from servq.surveys.pages import Page, Part

FEW_QUESTIONS = 3
"""With at most this many questions the introduction stands above them instead of on a page of its own."""

ORDERS = 64
"""So many different orders are drawn of a shuffled battery; each page is then rendered once and kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The pages of one part, in order; respondents count them from 1."""

    pages: tuple[Page, ...]
    comes_back_later: bool

    @property
    def n_questions(self) -> int:
        """Answers asked for."""
        return sum(len(page.columns) for page in self.pages)

    @property
    def has_welcome(self) -> bool:
        """Whether the introduction has a page of its own."""
        return self.n_questions > FEW_QUESTIONS

    def position(self, page: Page) -> int:
        """Number of a page as respondents count."""
        return self.pages.index(page) + 1

    def before(self, page: Page) -> Page | None:
        """Return the page in front of this one."""
        position = self.pages.index(page)
        return self.pages[position - 1] if position else None

    def after(self, page: Page) -> Page | None:
        """Return the page behind this one."""
        position = self.pages.index(page) + 1
        return self.pages[position] if position < len(self.pages) else None


def asked_in(pages: tuple[Page, ...], part: Part) -> Asked:
    """Return the pages asked on one side of the service."""
    return Asked(
        tuple(page for page in pages if page.part == part),
        comes_back_later=part == "before" and any(page.part == "after" for page in pages),
    )


def part_to_ask(pages: tuple[Page, ...], pages_done: int) -> Part:
    """Return the part that is due: what comes before the service until all of it is stored."""
    return "before" if any(page.part == "before" and not pages_done & page.bit for page in pages) else "after"


def order_of(page: Page, seed: int) -> int:
    """Return which of the drawn orders a seed gives on this page; 0 where the order is fixed."""
    battery = page.battery
    return 1 + seed % ORDERS if isinstance(battery, RatingBattery) and battery.order == "shuffled" else 0


def shown_columns(page: Page, order: int) -> tuple[Column, ...]:
    """Return the columns of a page in one of its orders.

    Paired batteries get the same order from the same seed, so that a respondent meets their items alike.
    """
    if order == 0:
        return page.columns
    drawn = list(page.columns)
    Random(order).shuffle(drawn)  # noqa: S311 - an order of items is no secret
    return tuple(drawn)
