"""The numbers of a wave's fieldwork, put together from counts. Pure.

A case is one invitation. What became of it is told by AAPOR's dispositions for surveys of named persons on the
internet: who opened the survey and answered nothing, or asked to be left alone, refused; of whom nothing was heard, or
whose mail came back or never left, it is unknown whether they are eligible.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, get_args

from msgspec import Struct

from servq.errors import NotEstimable
from servq.statistics.response_rates import DispositionCounts, RateDefinition, response_rate
from servq.surveys.models import Channel


class Measure(StrEnum):
    """What is counted on the way from an invitation to its answers."""

    INVITED = "invited"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    STARTED = "started"
    COMPLETED = "completed"
    OPTED_OUT = "opted_out"


class CaseKind(StrEnum):
    """What became of an invitation, as far as it is known."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    REFUSED = "refused"
    OPENED_ONLY = "opened_only"
    NON_CONTACT = "non_contact"
    SILENT = "silent"
    UNDELIVERED = "undelivered"
    NOT_SENT = "not_sent"
    INELIGIBLE = "ineligible"


class CountRow(NamedTuple):
    """How often something happened on one day, by one channel, at one site ("" where there is none)."""

    measure: Measure
    day: str
    channel: Channel
    site: str
    n: int


class ReasonRow(NamedTuple):
    """How many were not asked for one reason, by one channel, at one site ("" where there is none)."""

    reason: str
    channel: Channel
    site: str
    n: int


class Progress(Struct, frozen=True, kw_only=True):
    """How far invitations and responses came.

    Parameters
    ----------
    invited
        Personal links that were made.
    delivered, bounced
        Invitations by mail that were handed over and did not come back; that came back or were refused.
    opened
        Personal links whose survey was seen.
    started, completed
        Responses with at least one page; submitted ones. Those of open links and kiosks are among them.
    opted_out
        Contacts that asked to be left alone after this invitation.
    """

    invited: int = 0
    delivered: int = 0
    bounced: int = 0
    opened: int = 0
    started: int = 0
    completed: int = 0
    opted_out: int = 0


class ReasonCount(Struct, frozen=True, kw_only=True):
    """How many were not asked for one reason, and among them by channel and site."""

    reason: str
    n: int
    by_channel: dict[str, int]
    by_site: dict[str, int]


class Rate(Struct, frozen=True, kw_only=True):
    """A response rate, or why there is none."""

    definition: str
    value: float | None
    n: int
    method: str
    caveats: tuple[str, ...]


class Fieldwork(Struct, frozen=True, kw_only=True):
    """The fieldwork of one wave.

    Parameters
    ----------
    by_day, by_channel, by_site
        The same counts, by day in UTC (``2026-03-04``), by channel, and by site ("" for none). What happens to one
        invitation on different days counts on each of them.
    invited_by_site
        The counts by site of only those channels by which somebody was invited, so that shares of those invited mean
        something.
    not_invited
        Contacts that were never invited to this wave, by the last reason.
    not_reminded
        Reminders that were not sent, by reason.
    dispositions
        Personal links by what became of them.
    response_rates
        RR1 to RR6 of AAPOR over the personal links.
    is_open
        Whether answers may still come; dispositions and rates are not final then.
    """

    survey_id: int
    wave: int
    wave_name: str
    at: datetime
    is_open: bool
    total: Progress
    by_day: dict[str, Progress]
    by_channel: dict[str, Progress]
    by_site: dict[str, Progress]
    invited_by_site: dict[str, Progress]
    not_invited: tuple[ReasonCount, ...]
    not_reminded: tuple[ReasonCount, ...]
    dispositions: dict[str, int]
    response_rates: tuple[Rate, ...]


def progress_by(rows: Iterable[CountRow], key: Callable[[CountRow], str]) -> dict[str, Progress]:
    """Add counts up by day, channel or site, in its order."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        sums[key(row)][row.measure.value] += row.n
    return {name: Progress(**sums[name]) for name in sorted(sums)}


def total_progress(rows: Iterable[CountRow]) -> Progress:
    """Add all counts up."""
    return progress_by(rows, lambda _: "all").get("all", Progress())


def reason_counts(rows: Iterable[ReasonRow]) -> tuple[ReasonCount, ...]:
    """Put the reason table together, the most frequent reason first."""
    total: Counter[str] = Counter()
    channels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    sites: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        total[row.reason] += row.n
        channels[row.reason][row.channel] += row.n
        sites[row.reason][row.site] += row.n
    return tuple(
        ReasonCount(reason=str(reason), n=n, by_channel=_plain(channels[reason]), by_site=_plain(sites[reason]))
        for reason, n in sorted(total.items(), key=lambda item: (-item[1], item[0]))
    )


def with_unlinked_partials(cases: Mapping[CaseKind, int], n_partial: int) -> dict[CaseKind, int]:
    """Count begun responses that nothing links to their invitations: each belongs to one that was opened."""
    found = {kind: cases.get(kind, 0) for kind in CaseKind}
    moved = min(n_partial, found[CaseKind.OPENED_ONLY])
    found[CaseKind.PARTIAL] += moved
    found[CaseKind.OPENED_ONLY] -= moved
    return found


def disposition_counts(cases: Mapping[CaseKind, int]) -> DispositionCounts:
    """Return the dispositions from which response rates are computed."""
    return DispositionCounts(
        complete=cases.get(CaseKind.COMPLETE, 0),
        partial=cases.get(CaseKind.PARTIAL, 0),
        refusal=cases.get(CaseKind.REFUSED, 0) + cases.get(CaseKind.OPENED_ONLY, 0),
        non_contact=cases.get(CaseKind.NON_CONTACT, 0),
        unknown=sum(cases.get(kind, 0) for kind in (CaseKind.SILENT, CaseKind.UNDELIVERED, CaseKind.NOT_SENT)),
        ineligible=cases.get(CaseKind.INELIGIBLE, 0),
    )


def all_rates(counts: DispositionCounts) -> tuple[Rate, ...]:
    """Return RR1 to RR6."""
    return tuple(_rate(definition, counts) for definition in get_args(RateDefinition))


def _rate(definition: RateDefinition, counts: DispositionCounts) -> Rate:
    try:
        found = response_rate(definition, counts)
    except NotEstimable as error:
        return Rate(definition=definition, value=None, n=0, method=f"AAPOR {definition}", caveats=(str(error.reason),))
    return Rate(
        definition=definition, value=found.value, n=found.n, method=found.method, caveats=tuple(map(str, found.caveats))
    )


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {str(name): n for name, n in sorted(counts.items())}
