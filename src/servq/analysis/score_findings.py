"""Findings of the scores beyond gaps and means: zones of tolerance, Kano categories, indices, checklists, breakdowns.

Like everything in `findings`, they hold unrounded numbers, servq's own sentences as `Message`s, and an `Unavailable`
where something cannot be had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.estimate import Comparison, Estimate, MeanEstimate

Place = Literal["below", "at_minimum", "within", "at_desired", "above", "unknown"]
"""Where the perceived level lies in its zone, as far as both intervals say; ``at_`` means that the interval of the
difference to that bound holds zero."""


@dataclass(frozen=True, kw_only=True)
class Zone:
    """The perceived level of an item, a dimension or the whole between what is acceptable and what is desired.

    Parameters
    ----------
    id
        Of the item or dimension; ``overall`` (mean of the dimensions) or ``overall_by_items`` (mean of the items).
    minimum, desired, perceived
        Means over the respondents who gave all three ratings.
    adequacy, superiority
        Perceived − minimum and perceived − desired, paired; p adjusted (Holm) within its family.
    width
        Mean of desired − minimum.
    position
        (perceived − minimum) / (desired − minimum) of the means: 0 at the minimum, 1 at the desired level.
    below, within, above
        Shares of respondents whose own rating lies there; the bounds belong to the zone.
    """

    id: str
    label: str | Message
    number: int | None = None
    dimension: str | None = None
    n_items: int = 1
    minimum: MeanEstimate | Unavailable
    desired: MeanEstimate | Unavailable
    perceived: MeanEstimate | Unavailable
    adequacy: Comparison | Unavailable
    superiority: Comparison | Unavailable
    width: MeanEstimate | Unavailable
    position: Estimate | Unavailable
    below: Estimate | Unavailable
    within: Estimate | Unavailable
    above: Estimate | Unavailable
    place: Place
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ToleranceZones:
    """Every zone of one tolerance score, and which battery is which."""

    score: str
    minimum: str
    desired: str
    perceived: str
    overall: tuple[Zone, ...]
    dimensions: tuple[Zone, ...]
    items: tuple[Zone, ...]
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class KanoResult:
    """How respondents class one attribute.

    Parameters
    ----------
    counts
        Respondents by category.
    shares
        Share of respondents by category, with intervals that hold for all six categories at once (Goodman).
    category
        The most frequent category; None where it cannot be told from the second (Fong).
    better, worse
        Share whose satisfaction rises with the attribute, and share whose satisfaction falls without it (as a positive
        number).
    """

    n: int
    counts: dict[str, int]
    shares: dict[str, Estimate]
    most_frequent: str
    category: str | None
    better: Estimate | Unavailable
    worse: Estimate | Unavailable
    caveats: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class KanoAttributeFinding:
    """One attribute with both wordings and its class."""

    id: str
    number: int
    label: str
    functional: str
    dysfunctional: str
    result: KanoResult | Unavailable
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Kano:
    """Kano categories of every attribute, in the order of the instrument."""

    score: str
    functional: str
    dysfunctional: str
    attributes: tuple[KanoAttributeFinding, ...]
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class IndexItem:
    """An item as a measure of its latent variable: share of the index, loading and mean on its own points."""

    id: str
    number: int
    label: str
    weight: float
    loading: Estimate
    mean: float


Quadrant = Literal["concentrate_here", "keep_up", "low_priority", "possible_overkill", "open"]


@dataclass(frozen=True, kw_only=True)
class Index:
    """One latent variable from 0 to 100.

    Parameters
    ----------
    explained
        R² by the latent variables that lead to it; None where none does.
    importance
        Points that the target's index gains for each point of this one, over all routes; None for the target and where
        no route leads there.
    quadrant
        Place on the importance–performance map by both intervals; ``open`` where they cross a line.
    """

    id: str
    label: str
    index: MeanEstimate | Unavailable
    items: tuple[IndexItem, ...]
    explained: Estimate | None
    composite_reliability: float | None
    average_variance_extracted: float | None
    importance: Estimate | None
    quadrant: Quadrant | None
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Priority:
    """One item or dimension on the importance–performance map."""

    id: str
    number: int
    label: str
    importance: Estimate
    performance: Estimate
    quadrant: Quadrant


@dataclass(frozen=True, kw_only=True)
class Priorities:
    """Items or dimensions by how much they matter and how well they are done (Martilla & James 1977).

    Parameters
    ----------
    basis
        Where importance comes from: ``stated`` as a rating of each item, ``points`` spread over the dimensions, or
        ``derived`` as a dimension's share of what all of them explain of an outcome.
    outcome
        The outcome of a derived importance, else empty.
    """

    basis: Literal["stated", "points", "derived"] = "stated"
    outcome: str | Message = ""
    importance: str
    performance: str
    importance_line: float
    performance_line: float
    items: tuple[Priority, ...]
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Path:
    """One arrow of the model; `f_squared` is what it adds to R², `vif` how far its source repeats the others."""

    source: str
    target: str
    coefficient: Estimate
    f_squared: float | None
    vif: float
    reading: Message


@dataclass(frozen=True, kw_only=True)
class PathModelFinding:
    """A path model by partial least squares: indices, paths, and where a better index would move the target most.

    `importance_line` and `performance_line` are the means that divide the map.
    """

    score: str
    target: str
    indices: tuple[Index, ...]
    paths: tuple[Path, ...]
    importance_line: float | None
    performance_line: float | None
    goodness_of_fit: float | None
    n: int
    n_respondents: int
    n_resamples: int
    method: str
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ChecklistItem:
    """One item of a checklist.

    Parameters
    ----------
    share
        Mean share of the attainable points.
    counts
        Answers by point, low to high.
    anchors
        Label by point where there is one.
    n_evidence
        Files added to it; None when the source cannot tell or none is asked for.
    """

    id: str
    number: int
    label: str
    battery: str
    stage: str | None
    weight: float
    share: MeanEstimate | Unavailable
    counts: tuple[int, ...]
    anchors: dict[int, str]
    n_not_applicable: int
    n_missing: int
    evidence_asked: bool
    evidence_required: bool
    n_evidence: int | None
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ChecklistStage:
    """One stage of a checklist: its weight among all items (0–1) and the share of its attainable points."""

    id: str
    label: str
    n_items: int
    weight: float
    share: MeanEstimate | Unavailable
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ItemAgreement:
    """How far assessors give one item the same answer, beyond chance."""

    id: str
    number: int
    label: str
    kappa: Comparison | Unavailable
    same: Estimate | Unavailable
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ScoreAgreement:
    """How far assessors give a stage, or the whole (``overall``), the same score."""

    id: str
    label: str | Message
    correlation: Estimate | Unavailable
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Agreement of assessors about what several of them rated.

    Parameters
    ----------
    target
        Attribute that names what was rated: ``record`` or ``site``.
    n_targets, n_several
        Targets in all, and those that several assessors rated.
    n_raters
        Ratings used of each of those.
    same_raters
        Whether it was the same assessors every time.
    """

    target: str
    n_targets: int
    n_several: int
    n_raters: int
    n_assessors: int
    same_raters: bool
    items: tuple[ItemAgreement, ...]
    scores: tuple[ScoreAgreement, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """A weighted checklist by stage and item; `agreement` where several assessors rated the same."""

    score: str
    stages: tuple[ChecklistStage, ...]
    items: tuple[ChecklistItem, ...]
    n_assessments: int
    n_evidence: int | None
    agreement: Agreement | Unavailable
    reading: Message


@dataclass(frozen=True, kw_only=True)
class BreakdownGroup:
    """The respondents who gave one answer; when suppressed it shows neither its size nor any number."""

    label: str
    suppressed: bool
    n: int | None
    estimate: Estimate | Unavailable | None


@dataclass(frozen=True, kw_only=True)
class BreakdownPair:
    """Two groups compared, first − second, with the error held over all pairs (Games–Howell)."""

    first: str
    second: str
    difference: Comparison


@dataclass(frozen=True, kw_only=True)
class BreakdownFinding:
    """One score by the answers to an item, such as loyalty by effort.

    `test` is Welch's test that all groups have one mean; `unit`, `low` and `high` are those of the score.
    """

    id: str
    score: str
    label: Message
    wording: str
    unit: Literal["scale", "share", "points", "index"]
    kind: str
    low: float
    high: float
    groups: tuple[BreakdownGroup, ...]
    n_suppressed: int
    minimum_group_size: int
    test: Comparison | Unavailable
    pairs: tuple[BreakdownPair, ...]
    caveats: tuple[Message, ...] = field(default=())
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Adapted:
    """How the instrument differs from the one that it adapts; `reading` is the sentence of the cover."""

    of: str
    of_version: str
    dropped: tuple[str, ...]
    added: tuple[str, ...]
    beside: tuple[str, ...]
    reworded: tuple[str, ...]
    mapped: bool
    reading: Message
    details: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class WordingStatus:
    """Whether the wording in the language of the report was validated in a published study."""

    locale: str
    validated: bool
    own_wording: bool
    reading: Message
