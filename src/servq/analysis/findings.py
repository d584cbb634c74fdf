"""Findings: every number of a report with what it means, and nothing about how it looks.

JSON, HTML and PDF are written from this one tree, so a number is the same to the last digit in all of them.
`Message`s are servq's own sentences and can be translated; plain strings come from the instrument's texts or from the
data and are already in the reader's language. A part that cannot be had is an `Unavailable` with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from servq.analysis.absence import NOTHING_SAID as NOTHING_SAID  # noqa: PLC0414 - one of the findings
from servq.analysis.absence import Unavailable as Unavailable  # noqa: PLC0414 - one of the findings
from servq.analysis.answer_quality_findings import AnswerQualityFinding
from servq.analysis.change_findings import Change
from servq.analysis.collected import Collected
from servq.analysis.comment_findings import CommentFindings
from servq.analysis.customers_findings import CustomersBeside
from servq.analysis.driver_findings import Drivers
from servq.analysis.fieldwork_findings import FieldworkFindings
from servq.analysis.gap_findings import GapsModelFindings
from servq.analysis.operations_findings import OperationsFindings
from servq.analysis.reliability_findings import Reliability
from servq.analysis.response_findings import Responses
from servq.analysis.scales import Scale as Scale  # noqa: PLC0414 - one of the findings
from servq.analysis.score_findings import (
    Adapted,
    BreakdownFinding,
    Checklist,
    Kano,
    PathModelFinding,
    Priorities,
    ToleranceZones,
    WordingStatus,
)
from servq.analysis.segment_findings import Segment
from servq.analysis.site_findings import SiteBeside
from servq.analysis.target_findings import TargetFindings
from servq.analysis.trend_findings import Trend
from servq.analysis.validity_findings import Validity
from servq.messages import Message
from servq.statistics.estimate import Comparison, Estimate, MeanEstimate


@dataclass(frozen=True, kw_only=True)
class BatteryLabel:
    """What the report calls a battery (`short` in tables) and how its items were introduced."""

    id: str
    title: str
    short: str
    instruction: str
    kind: Literal["rating", "points", "choice"]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a reader needs to repeat the analysis.

    `manifest_sha256` covers every other field, so two reports with the same hash had the same answers, instrument,
    software and settings.
    """

    instrument_id: str
    instrument_version: str
    instrument_revision: str
    instrument_title: str
    citation: tuple[str, ...]
    rights: str
    servq_version: str
    software: dict[str, str]
    source: str
    source_sha256: str
    settings: dict[str, str | int | float | bool | None]
    manifest_sha256: str


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One dimension or one item with its levels and, where the instrument has one, its gap.

    Parameters
    ----------
    levels
        Mean per rating battery. With a gap: over the respondents who have both sides, so that perception −
        expectation equals the gap printed beside them. Without: over everybody who answered.
    levels_all
        Mean per rating battery over everybody who answered it.
    gap
        Perception − expectation (for a tolerance score perceived − minimum), paired, p adjusted (Holm) within its
        family; None when the headline is no difference.
    distribution
        Items only: number of answers per scale point, low to high, by battery (scored direction).
    wording
        Items only: the text as asked, by battery.
    notes
        Dimensions only: what speaks against trusting the scores, for the place where they are printed.
    """

    id: str
    label: str
    number: int | None = None
    dimension: str | None = None
    n_items: int = 1
    reversed: bool = False
    levels: dict[str, MeanEstimate | Unavailable]
    levels_all: dict[str, MeanEstimate | Unavailable]
    gap: Comparison | Unavailable | None = None
    distribution: dict[str, tuple[int, ...]] = field(default_factory=dict)
    wording: dict[str, str] = field(default_factory=dict)
    reading: Message = NOTHING_SAID
    notes: tuple[Message, ...] = ()


ScoreKind = Literal[
    "gap",
    "gap_weighted",
    "gap_by_items",
    "mean",
    "mean_weighted",
    "mean_by_items",
    "mean_importance",
    "mean_products",
    "adequacy",
    "adequacy_weighted",
    "adequacy_by_items",
    "superiority",
    "superiority_weighted",
    "superiority_by_items",
    "index",
    "checklist",
    "net_promoter",
    "top_box",
    "effort",
    "effort_share",
]
"""What an overall score is. ``*_by_items`` weighs every item alike instead of every dimension; ``*_importance`` by the
respondent's rating of its importance."""

Measured = Literal["gap", "adequacy", "mean", "index", "share", "nothing"]
"""What the headline numbers of dimensions, groups and waves are: perception − expectation, perceived − minimum, mean
ratings, indices from 0 to 100, or shares of the attainable points; ``nothing`` for an instrument whose headline is a
class of each item."""


@dataclass(frozen=True, kw_only=True)
class OverallScore:
    """One overall score that the instrument yields; the first one in `Findings.scores` is the headline.

    Parameters
    ----------
    id
        Score id of the instrument, with the variant after a dot where there are several (``gap.weighted``).
    low, high
        Smallest and largest value that the score can take.
    unit
        ``scale`` (points of the response scale), ``share`` (0–1, shown as per cent), ``points`` (−100 … 100),
        ``index`` (0–100) or ``products`` (importance × performance, added up).
    levels
        For gaps: mean per battery over the same respondents.
    parts
        For shares: the parts that make up the score (promoters, passives, detractors; 0–1).
    points, distribution
        For one-item scores: the scale points and the number of answers on each.
    """

    id: str
    kind: ScoreKind
    label: Message
    estimate: Estimate | Unavailable
    low: float
    high: float
    better: Literal["high", "low"]
    unit: Literal["scale", "share", "points", "index", "products"]
    levels: dict[str, MeanEstimate] = field(default_factory=dict)
    parts: dict[str, Estimate] = field(default_factory=dict)
    points: tuple[int, ...] = ()
    distribution: tuple[int, ...] = ()
    item_wording: str = ""
    reading: Message = NOTHING_SAID


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Importance points of the dimensions.

    `weighted` is the mean of points × score / 100 per dimension over the respondents whose points are valid.
    """

    n_valid: int
    n_invalid: int
    points: dict[str, MeanEstimate]
    weighted: dict[str, MeanEstimate]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The page for those who read one page: sentences that claim no more than the intervals carry.

    `headline` is the overall result; `change`, `strengths`, `shortfalls`, `first_steps`, `cautions` and `sites` may be
    empty.
    """

    headline: Message
    change: tuple[Message, ...]
    strengths: tuple[Message, ...]
    shortfalls: tuple[Message, ...]
    first_steps: tuple[Message, ...]
    cautions: tuple[Message, ...]
    sites: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BesideBattery:
    """Results of a rating battery that asks items of its own beside the headline's."""

    battery: str
    label: str
    scale: Scale
    overall: MeanEstimate | Unavailable
    dimensions: tuple[Measure, ...]
    items: tuple[Measure, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that one analysis found, in the order of the report.

    Parameters
    ----------
    title, organisation, period
        For the cover; plain text, may be empty.
    locale
        Language of the instrument texts (and of the report).
    headline_battery
        The rating battery that says how the service was (perception), or the only one.
    measured
        What the headline numbers of dimensions, groups and waves are.
    structure
        Why there are no dimension scores although the instrument names dimensions; None when there are.
    tolerance, kano, path_model, checklist
        What the instrument's score of that kind yields; None when it has none.
    beside
        Batteries with items of their own that are not the headline's.
    breakdowns
        Scores by the answers to an item, as the instrument declares.
    adaptation
        How the instrument was adapted; None when it was not.
    wording
        Whether the wording in the language of the report was validated.
    operations
        What the service contacts of the same time say; None without them.
    customers
        What the customers of the same sites say beside the assessors; None when their answers are not given.
    gaps_model
        Gaps 2 to 4 as rated and their antecedents; None when the instrument asks for neither.
    quality
        Signs of careless answering; None when the headline has too few items for any.
    comments
        What respondents wrote; None when the answers come without it.
    fieldwork
        How the answers were collected; None when their source cannot tell.
    targets
        What was agreed for the scores, and how far it is; None without targets.
    collected
        When and how the answers came in; None when their source cannot tell.
    trend
        The scores over three waves or more; None where it was not asked for.
    drivers
        What goes with the outcome that the instrument asks beside its dimensions; None where it has no dimensions.
    site
        How the site whose answers these are compares with the others; None when they are not those of one site.
    """

    title: str
    organisation: str
    period: str
    locale: str
    manifest: Manifest
    scale: Scale
    batteries: tuple[BatteryLabel, ...]
    headline_battery: str
    summary: Summary
    responses: Responses
    scores: tuple[OverallScore, ...]
    dimensions: tuple[Measure, ...]
    items: tuple[Measure, ...]
    weights: Weights | Unavailable
    segments: tuple[Segment, ...] | Unavailable
    change: Change | Unavailable
    reliability: tuple[Reliability, ...] | Unavailable
    validity: Validity | Unavailable
    measured: Measured
    structure: Unavailable | None = None
    tolerance: ToleranceZones | Unavailable | None = None
    kano: Kano | Unavailable | None = None
    path_model: PathModelFinding | Unavailable | None = None
    checklist: Checklist | Unavailable | None = None
    priorities: Priorities | Unavailable | None = None
    beside: tuple[BesideBattery, ...] = ()
    breakdowns: tuple[BreakdownFinding, ...] = ()
    adaptation: Adapted | None = None
    wording: WordingStatus | None = None
    operations: OperationsFindings | None = None
    customers: CustomersBeside | Unavailable | None = None
    gaps_model: GapsModelFindings | None = None
    quality: AnswerQualityFinding | Unavailable | None = None
    comments: CommentFindings | Unavailable | None = None
    fieldwork: FieldworkFindings | None = None
    collected: Collected | None = None
    site: SiteBeside | None = None
    trend: Trend | Unavailable | None = None
    drivers: Drivers | Unavailable | None = None
    targets: TargetFindings | None = None
