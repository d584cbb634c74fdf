"""The way of one respondent through the pages: what the answers given so far let a page ask; pure.

`servq.scoring.routing` applies the same rules to many respondents at once, when the answers are complete. Here the
question also is what may still come, so that a page can say how many pages there are at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from servq.instruments.model import Column, Comment
from servq.scoring.routing import Requirement, SkipRules
from servq.surveys.pages import Block, Page


class Progress(NamedTuple):
    """Where a page stands as its respondent counts; `total` is exact, or the most that there can be."""

    number: int
    total: int
    is_exact: bool


@dataclass(frozen=True)
class Route:
    """What one respondent is asked; answers at and behind `known_until` may still change and are left open.

    Parameters
    ----------
    codes
        Stored answer per column.
    known_until
        Columns before this position are decided; the number of columns if everything is.
    """

    pages: tuple[Page, ...]
    rules: SkipRules
    codes: Sequence[int] = ()
    known_until: int = 0

    @cached_property
    def _columns(self) -> tuple[list[bool], list[bool]]:
        """Whether each column may be asked, and whether it is asked for certain."""
        may, does = [True] * self.rules.n_columns, [True] * self.rules.n_columns
        for rule in self.rules.rules:
            rule_may, rule_does = self._judge(rule.requirements, may)
            for position in range(rule.first, rule.end):
                may[position] &= rule_may
                does[position] &= rule_does
        return may, does

    def _judge(self, requirements: Sequence[Requirement], may: Sequence[bool]) -> tuple[bool, bool]:
        """Whether requirements may be met, and whether they are."""
        could, are = True, True
        for requirement in requirements:
            position = requirement.position
            if position < self.known_until:
                met = may[position] and self.codes[position] in requirement.codes
                could, are = could and met, are and met
            else:
                could, are = could and may[position], False
        return could, are

    @cached_property
    def _comments(self) -> dict[str, tuple[bool, bool]]:
        may, _ = self._columns
        judged = (self._judge(requirements, may) for requirements in self.rules.comments.values())
        return dict(zip(self.rules.comments, judged, strict=True))

    def may_ask(self, page: Page) -> bool:
        """Whether anything on a page is asked, or may come to be."""
        if not self.rules.has_any:
            return True
        may, _ = self._columns
        return any(may[page.first : page.end]) or any(self._comments[comment.id][0] for comment in page.comments)

    def asks_for_certain(self, page: Page) -> bool:
        """Whether something on a page is asked whatever is still answered."""
        if not self.rules.has_any:
            return True
        _, does = self._columns
        return any(does[page.first : page.end]) or any(self._comments[comment.id][1] for comment in page.comments)

    def asks_at(self, position: int) -> bool:
        """Whether the column at a position may be asked."""
        return not self.rules.has_any or self._columns[0][position]

    def columns(self, block: Block) -> tuple[Column, ...]:
        """Columns of a block that are asked."""
        if not self.rules.has_any:
            return block.columns
        return tuple(column for position, column in enumerate(block.columns, block.first) if self.asks_at(position))

    def comments(self, page: Page) -> tuple[Comment, ...]:
        """Comments of a page that are asked."""
        if not self.rules.has_any:
            return page.comments
        return tuple(comment for comment in page.comments if self._comments[comment.id][0])

    def blocks(self, page: Page) -> tuple[Block, ...]:
        """Blocks of a page of which anything is asked."""
        return tuple(block for block in page.blocks if self.columns(block))

    def requires(self, page: Page) -> bool:
        """Whether a response of this respondent cannot be submitted without a page."""
        if not self.rules.has_any:
            return page.required
        return any(block.required for block in self.blocks(page)) or any(
            comment.required for comment in self.comments(page)
        )

    @cached_property
    def asked(self) -> tuple[Page, ...]:
        """Pages on which something is asked, or may come to be."""
        return tuple(page for page in self.pages if self.may_ask(page))

    @cached_property
    def required_bits(self) -> int:
        """Bits of the pages without which a response of this respondent cannot be submitted."""
        return sum(page.bit for page in self.asked if self.requires(page))

    def after(self, page: Page) -> Page | None:
        """Next page asked behind a page, in the same part."""
        return next((each for each in self._part(page) if each.number > page.number), None)

    def before(self, page: Page) -> Page | None:
        """Last page asked in front of a page, in the same part."""
        return next((each for each in reversed(self._part(page)) if each.number < page.number), None)

    def progress(self, page: Page) -> Progress:
        """Where a page stands among those of its part: certain ones are counted as such, possible ones as "up to"."""
        ahead = Route(self.pages, self.rules, self.codes, page.first)
        behind = [each for each in ahead.asked if each.part == page.part and each.number > page.number]
        number = 1 + sum(each.number < page.number for each in self._part(page))
        return Progress(number, number + len(behind), all(ahead.asks_for_certain(each) for each in behind))

    def count_columns(self, pages: Sequence[Page]) -> tuple[int, int]:
        """Count the columns of some pages that may be asked, and those that are asked for certain."""
        positions = [position for page in pages for position in range(page.first, page.end)]
        may, does = self._columns
        return sum(may[position] for position in positions), sum(does[position] for position in positions)

    def _part(self, page: Page) -> list[Page]:
        return [each for each in self.asked if each.part == page.part]


def whole_route(pages: tuple[Page, ...], rules: SkipRules, codes: Sequence[int]) -> Route:
    """Return what a respondent is asked by the answers stored now, all of them taken as given."""
    return Route(pages, rules, codes, known_until=rules.n_columns)


def open_route(pages: tuple[Page, ...], rules: SkipRules) -> Route:
    """Return everything that may be asked of somebody who has answered nothing."""
    return Route(pages, rules)
