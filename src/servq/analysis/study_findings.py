"""Findings of a gaps study: the five gaps, what leads to them, the sites, and what may be said about them.

A tree of its own beside `Findings`: JSON, HTML and PDF are written from it, so a number is the same in all of them. A
part that cannot be had is an `Unavailable` with its reason. A gap between two groups is first − second: managers −
customers for gap 1, perception − expectation for gap 5. Gaps 2 to 4 are ratings; their shortfall is rating − top point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.analysis.findings import NOTHING_SAID, Manifest, Scale
from servq.analysis.gap_findings import AntecedentGroup, RatedGap, Verdict
from servq.analysis.study_answers import Role
from servq.messages import Message
from servq.statistics.estimate import Comparison, Estimate, MeanEstimate

GapNumber = Literal[1, 2, 3, 4, 5]


@dataclass(frozen=True, kw_only=True)
class AudienceFound:
    """Who took part; `n_respondents` is None where nobody did or too few to be counted openly."""

    role: Role
    label: Message
    n_respondents: int | None
    n_empty: int
    minimum_group_size: int
    manifest: Manifest | None
    absence: Message | None


@dataclass(frozen=True, kw_only=True)
class KnowledgeRow:
    """One dimension or item as managers and customers see it; `gap` is managers − customers, p adjusted by Holm."""

    id: str
    label: str
    number: int | None = None
    dimension: str | None = None
    managers: MeanEstimate | Unavailable
    customers: MeanEstimate | Unavailable
    gap: Comparison | Unavailable
    reading: Message = NOTHING_SAID


@dataclass(frozen=True, kw_only=True)
class PointsRow:
    """Importance points of one dimension: what managers think customers give, and what customers give."""

    id: str
    label: str
    managers: MeanEstimate | Unavailable
    customers: MeanEstimate | Unavailable
    difference: Comparison | Unavailable


@dataclass(frozen=True, kw_only=True)
class KnowledgeGap:
    """Gap 1: managers' view of customers' expectations − customers' expectations.

    Parameters
    ----------
    overall
        Difference of the mean over all dimensions, Welch's test, not adjusted.
    weighted
        The same with the dimensions weighted by the customers' mean points, which are taken as known.
    dimensions, items
        One family of Welch tests each, adjusted by Holm.
    points
        The 100 points of both sides, one family of Welch tests.
    """

    overall: Comparison | Unavailable
    weighted: Comparison | Unavailable
    scale: Scale
    dimensions: tuple[KnowledgeRow, ...]
    items: tuple[KnowledgeRow, ...]
    points: tuple[PointsRow, ...] | Unavailable
    verdict: Verdict
    reading: Message


@dataclass(frozen=True, kw_only=True)
class PerceivedRow:
    """One dimension or item of gap 5; both sides over the respondents who answered both."""

    id: str
    label: str
    number: int | None = None
    dimension: str | None = None
    expectation: MeanEstimate | Unavailable
    perception: MeanEstimate | Unavailable
    gap: Comparison | Unavailable
    reading: Message = NOTHING_SAID


@dataclass(frozen=True, kw_only=True)
class PerceivedGap:
    """Gap 5: what customers experience − what they expect, with paired tests adjusted by Holm within a family."""

    overall: Comparison | Unavailable
    weighted: Comparison | Unavailable
    scale: Scale
    dimensions: tuple[PerceivedRow, ...]
    items: tuple[PerceivedRow, ...]
    verdict: Verdict
    reading: Message


@dataclass(frozen=True, kw_only=True)
class SiteRow:
    """One site: numbers of respondents by audience (None where hidden) and the overall gaps that may be shown.

    Keys of `gaps` are ``gap_1`` to ``gap_5``; gaps 2 to 4 are ratings.
    """

    site: str
    n_respondents: dict[str, int | None]
    gaps: dict[str, Estimate | Unavailable]


@dataclass(frozen=True, kw_only=True)
class SiteAssociation:
    """How one gap goes with gap 5 over the sites: the correlation of the sites' overall numbers."""

    gap: Literal[1, 2, 3, 4]
    correlation: Comparison | Unavailable
    n_sites: int
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Sites:
    """The gaps by site, and how gaps 1 to 4 go with gap 5; `unmatched` names sites that not every audience has."""

    attribute: str
    rows: tuple[SiteRow, ...]
    associations: tuple[SiteAssociation, ...]
    unmatched: tuple[Message, ...]
    n_hidden: int
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Place:
    """One gap on the page that says where the shortfall arises.

    Parameters
    ----------
    gap
        1 to 5.
    name
        What the gap is called.
    estimate
        The number on its arrow: a difference for gaps 1 and 5, the rating for gaps 2 to 4.
    groups
        Who it rests on, by audience.
    interval
        Its interval in words; empty where there is none.
    look_at
        What the source recommends looking at, with what the antecedents say; empty where nothing is shown.
    """

    gap: GapNumber
    name: Message
    verdict: Verdict
    estimate: Estimate | Unavailable
    groups: dict[str, int]
    interval: Message
    reading: Message
    look_at: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StudySummary:
    """The page for those who read one page: sentences that claim no more than the intervals carry.

    `headline` is about gap 5, `conclusions` say where the shortfall arises, `places` go through the gaps one by one.
    """

    headline: Message
    conclusions: tuple[Message, ...]
    places: tuple[Place, ...]
    cautions: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class StudyManifest:
    """What a reader needs to repeat the analysis; `manifest_sha256` covers the manifests of the audiences too."""

    servq_version: str
    software: dict[str, str]
    source: str
    settings: dict[str, str | int | float | bool | None]
    citation: tuple[str, ...]
    manifest_sha256: str


@dataclass(frozen=True, kw_only=True)
class StudyFindings:
    """Everything that the analysis of a study found, in the order of the report."""

    title: str
    organisation: str
    period: str
    locale: str
    confidence_level: float
    manifest: StudyManifest
    audiences: tuple[AudienceFound, ...]
    notices: tuple[Message, ...]
    summary: StudySummary
    gap_1: KnowledgeGap | Unavailable
    gap_2: RatedGap | Unavailable
    gap_3: RatedGap | Unavailable
    gap_4: RatedGap | Unavailable
    gap_5: PerceivedGap | Unavailable
    antecedents: tuple[AntecedentGroup, ...] | Unavailable
    sites: Sites | Unavailable

    @property
    def rated_gaps(self) -> tuple[RatedGap | Unavailable, ...]:
        """Gaps 2, 3 and 4."""
        return (self.gap_2, self.gap_3, self.gap_4)
