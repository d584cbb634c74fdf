"""Figures of zones of tolerance, Kano classes, path models, checklists, breakdowns and further batteries."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from servq.analysis.findings import BesideBattery, Measure
from servq.analysis.score_findings import (
    BreakdownFinding,
    Checklist,
    Index,
    Kano,
    KanoAttributeFinding,
    KanoResult,
    PathModelFinding,
    ToleranceZones,
    Zone,
)
from servq.reporting import charts
from servq.reporting.charts import Band, BandKey, Link, MapAxis, Mark, Node, Panel, Quarters, Row, Tick
from servq.reporting.figures import Figure, Tone, difference_tone, label_width
from servq.reporting.formats import Formats, Kind, kind_of
from servq.reporting.priority_figures import place
from servq.statistics.estimate import Estimate

ZONE_TONES: dict[str, Tone] = {"below": "below", "at_minimum": "unclear", "at_desired": "unclear", "unknown": "unclear"}
HALF = 0.5
"""The satisfaction coefficients are shares; half of the respondents divides the map (Berger et al. 1993)."""


class ScoreFigureMaker:
    """Draws the figures of one report that only some instruments have."""

    def __init__(self, formats: Formats, width: float = 640) -> None:
        self.formats = formats
        self.width = width
        self.t = formats.t

    def zones(self, found: ToleranceZones, ends: tuple[int, int], anchors: str) -> Figure | None:
        """Draw the zone of every dimension, or of every item where there are none, with the whole on top."""
        rows = [found.overall[0], *(found.dimensions or found.items)]
        shown = [zone for zone in rows if isinstance(zone.perceived, Estimate)]
        if not shown:
            return None
        low, high = _zone_range(shown, ends)
        svg = charts.zone_chart(
            [self._band(zone, strong=index == 0) for index, zone in enumerate(rows)],
            self._ticks(charts.round_ticks(low, high, about=7)),
            BandKey(
                zone=self.t("from acceptable to desired"),
                perceived=self.t("perceived"),
                value=self.t("perceived"),
            ),
            ends=(low, high),
            note=anchors if (low, high) == ends else "",
            label_width=label_width(self.t.say(zone.label) for zone in rows),
        )
        words = "; ".join(
            self.t(
                "{name}: perceived {perceived}, acceptable {minimum}, desired {desired}",
                name=self.t.say(zone.label),
                perceived=self.formats.with_interval(zone.perceived, "level"),
                minimum=self.formats.value(zone.minimum.value, "level"),
                desired=self.formats.value(zone.desired.value, "level"),
            )
            for zone in shown
            if isinstance(zone.perceived, Estimate)
            and isinstance(zone.minimum, Estimate)
            and isinstance(zone.desired, Estimate)
        )
        return Figure(uri=charts.data_uri(svg), alt=f"{self.t('Zone of tolerance by dimension.')} {words}.")

    def _band(self, zone: Zone, *, strong: bool) -> Band:
        return Band(
            label=self.t.say(zone.label),
            minimum=self._plain_mark(zone.minimum),
            desired=self._plain_mark(zone.desired),
            perceived=self._plain_mark(zone.perceived, ZONE_TONES.get(zone.place, "filled")),
            value=self.formats.value(zone.perceived.value, "level") if isinstance(zone.perceived, Estimate) else "",
            absent=self.t("not available"),
            strong=strong,
        )

    def kano(self, kano: Kano) -> Figure | None:
        """Place the attributes by how far they please when there and annoy when not."""
        placed = [one for one in kano.attributes if _coefficients(one) is not None]
        if not placed:
            return None
        places, words = [], []
        for one in placed:
            better, worse = _coefficients(one) or (None, None)
            if better is None or worse is None:
                continue
            places.append(place(str(one.number), worse, better, "plain" if _category(one) else "open"))
            words.append(
                self.t(
                    "{number} {name}: pleases {better}, annoys {worse}",
                    number=str(one.number),
                    name=one.label,
                    better=self.formats.with_interval(better, "share"),
                    worse=self.formats.with_interval(worse, "share"),
                )
            )
        ticks = [Tick(value, self.formats.value(value, "share")) for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
        svg = charts.map_chart(
            places,
            MapAxis(title=self.t("Annoys when it is missing →"), low=0.0, high=1.0, ticks=ticks, divide=HALF),
            MapAxis(title=self.t("Pleases when it is there →"), low=0.0, high=1.0, ticks=ticks, divide=HALF),
            Quarters(
                top_left=self.t("attractive"),
                top_right=self.t("one-dimensional"),
                bottom_left=self.t("indifferent"),
                bottom_right=self.t("must-be"),
            ),
        )
        alt = self.t("Attributes by how far they please when there and annoy when missing.")
        return Figure(uri=charts.data_uri(svg), alt=f"{alt} {'; '.join(words)}.")

    def paths(self, model: PathModelFinding) -> Figure:
        """Draw the boxes of the model with their indices, and the arrows with their coefficients."""
        names = {index.id: index.label for index in model.indices}
        svg = charts.path_diagram(
            [self._node(index, model.target) for index in model.indices],
            [
                Link(
                    source=path.source,
                    target=path.target,
                    label=self.formats.value(path.coefficient.value, "effect"),
                    is_clear=difference_tone(path.coefficient) != "unclear",
                    strength=path.coefficient.value,
                )
                for path in model.paths
            ],
        )
        words = "; ".join(
            f"{names[path.source]} → {names[path.target]} {self.formats.with_interval(path.coefficient, 'effect')}"
            for path in model.paths
        )
        return Figure(uri=charts.data_uri(svg), alt=f"{self.t('Path model.')} {words}.")

    def _node(self, index: Index, target: str) -> Node:
        explained = index.explained
        return Node(
            id=index.id,
            name=index.label,
            value=self.formats.value(index.index.value, "index") if isinstance(index.index, Estimate) else "–",
            detail="" if explained is None else f"R² {self.formats.value(explained.value, 'coefficient')}",
            is_target=index.id == target,
        )

    def indices(self, model: PathModelFinding) -> Figure | None:
        """Draw the indices with their intervals."""
        shown = [index for index in model.indices if isinstance(index.index, Estimate)]
        if not shown:
            return None
        ticks = charts.round_ticks(0.0, 100.0, about=6)
        panel = Panel(title="", low=0.0, high=100.0, ticks=self._ticks(ticks))
        rows = [
            Row(
                label=index.label,
                cells=[[self._mark(index.index, "index", "filled")]],
                strong=index.id == model.target,
            )
            for index in shown
            if isinstance(index.index, Estimate)
        ]
        words = "; ".join(
            f"{index.label} {self.formats.with_interval(index.index, 'index')}"
            for index in shown
            if isinstance(index.index, Estimate)
        )
        return self._rows(rows, [panel], f"{self.t('Indices from 0 to 100.')} {words}.")

    def stages(self, checklist: Checklist) -> Figure | None:
        """Draw the share of every stage beside what the stage counts."""
        shown = [stage for stage in checklist.stages if isinstance(stage.share, Estimate)]
        if not shown:
            return None
        quarters = [Tick(value, self.formats.value(value, "share")) for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
        heaviest = max(stage.weight for stage in shown)
        ticks = charts.round_ticks(0.0, heaviest, about=3)
        panels = [
            Panel(title=self.t("Share of the attainable points"), low=0.0, high=1.0, ticks=quarters, form="bars"),
            Panel(
                title=self.t("Weight among all points"),
                low=0.0,
                high=max(heaviest, ticks[-1]),
                ticks=[Tick(value, self.formats.value(value, "share")) for value in ticks],
                form="bars",
                share=0.45,
            ),
        ]
        rows = [
            Row(
                label=stage.label,
                cells=[
                    [self._mark(stage.share, "share", "filled")],
                    [Mark(value=stage.weight, tone="hollow", label=self.formats.value(stage.weight, "share"))],
                ],
            )
            for stage in shown
            if isinstance(stage.share, Estimate)
        ]
        words = "; ".join(
            f"{stage.label} {self.formats.with_interval(stage.share, 'share')}"
            for stage in shown
            if isinstance(stage.share, Estimate)
        )
        return self._rows(rows, panels, f"{self.t('Share of the attainable points by stage.')} {words}.")

    def breakdown(self, found: BreakdownFinding) -> Figure | None:
        """Draw the score of every group, in the order of the answers."""
        estimates = [group.estimate for group in found.groups if isinstance(group.estimate, Estimate)]
        if not estimates:
            return None
        kind = kind_of(found.kind)
        if found.low < 0:
            low, high = charts.zero_centred(_ends(estimates))
        else:
            low, high = found.low, found.high
        ticks = [Tick(value, self._tick(value, kind)) for value in charts.round_ticks(low, high, about=7)]
        panel = Panel(title="", low=low, high=high, ticks=ticks, reference=0.0 if found.low < 0 else None)
        rows, words = [], []
        for group in found.groups:
            label = self.t.say(group.label)
            if isinstance(group.estimate, Estimate):
                rows.append(Row(label=label, cells=[[self._mark(group.estimate, kind, "filled")]]))
                words.append(f"{label} {self.formats.with_interval(group.estimate, kind)}")
            else:
                reason = self.t("not shown") if group.suppressed else self.t("not available")
                rows.append(Row(label=label, cells=[[]], absent=reason))
                words.append(f"{label}: {reason}")
        alt = self.t("{score} by {attribute}.", score=self.t.say(found.label), attribute=found.wording)
        return self._rows(rows, [panel], f"{alt} {'; '.join(words)}.")

    def beside(self, battery: BesideBattery) -> Figure | None:
        """Draw the dimensions of a battery, or its items where it has none."""
        measures: Sequence[Measure] = battery.dimensions or battery.items
        shown = [(one, level) for one in measures if isinstance(level := one.levels[battery.battery], Estimate)]
        if not shown:
            return None
        scale = battery.scale
        note = " · ".join(
            f"{point} {scale.anchors[point]}" for point in (scale.low, scale.high) if point in scale.anchors
        )
        panel = Panel(
            title="", low=scale.low, high=scale.high, ticks=self._ticks(range(scale.low, scale.high + 1)), note=note
        )
        rows = [Row(label=one.label, cells=[[self._mark(level, "level", "filled")]]) for one, level in shown]
        words = "; ".join(f"{one.label} {self.formats.with_interval(level, 'level')}" for one, level in shown)
        return self._rows(rows, [panel], f"{battery.label}: {words}.")

    def _rows(self, rows: Sequence[Row], panels: Sequence[Panel], alt: str) -> Figure:
        width = label_width(row.label for row in rows)
        return Figure(uri=charts.data_uri(charts.row_chart(rows, panels, label_width=width)), alt=alt)

    def _mark(self, estimate: Estimate, kind: Kind, tone: Tone) -> Mark:
        return Mark(
            value=estimate.value,
            ci_low=estimate.ci_low,
            ci_high=estimate.ci_high,
            tone=tone,
            label=self.formats.value(estimate.value, kind),
        )

    def _plain_mark(self, estimate: object, tone: Tone = "filled") -> Mark | None:
        if not isinstance(estimate, Estimate):
            return None
        return Mark(value=estimate.value, ci_low=estimate.ci_low, ci_high=estimate.ci_high, tone=tone)

    def _ticks(self, values: Iterable[float]) -> list[Tick]:
        return [Tick(value, self.formats.tick(value)) for value in values]

    def _tick(self, value: float, kind: Kind) -> str:
        return self.formats.value(value, "share") if kind == "share" else self.formats.tick(value)


def _zone_range(zones: Sequence[Zone], ends: tuple[int, int]) -> tuple[float, float]:
    """Half points around everything that is drawn, inside the response scale."""
    found = [one for zone in zones for one in (zone.minimum, zone.desired, zone.perceived) if isinstance(one, Estimate)]
    seen = list(_ends(found))
    return max(float(ends[0]), math.floor(2 * min(seen) - 0.2) / 2), min(
        float(ends[1]), math.ceil(2 * max(seen) + 0.2) / 2
    )


def _ends(estimates: Iterable[Estimate]) -> Iterable[float]:
    for estimate in estimates:
        yield from (end for end in (estimate.value, estimate.ci_low, estimate.ci_high) if end is not None)


def _coefficients(attribute: KanoAttributeFinding) -> tuple[Estimate, Estimate] | None:
    result = attribute.result
    if not isinstance(result, KanoResult):
        return None
    if not isinstance(result.better, Estimate) or not isinstance(result.worse, Estimate):
        return None
    return result.better, result.worse


def _category(attribute: KanoAttributeFinding) -> str | None:
    return attribute.result.category if isinstance(attribute.result, KanoResult) else None
