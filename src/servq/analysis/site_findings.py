"""One site beside the rest of the organisation: what a site report adds to the findings of the site's own answers."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.absence import Unavailable
from servq.analysis.segment_findings import GroupMark, RankedGroup
from servq.messages import Message
from servq.statistics.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class BesideRow:
    """The headline score or a dimension at the site and at all other sites together.

    `mark` holds the difference, site − others, with its p adjusted over all sites, and what may be claimed of it.
    """

    id: str
    label: str | Message
    site: Estimate | Unavailable
    others: Estimate | Unavailable
    mark: GroupMark
    reading: Message


@dataclass(frozen=True, kw_only=True)
class SiteBeside:
    """One site beside all others.

    Parameters
    ----------
    n, n_others
        Respondents of the site, and of all other sites together.
    n_sites
        Sites that are shown.
    place
        Where the site may stand among them by the headline score; None where sites are not ranked.
    rows
        The headline score, then the dimensions.
    """

    site: str
    n: int
    n_others: int
    n_sites: int
    place: RankedGroup | None
    rows: tuple[BesideRow, ...]
    reading: Message
