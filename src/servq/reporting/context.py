"""What the templates are given: the findings untouched, the figures drawn from them, and the order of the sections.

``reports/README.md`` lists every field for those who write their own templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.findings import BatteryLabel, Findings, Measure, OverallScore, Unavailable
from servq.analysis.segment_findings import Ranking, Segment
from servq.analysis.trend_findings import Trend
from servq.reporting import charts
from servq.reporting.charts import Mark, Tick
from servq.reporting.comment_views import CommentsView, comments_view
from servq.reporting.cover import CoverFact, cover_facts, period_of
from servq.reporting.figures import Figure, FigureMaker, difference_tone, headline_of, rank
from servq.reporting.formats import Formats, Kind, change_kind, score_kind
from servq.reporting.gap_views import GapsModelView, gaps_model_view
from servq.reporting.group_figures import GroupFigures, is_told_apart
from servq.reporting.item_figures import ItemFigures
from servq.reporting.kinds import KIND_NAMES, PAGE_LIMITS, Paper, ReportForm, ReportKind, check_kind
from servq.reporting.metric_figures import distribution_figure
from servq.reporting.outline import Absence, Section, make_outline, make_short_outline
from servq.reporting.score_figures import ScoreFigureMaker
from servq.reporting.score_views import (
    BesideView,
    BreakdownView,
    ChecklistView,
    DriversView,
    KanoView,
    PathModelView,
    PrioritiesView,
    ToleranceView,
    beside_views,
    breakdown_views,
    checklist_view,
    drivers_view,
    kano_view,
    path_model_view,
    priorities_view,
    tolerance_view,
)
from servq.reporting.site_figures import SiteFigures
from servq.reporting.style import ReportStyle
from servq.reporting.target_figures import TargetsView, targets_view
from servq.reporting.trend_figures import TrendFigures
from servq.statistics.estimate import Estimate
from servq.translation import translator

MOST_IN_TABLE = 15
"""Groups of a segment that a table in print can show; more are drawn, and attached in numbers."""
MOST_ROOM = 11
"""A report without a limit of pages shows everything."""

DEFAULT_FORM = ReportForm()


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    """One row of the table of items; `strip` is the drawing of its headline number, None where there is none."""

    measure: Measure
    wording: str
    dimension: str
    strip: str | None


@dataclass(frozen=True, kw_only=True)
class LevelRow:
    """One item in one battery over everybody who answered, with the drawing of its distribution."""

    measure: Measure
    battery: BatteryLabel
    wording: str
    strip: str | None


@dataclass(frozen=True, kw_only=True)
class ItemTable:
    """The table of items, worst first, with the axis that its drawings share."""

    rows: tuple[ItemRow, ...]
    axis: str | None


@dataclass(frozen=True, kw_only=True)
class SegmentView:
    """One segment with its figures (several when it has many groups).

    `is_brief` for the answers to a choice that make no difference: nobody asked for their comparison.
    """

    segment: Segment
    figures: tuple[Figure, ...]
    heat_maps: tuple[Figure, ...]
    rankings: tuple[Figure, ...]
    is_brief: bool


@dataclass(frozen=True, kw_only=True)
class TrendView:
    """The waves so far with their figures."""

    trend: Trend
    figure: Figure
    sites: tuple[Figure, ...]


@dataclass(frozen=True, kw_only=True)
class MetricView:
    """One one-item score with the figure of its answers."""

    score: OverallScore
    kind: Kind
    figure: Figure | None


@dataclass(frozen=True, kw_only=True)
class ReportContext:
    """Everything that a template may use.

    Parameters
    ----------
    findings
        Unrounded; the filters of the templates decide the decimals.
    language, direction
        Of the report, for the ``lang`` and ``dir`` attributes.
    kind, kind_name
        Kind of the report, and what it is called.
    paper
        Page size of the printed form.
    style
        Organisation, logo and accent colour.
    period
        As given, else from the first to the last answer.
    facts
        What the cover says of the survey.
    room
        How much a report of few pages shows, from 0 to `MOST_ROOM`: as much as fits.
    has_gap
        Whether the headline numbers are gaps (else means).
    headline
        The first overall score; None when the instrument yields none.
    headline_kind, measure_kind
        How the headline score, and the headline numbers of dimensions and items, are written.
    change_kind
        How the change of the headline score is written.
    headline_tone
        ``below``, ``above`` or ``unclear`` for a headline that is compared with zero, else ``filled``.
    """

    findings: Findings
    language: str
    direction: Literal["ltr", "rtl"]
    kind: ReportKind
    kind_name: str
    paper: Paper
    style: ReportStyle
    organisation: str
    period: str
    facts: tuple[CoverFact, ...]
    room: int
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    has_gap: bool
    headline: OverallScore | None
    headline_kind: Kind
    headline_tone: str
    measure_kind: Kind
    change_kind: Kind
    anchors: str
    overview_title: str
    batteries: dict[str, BatteryLabel]
    overview: Figure | None
    dimensions: Figure | None
    metrics: tuple[MetricView, ...]
    items: ItemTable
    levels: tuple[LevelRow, ...]
    weights: Figure | None
    answers: tuple[Figure, ...]
    segments: tuple[SegmentView, ...]
    change: Figure | None
    trend: TrendView | None
    reliability: Figure | None
    tolerance: ToleranceView | None
    kano: KanoView | None
    path_model: PathModelView | None
    checklist: ChecklistView | None
    priorities: PrioritiesView | None
    drivers: DriversView | None
    breakdowns: tuple[BreakdownView, ...]
    beside: tuple[BesideView, ...]
    gaps_model: GapsModelView | None
    comments: CommentsView | None
    targets: TargetsView | None
    site: Figure | None
    absences: tuple[Absence, ...]
    confidence_level: float
    most_in_table: int = MOST_IN_TABLE


def make_context(findings: Findings, form: ReportForm = DEFAULT_FORM) -> ReportContext:
    """Draw the figures and put the sections in order.

    Raises
    ------
    RequestInvalid
        These findings cannot have a report of this kind.
    """
    check_kind(findings, form.kind)
    t = translator(findings.locale)
    formats = Formats(t)
    maker = FigureMaker(findings, formats)
    headline = findings.scores[0] if findings.scores else None
    scores = ScoreFigureMaker(formats)
    sections, absences = make_outline(findings, formats)
    if form.kind in PAGE_LIMITS:
        sections = make_short_outline(findings, form.kind, formats)
    is_metric = not findings.dimensions
    headline_kind = score_kind(headline) if headline else "level"
    organisation = findings.organisation or form.style.organisation
    period = period_of(findings, formats)
    survey = findings.title or t("Service quality report")
    title = survey
    if form.kind == "site" and findings.site is not None:
        title = findings.site.site
    else:
        survey = ""
    tolerance = tolerance_view(findings, scores, maker.anchors())
    return ReportContext(
        findings=findings,
        language=t.locale,
        direction=t.direction,
        kind=form.kind,
        kind_name=t.say(KIND_NAMES[form.kind]),
        paper=form.paper,
        style=form.style,
        organisation=organisation,
        period=period,
        facts=cover_facts(findings, formats),
        room=MOST_ROOM,
        title=title,
        subtitle=" · ".join(t.words_isolated(part) for part in (organisation, survey, period) if part),
        sections=sections,
        has_gap=maker.has_gap,
        headline=headline,
        headline_kind=headline_kind,
        headline_tone=_headline_tone(headline),
        measure_kind=maker.kind,
        change_kind=change_kind(headline_kind),
        anchors=maker.anchors(),
        overview_title=maker.overview_title(),
        batteries={battery.id: battery for battery in findings.batteries},
        overview=tolerance.figure if tolerance and findings.measured == "adequacy" else maker.overview(),
        dimensions=maker.dimensions() if findings.dimensions else None,
        metrics=tuple(
            MetricView(score=score, kind=score_kind(score), figure=distribution_figure(score, findings.scale, formats))
            for score in findings.scores
        )
        if is_metric
        else (),
        items=_item_table(findings, formats),
        levels=_level_rows(findings),
        weights=None if isinstance(findings.weights, Unavailable) else maker.weights(findings.weights),
        answers=ItemFigures(findings, formats).answers(),
        segments=_segment_views(findings, formats),
        change=None if isinstance(findings.change, Unavailable) else maker.change(findings.change),
        trend=_trend_view(findings, formats),
        reliability=None if isinstance(findings.reliability, Unavailable) else maker.reliability(findings.reliability),
        tolerance=tolerance,
        kano=kano_view(findings, scores),
        path_model=path_model_view(findings, scores),
        checklist=checklist_view(findings, scores),
        priorities=priorities_view(findings, scores),
        drivers=drivers_view(findings, formats),
        breakdowns=breakdown_views(findings, scores),
        beside=beside_views(findings, scores),
        gaps_model=gaps_model_view(findings, formats),
        comments=comments_view(findings, formats),
        targets=targets_view(findings.targets, formats) if findings.targets else None,
        site=None if findings.site is None else SiteFigures(findings, formats).beside(findings.site),
        absences=absences,
        confidence_level=_confidence_level(findings),
    )


def _segment_views(findings: Findings, formats: Formats) -> tuple[SegmentView, ...]:
    if isinstance(findings.segments, Unavailable):
        return ()
    maker = GroupFigures(findings, formats)
    return tuple(
        SegmentView(
            segment=segment,
            is_brief=bool(segment.wording) and not is_told_apart(segment),
            figures=() if isinstance(segment.ranking, Ranking) else maker.dots(segment),
            heat_maps=maker.heat_map(segment) if findings.dimensions else (),
            rankings=maker.ranking(segment),
        )
        for segment in findings.segments
    )


def _trend_view(findings: Findings, formats: Formats) -> TrendView | None:
    if not isinstance(findings.trend, Trend):
        return None
    maker = TrendFigures(findings, formats)
    return TrendView(trend=findings.trend, figure=maker.scores(findings.trend), sites=maker.sites(findings.trend))


def _item_table(findings: Findings, formats: Formats) -> ItemTable:
    ranked = rank(findings, findings.items)
    found = [headline_of(findings, item) for item in ranked]
    estimates = [estimate for estimate in found if isinstance(estimate, Estimate)]
    is_gap = any(item.gap is not None for item in ranked)
    if is_gap:
        ends = [end for e in estimates for end in (e.value, e.ci_low, e.ci_high) if end is not None]
        low, high = charts.zero_centred(ends)
    else:
        low, high = float(findings.scale.low), float(findings.scale.high)
    ticks = [Tick(value, formats.tick(value)) for value in charts.round_ticks(low, high, about=4 if is_gap else 7)]
    names = {dimension.id: dimension.label for dimension in findings.dimensions}

    def strip(estimate: Estimate) -> str:
        mark = Mark(
            value=estimate.value,
            ci_low=estimate.ci_low,
            ci_high=estimate.ci_high,
            tone=difference_tone(estimate) if is_gap else "filled",
        )
        return charts.data_uri(charts.interval_strip(mark, low, high, reference=0.0 if is_gap else None))

    return ItemTable(
        rows=tuple(
            ItemRow(
                measure=item,
                wording=item.wording.get(findings.headline_battery, item.label),
                dimension=names.get(item.dimension or "", ""),
                strip=strip(estimate) if isinstance(estimate, Estimate) else None,
            )
            for item, estimate in zip(ranked, found, strict=True)
        ),
        axis=charts.data_uri(charts.axis_strip(low, high, ticks)) if estimates else None,
    )


def _level_rows(findings: Findings) -> tuple[LevelRow, ...]:
    batteries = {battery.id: battery for battery in findings.batteries}
    better = {battery.battery: battery.scale.better for battery in findings.beside}
    measures = (*findings.items, *(item for battery in findings.beside for item in battery.items))

    def strip(item: Measure, battery: str) -> str | None:
        counts = item.distribution.get(battery, ())
        if not sum(counts):
            return None
        return charts.data_uri(charts.stacked_strip(counts, better=better.get(battery, findings.scale.better)))

    return tuple(
        LevelRow(
            measure=item,
            battery=batteries[battery],
            wording=item.wording.get(battery, item.label),
            strip=strip(item, battery),
        )
        for item in measures
        for battery in item.levels_all
    )


def _headline_tone(headline: OverallScore | None) -> str:
    if headline is None or isinstance(headline.estimate, Unavailable) or headline.low >= 0:
        return "filled"
    return difference_tone(headline.estimate)


def _confidence_level(findings: Findings) -> float:
    for score in findings.scores:
        if isinstance(score.estimate, Estimate):
            return score.estimate.confidence_level
    given = findings.manifest.settings.get("confidence_level")
    return given if isinstance(given, float) else Estimate.confidence_level
