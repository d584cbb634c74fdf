"""What the templates of zones, classes, path models, checklists, breakdowns and other batteries are given."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.driver_findings import Drivers
from servq.analysis.findings import BesideBattery, Findings, Unavailable
from servq.analysis.score_findings import (
    BreakdownFinding,
    Checklist,
    ChecklistItem,
    Kano,
    KanoAttributeFinding,
    KanoResult,
    PathModelFinding,
    Priorities,
    ToleranceZones,
    Zone,
)
from servq.messages import Message
from servq.reporting import charts
from servq.reporting.charts import Mark, Tick
from servq.reporting.figures import Figure
from servq.reporting.formats import Formats, Kind, change_kind, kind_of, measured_kind
from servq.reporting.priority_figures import PriorityFigures
from servq.reporting.score_figures import ZONE_TONES, ScoreFigureMaker
from servq.statistics.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class ZoneRow:
    """One item in its zone of tolerance with its drawing."""

    zone: Zone
    dimension: str
    strip: str | None


@dataclass(frozen=True, kw_only=True)
class ToleranceView:
    """Zones with their figure; `rows` are the items, the lowest adequacy first."""

    zones: ToleranceZones
    figure: Figure | None
    rows: tuple[ZoneRow, ...]
    axis: str | None


@dataclass(frozen=True, kw_only=True)
class KanoRow:
    """One attribute with the drawing of its answers; None where there are none."""

    attribute: KanoAttributeFinding
    strip: str | None


@dataclass(frozen=True, kw_only=True)
class KanoView:
    """Kano classes with their map; `rows` are sorted by class and clearness."""

    kano: Kano
    figure: Figure | None
    rows: tuple[KanoRow, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PathModelView:
    """A path model with its three figures, and names by id."""

    model: PathModelFinding
    diagram: Figure
    indices: Figure | None
    map: Figure | None
    names: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ChecklistRow:
    """One item of a checklist with the drawing of its share."""

    item: ChecklistItem
    stage: str
    strip: str | None


@dataclass(frozen=True, kw_only=True)
class ChecklistView:
    """A checklist by stage and item."""

    checklist: Checklist
    figure: Figure | None
    rows: tuple[ChecklistRow, ...]
    axis: str | None
    asks_evidence: bool


@dataclass(frozen=True, kw_only=True)
class PrioritiesView:
    """An importance–performance map, with how the numbers of both axes are written."""

    priorities: Priorities
    figure: Figure | None
    importance_kind: Kind
    performance_kind: Kind


@dataclass(frozen=True, kw_only=True)
class DriversView:
    """What goes with an outcome, with its figure."""

    drivers: Drivers
    figure: Figure


@dataclass(frozen=True, kw_only=True)
class BreakdownView:
    """One breakdown with its figure and how its numbers and their differences are written."""

    breakdown: BreakdownFinding
    figure: Figure | None
    kind: Kind
    difference_kind: Kind


@dataclass(frozen=True, kw_only=True)
class BesideView:
    """One battery beside the headline with its figure."""

    battery: BesideBattery
    figure: Figure | None


QUADRANT_NAMES = {
    "concentrate_here": Message("concentrate here"),
    "keep_up": Message("keep it up"),
    "low_priority": Message("low priority"),
    "possible_overkill": Message("possible overkill"),
    "open": Message("open: an interval crosses a line"),
}
CATEGORIES = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable")


def tolerance_view(findings: Findings, maker: ScoreFigureMaker, anchors: str) -> ToleranceView | None:
    """The zones of a report; None where it has none."""
    zones = findings.tolerance
    if not isinstance(zones, ToleranceZones):
        return None
    names = {dimension.id: dimension.label for dimension in zones.dimensions}
    ranked = sorted(zones.items, key=_by_adequacy)
    shown = [zone.adequacy for zone in ranked if isinstance(zone.adequacy, Estimate)]
    ends = [end for one in shown for end in (one.value, one.ci_low, one.ci_high) if end is not None]
    low, high = charts.zero_centred(ends)
    return ToleranceView(
        zones=zones,
        figure=maker.zones(zones, (findings.scale.low, findings.scale.high), anchors),
        rows=tuple(
            ZoneRow(
                zone=zone,
                dimension=str(names.get(zone.dimension or "", "")),
                strip=_adequacy_strip(zone, low, high),
            )
            for zone in ranked
        ),
        axis=_axis(low, high, maker.formats) if shown else None,
    )


def _by_adequacy(zone: Zone) -> tuple[bool, float]:
    return (False, zone.adequacy.value) if isinstance(zone.adequacy, Estimate) else (True, 0.0)


def _adequacy_strip(zone: Zone, low: float, high: float) -> str | None:
    adequacy = zone.adequacy
    if not isinstance(adequacy, Estimate):
        return None
    tone = ZONE_TONES.get(zone.place, "above") if zone.place != "at_desired" else "above"
    mark = Mark(value=adequacy.value, ci_low=adequacy.ci_low, ci_high=adequacy.ci_high, tone=tone)
    return charts.data_uri(charts.interval_strip(mark, low, high, reference=0.0))


def _axis(low: float, high: float, formats: Formats, *, about: int = 4) -> str:
    ticks = [Tick(value, formats.tick(value)) for value in charts.round_ticks(low, high, about=about)]
    return charts.data_uri(charts.axis_strip(low, high, ticks))


def kano_view(findings: Findings, maker: ScoreFigureMaker) -> KanoView | None:
    """The Kano classes of a report; None where it has none."""
    kano = findings.kano
    if not isinstance(kano, Kano):
        return None
    return KanoView(
        kano=kano,
        figure=maker.kano(kano),
        rows=tuple(
            KanoRow(attribute=attribute, strip=_kano_strip(attribute))
            for attribute in sorted(kano.attributes, key=_by_class)
        ),
        categories=CATEGORIES,
    )


def _by_class(attribute: KanoAttributeFinding) -> tuple[int, float, int]:
    result = attribute.result
    if not isinstance(result, KanoResult):
        return len(CATEGORIES) + 1, 0.0, attribute.number
    place = len(CATEGORIES) if result.category is None else CATEGORIES.index(result.category)
    return place, -max(result.counts.values()) / result.n, attribute.number


def _kano_strip(attribute: KanoAttributeFinding) -> str | None:
    result = attribute.result
    if not isinstance(result, KanoResult):
        return None
    return charts.data_uri(charts.category_strip([result.counts[category] for category in CATEGORIES]))


def path_model_view(findings: Findings, maker: ScoreFigureMaker) -> PathModelView | None:
    """The path model of a report; None where it has none."""
    model = findings.path_model
    if not isinstance(model, PathModelFinding):
        return None
    return PathModelView(
        model=model,
        diagram=maker.paths(model),
        indices=maker.indices(model),
        map=PriorityFigures(maker.formats, maker.width).index_map(model),
        names={index.id: index.label for index in model.indices},
    )


def checklist_view(findings: Findings, maker: ScoreFigureMaker) -> ChecklistView | None:
    """The checklist of a report; None where it has none."""
    checklist = findings.checklist
    if not isinstance(checklist, Checklist):
        return None
    names = {stage.id: stage.label for stage in checklist.stages}
    ticks = [Tick(value, maker.formats.tick(100 * value)) for value in (0.0, 0.5, 1.0)]
    return ChecklistView(
        checklist=checklist,
        figure=maker.stages(checklist),
        rows=tuple(
            ChecklistRow(item=item, stage=names.get(item.stage or "", ""), strip=_share_strip(item))
            for item in checklist.items
        ),
        axis=charts.data_uri(charts.axis_strip(0.0, 1.0, ticks)),
        asks_evidence=any(item.evidence_asked for item in checklist.items),
    )


def _share_strip(item: ChecklistItem) -> str | None:
    share = item.share
    if not isinstance(share, Estimate):
        return None
    mark = Mark(value=share.value, ci_low=share.ci_low, ci_high=share.ci_high, tone="filled")
    return charts.data_uri(charts.interval_strip(mark, 0.0, 1.0, reference=0.0))


def priorities_view(findings: Findings, maker: ScoreFigureMaker) -> PrioritiesView | None:
    """The importance–performance map of a report; None where it has none."""
    found = findings.priorities
    if found is None or isinstance(found, Unavailable):
        return None
    kinds: dict[str, Kind] = {"stated": "level", "points": "points", "derived": "share"}
    importance = kinds[found.basis]
    performance: Kind = measured_kind(findings.measured) if found.basis == "points" else "level"
    return PrioritiesView(
        priorities=found,
        figure=PriorityFigures(maker.formats, maker.width).priorities(found, (importance, performance)),
        importance_kind=importance,
        performance_kind=performance,
    )


def drivers_view(findings: Findings, formats: Formats) -> DriversView | None:
    """The drivers of a report; None where it has none."""
    found = findings.drivers
    if not isinstance(found, Drivers):
        return None
    return DriversView(drivers=found, figure=PriorityFigures(formats).drivers(found))


def breakdown_views(findings: Findings, maker: ScoreFigureMaker) -> tuple[BreakdownView, ...]:
    """Every breakdown of a report."""
    return tuple(
        BreakdownView(
            breakdown=one,
            figure=maker.breakdown(one),
            kind=kind_of(one.kind),
            difference_kind=change_kind(kind_of(one.kind)),
        )
        for one in findings.breakdowns
    )


def beside_views(findings: Findings, maker: ScoreFigureMaker) -> tuple[BesideView, ...]:
    """Every battery beside the headline."""
    return tuple(BesideView(battery=battery, figure=maker.beside(battery)) for battery in findings.beside)
