"""Findings over several waves: each score with the limits that chance keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.messages import Message
from servq.statistics.estimate import Estimate

Newest = Literal["above", "below", "within"]


@dataclass(frozen=True, kw_only=True)
class TrendPoint:
    """One wave of one score, with its three-sigma limits.

    `is_outside` and `ends_run` are what the control chart says: beyond the limits, or the eighth wave or later in a row
    on one side of the centre.
    """

    wave: str
    estimate: Estimate
    lower: float
    upper: float
    is_outside: bool
    ends_run: bool


@dataclass(frozen=True, kw_only=True)
class TrendSeries:
    """One score over the waves in which it can be shown, oldest first.

    Parameters
    ----------
    centre
        Common value of all waves.
    sigma
        Standard deviation of a single respondent within a wave.
    newest
        Whether the last wave lies outside the limits, and on which side.
    is_slight
        Outside, but by less than a fifth of `sigma`.
    """

    id: str
    label: str | Message
    points: tuple[TrendPoint, ...]
    centre: float
    sigma: float
    newest: Newest
    is_slight: bool
    method: str
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Scores over waves; the first series is the headline, then the dimensions; `sites` are the headline by site.

    Parameters
    ----------
    waves
        Names of the waves, oldest first; a series lacks a wave in which it could not be shown.
    unchanged_items
        Items on which all waves are compared where the instrument was changed in between; None when it was not.
    n_changed
        Items of the newest wave that are left out.
    n_left_out
        Earlier waves that cannot be compared at all.
    """

    waves: tuple[str, ...]
    series: tuple[TrendSeries, ...]
    sites: tuple[TrendSeries, ...] = ()
    caveats: tuple[Message, ...] = ()
    reading: Message
    unchanged_items: tuple[str, ...] | None = None
    n_changed: int = 0
    n_left_out: int = 0
