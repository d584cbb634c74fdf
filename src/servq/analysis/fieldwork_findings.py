"""How the answers were collected: what became of those who were invited, and who answered by which way."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class FieldworkStep:
    """How many came so far; `meaning` says what is counted."""

    id: str
    label: Message
    meaning: Message
    n: int


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """What became of invitations; `letter` is AAPOR's for it."""

    label: Message
    letter: str
    n: int


@dataclass(frozen=True, kw_only=True)
class ResponseRate:
    """One of AAPOR's response rates: a share of those invited, no estimate of anything beyond them."""

    definition: str
    meaning: Message
    formula: str
    rate: Estimate | Unavailable


@dataclass(frozen=True, kw_only=True)
class FieldworkGroup:
    """One channel or site; `share` of those invited who completed, None where nobody was invited that way."""

    label: str
    n_invited: int
    n_started: int
    n_completed: int
    share: float | None


@dataclass(frozen=True, kw_only=True)
class ReasonNotInvited:
    """Why contacts were not invited."""

    label: Message
    n: int


@dataclass(frozen=True, kw_only=True)
class FieldworkFindings:
    """The fieldwork of a wave.

    Parameters
    ----------
    response_rate
        RR2: complete and partial responses of all who may be eligible; Unavailable where nobody was invited in person.
    sites
        Sites of few people stand together in one row.
    is_open
        Whether answers may still come.
    """

    as_of: str
    is_open: bool
    steps: tuple[FieldworkStep, ...]
    dispositions: tuple[Disposition, ...]
    rates: tuple[ResponseRate, ...]
    response_rate: Estimate | Unavailable
    channels: tuple[FieldworkGroup, ...]
    sites: tuple[FieldworkGroup, ...]
    not_invited: tuple[ReasonNotInvited, ...]
    reading: Message
