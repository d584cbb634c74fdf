"""Targets: what was agreed for a score, and what the answers say about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.estimate import Estimate

OVERALL = "overall"
"""Metric of the headline score; every other metric is the id of a dimension."""

TargetStatus = Literal["reached", "not_yet", "open", "missed", "unavailable"]
Better = Literal["high", "low"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What a target can be set for: the headline score or a dimension, with its range and its good end.

    `kind` is that of the headline score and says how its numbers are written.
    """

    id: str
    label: str
    kind: str
    low: float
    high: float
    better: Better


@dataclass(frozen=True, kw_only=True)
class AgreedTarget:
    """What was agreed: from which value to which one, where, and by when.

    Parameters
    ----------
    metric
        ``overall`` or the id of a dimension.
    site
        Name of the site, or None for all of them together.
    start, goal
        The value when the target was set, and the one aimed at.
    due_on
        The last day on which it may be reached.
    """

    metric: str
    site: str | None
    start: float
    goal: float
    due_on: date


@dataclass(frozen=True, kw_only=True)
class TargetFinding:
    """One target beside the score that answers it.

    `distance` is the score less the goal, turned so that a negative number is still to go, with the interval of the
    score; `progress` is the share of the way from start to goal that the score has gone (below 0: away from it; above
    1: beyond it), None where start and goal are the same.
    """

    metric: str
    label: str
    site: str | None
    start: float
    goal: float
    due_on: str
    kind: str
    better: Better
    estimate: Estimate | Unavailable
    distance: Estimate | Unavailable
    progress: float | None
    status: TargetStatus
    reading: Message


@dataclass(frozen=True, kw_only=True)
class TargetFindings:
    """All targets of a wave, the most urgent first, as seen on the day `as_of`."""

    as_of: str
    targets: tuple[TargetFinding, ...]
    reading: Message
