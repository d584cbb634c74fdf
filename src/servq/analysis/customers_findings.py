"""Findings of the comparison of assessors with the customers of the same sites."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.estimate import Comparison, Estimate


@dataclass(frozen=True, kw_only=True)
class SiteBeside:
    """One site: what assessors found and what customers say; `n_customers` is None where they are too few to show."""

    site: str
    n_visits: int
    visits: Estimate | Unavailable
    n_customers: int | None
    customers: Estimate | Unavailable


@dataclass(frozen=True, kw_only=True)
class CustomersBeside:
    """Sites by both, and how the two go together over the `n_sites` that have both.

    Parameters
    ----------
    attribute
        Attribute that names the site.
    visits_kind, customers_kind
        What the two headlines are, as in `OverallScore.kind`; that says how they are written.
    instrument
        What the customers were asked.
    source
        Where their answers came from.
    """

    attribute: str
    visits_kind: str
    customers_kind: str
    instrument: str
    source: str
    sites: tuple[SiteBeside, ...]
    correlation: Comparison | Unavailable
    n_sites: int
    reading: Message
