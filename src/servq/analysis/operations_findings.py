"""What service contacts (tickets, calls, chats) say: each service metric with its interval and its reading.

The operations package fills these; a report prints them beside what the customers answered. Numbers are unrounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.estimate import Estimate

Direction = Literal["high", "low"]
Timing = Literal["leading", "lagging"]
PeriodLength = Literal["day", "week", "month"]


@dataclass(frozen=True, kw_only=True)
class ServiceMetric:
    """One service metric over all contacts.

    Parameters
    ----------
    definition, counted
        What the number is, and which contacts count.
    unit
        ``share`` of 1, or what is counted, such as minutes.
    better
        Whether a high or a low value is good.
    timing
        ``leading`` moves before the customers' judgement and can be acted upon; ``lagging`` says how it ended.
    estimate
        The mean, share, ratio or rate; its `n` counts contacts.
    median
        Where values are skewed, what half of the contacts stay below; None for shares and ratios.
    """

    id: str
    name: Message
    definition: Message
    counted: Message
    unit: Message
    better: Direction
    timing: Timing
    estimate: Estimate | Unavailable
    median: Estimate | Unavailable | None
    reading: Message


@dataclass(frozen=True, kw_only=True)
class PeriodFlow:
    """Contacts opened and resolved in one period, with Poisson intervals, and those open at its end."""

    period: str
    opened: Estimate
    resolved: Estimate
    n_open_at_end: int


@dataclass(frozen=True, kw_only=True)
class ContactFlows:
    """The flow of contacts, the earliest period first."""

    length: PeriodLength
    periods: tuple[PeriodFlow, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class MetricOfGroup:
    """One service metric in one group; what is hidden or not estimable says why."""

    metric: str
    estimate: Estimate | Unavailable
    median: Estimate | Unavailable | None


@dataclass(frozen=True, kw_only=True)
class ServiceGroup:
    """One site, channel, team, agent or product; `n` and `metrics` are empty when it is suppressed."""

    label: str
    suppressed: bool
    n: int | None
    metrics: tuple[MetricOfGroup, ...]


@dataclass(frozen=True, kw_only=True)
class ServiceBreakdown:
    """The service metrics by one attribute, with small groups suppressed so that they cannot be worked out."""

    attribute: str
    name: Message
    groups: tuple[ServiceGroup, ...]
    minimum_group_size: int
    n_suppressed: int
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ScoreAssociation:
    """How a service metric goes with the survey score of the same sites `lag` periods later.

    `basis` is ``within_sites`` when levels of sites were taken out first, ``across_sites`` when they were not.
    """

    metric: str
    name: Message
    lag: int
    n_sites: int
    basis: Literal["within_sites", "across_sites"]
    estimate: Estimate | Unavailable
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ScoreLink:
    """Service metrics beside survey scores by site and period: a description, not an effect."""

    score: str
    length: PeriodLength
    n_cells: int
    associations: tuple[ScoreAssociation, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class OperationsFindings:
    """Everything that was computed from service contacts.

    Parameters
    ----------
    n_contacts, n_open, n_abandoned
        Contacts opened in the window; of these still open at `as_of`, and left by the customer in the queue.
    first_opened_on, last_opened_on
        Days (YYYY-MM-DD in `time_zone`) of the first and the last contact.
    as_of
        Moment (ISO 8601) up to which the contacts were observed; open ones waited at least until then.
    link
        None when there were no survey scores to set beside.
    cautions
        What holds for all of the numbers.
    """

    source: str
    source_sha256: str
    n_contacts: int
    n_open: int
    n_abandoned: int
    first_opened_on: str
    last_opened_on: str
    as_of: str
    time_zone: str
    confidence_level: float
    metrics: tuple[ServiceMetric, ...]
    flows: ContactFlows | Unavailable
    breakdowns: tuple[ServiceBreakdown, ...]
    link: ScoreLink | Unavailable | None
    cautions: tuple[Message, ...]
