"""Findings on the answers themselves: who answered, what is missing, and what the weights cost."""

from __future__ import annotations

from dataclasses import dataclass, field

from servq.messages import Message


@dataclass(frozen=True, kw_only=True)
class MissingCount:
    """Answers to one battery: asked, given, and missing by reason (counts of answers, not of respondents)."""

    battery: str
    n_asked: int
    n_answered: int
    n_skipped: int
    n_not_applicable: int
    n_not_shown: int


@dataclass(frozen=True, kw_only=True)
class ItemMissing:
    """One asked item (or points dimension) with the number of respondents who left it blank or not applicable."""

    battery: str
    item: str
    label: str
    n_missing: int
    share_missing: float


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """What survey weights cost: Kish's design effect, and the number of equal respondents that would say as much."""

    design_effect: float
    effective_n: float
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Responses:
    """Who answered and what they left out.

    `n_empty` rows without a single answer are left out of `n_respondents`; `n_complete` answered every rating;
    `n_partial` started but did not finish (None when the source cannot tell); `n_scored` have the headline score.
    `n_read_as_blank` cells such as "n/a" were read as blank although the scale offers "not applicable".
    `excluded` counts the responses that were left out of everything by hand, by the reason given. `most_missing` lists
    the items left out most often, worst first. `weighting` is None without survey weights.
    """

    n_respondents: int
    n_empty: int
    n_complete: int
    n_partial: int | None
    n_scored: int
    n_read_as_blank: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    batteries: tuple[MissingCount, ...]
    most_missing: tuple[ItemMissing, ...]
    weighting: Weighting | None = None
    reading: Message
