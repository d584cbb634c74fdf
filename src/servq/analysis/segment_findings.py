"""Findings by group: scores of sites and segments, who differs beyond chance, and how sure a place in a ranking is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from servq.analysis.absence import NOTHING_SAID, Unavailable
from servq.messages import Message
from servq.statistics.estimate import Estimate

SITE = "site"
"""The attribute that names the site of a response."""
OVERALL = "overall"
"""Id of the headline score among the scores of a group."""

Direction = Literal["above", "below", "none"]
ComparedBy = Literal["others", "pairs", "nothing"]
"""How groups were compared: each with all others together (Welch, Benjamini–Hochberg), every pair (Games–Howell, Holm
over the dimensions), or not at all."""


@dataclass(frozen=True, kw_only=True)
class GroupMark:
    """What may be claimed of one score of one group after the correction for all comparisons.

    Parameters
    ----------
    direction
        Whether the score lies ``above`` or ``below`` the others beyond chance; ``none`` where that cannot be told.
        It speaks of the number: on a scale where low is good, ``below`` is the better side.
    is_slight
        Beyond chance, but smaller than a fifth of the standard deviation of the respondents (Cohen 1988).
    difference
        Group less all others together, p adjusted; None where every pair was compared.
    above, below
        Groups over and under which it lies, where every pair was compared.
    """

    direction: Direction
    is_slight: bool = False
    difference: Estimate | Unavailable | None = None
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RankedGroup:
    """One group in the ranking by the headline score.

    Parameters
    ----------
    rank
        Place by the estimate alone, 1 for the best; the mean rank where groups are tied.
    rank_low, rank_high
        Best and worst place that the data cannot rule out; all intervals together hold at the confidence level.
    place
        The place that may be printed: shared by all down to the last one that may hold it.
    is_shared
        Whether another group has the same place.
    """

    label: str
    n: int
    estimate: Estimate
    rank: float
    rank_low: int
    rank_high: int
    place: int
    is_shared: bool


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Groups by the headline score, the best first."""

    groups: tuple[RankedGroup, ...]
    confidence_level: float
    reading: Message


@dataclass(frozen=True, kw_only=True)
class SiteCell:
    """One score of one group with what may be claimed of it."""

    estimate: Estimate | Unavailable
    mark: GroupMark


@dataclass(frozen=True, kw_only=True)
class SiteRow:
    """One group; when suppressed it shows neither its size nor any number."""

    label: str | Message
    suppressed: bool
    n: int | None
    cells: dict[str, SiteCell]


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Scores by group: rows in the order of their labels, one cell per score, the headline first.

    Parameters
    ----------
    scores
        Ids of the scores, the headline first; the keys of the cells.
    totals
        Every score over all respondents.
    reading
        How many groups there are and why some are not shown.
    comparison
        What the comparison of the groups found, in words.
    ranking
        None where an order of the groups is not asked for.
    """

    rows: tuple[SiteRow, ...]
    scores: tuple[str, ...]
    totals: dict[str, Estimate | Unavailable]
    compared_by: ComparedBy
    minimum_group_size: int
    n_suppressed: int
    reading: Message
    comparison: Message
    ranking: Ranking | Unavailable | None = None


@dataclass(frozen=True, kw_only=True)
class SegmentGroup:
    """One group of a segment; when suppressed it shows neither its size nor any number.

    `marks` says of the headline (``overall``) and of every dimension what may be claimed beside the other groups.
    """

    label: str | Message
    suppressed: bool
    n: int | None
    overall: Estimate | Unavailable | None
    dimensions: dict[str, Estimate | Unavailable]
    marks: dict[str, GroupMark] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """The headline score and the dimensions by the groups of one attribute.

    Parameters
    ----------
    wording
        What was asked, where the groups are answers to an item.
    compared_by
        How the groups were compared; see `ComparedBy`.
    comparison
        What the comparison found, in words.
    ranking
        Places of sites; None for a segment whose groups have no order to be asked for.
    """

    attribute: str
    wording: str = ""
    groups: tuple[SegmentGroup, ...]
    minimum_group_size: int
    n_suppressed: int
    reading: Message
    compared_by: ComparedBy = "nothing"
    comparison: Message = NOTHING_SAID
    ranking: Ranking | Unavailable | None = None
