"""Findings to charts: chooses marks, axes and words, and writes the text alternative that says the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from servq.analysis.change_findings import Change
from servq.analysis.findings import Findings, Measure, OverallScore, Unavailable, Weights
from servq.analysis.reliability_findings import Reliability
from servq.reporting import charts
from servq.reporting.charts import Mark, Panel, Row, Tick
from servq.reporting.formats import Formats, Kind, change_kind, measured_kind, score_kind
from servq.statistics.estimate import Estimate

CONVENTIONAL_RELIABILITY = 0.70
"""Lower bound that is usually asked of alpha (Nunnally 1978); a convention, drawn as a line to compare with."""

ROWS_PER_FIGURE = 22
"""More rows than this go to another figure, so that no figure is taller than a page."""
WIDE_ENOUGH = 560.0
"""In a figure less wide the words under two panels would run into each other."""

LABEL_WIDTH, WIDE_LABEL_WIDTH, LONG_LABEL = 148.0, 210.0, 34

Tone = Literal["filled", "hollow", "below", "above", "unclear"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """An image with the text that replaces it."""

    uri: str
    alt: str


def difference_tone(estimate: Estimate) -> Tone:
    """What a difference may claim: a side of zero only where its interval leaves out zero."""
    if estimate.ci_low is None or estimate.ci_high is None or estimate.ci_low <= 0 <= estimate.ci_high:
        return "unclear"
    return "below" if estimate.value < 0 else "above"


def headline_of(findings: Findings, measure: Measure) -> Estimate | Unavailable:
    """Return the gap where the instrument has one, else the mean of the headline battery."""
    if measure.gap is not None:
        return measure.gap
    absent = Unavailable(reason=measure.reading)
    return measure.levels.get(findings.headline_battery, absent)


def label_width(labels: Iterable[str], width: float = 640) -> float:
    """Width of the column of labels in an image of this width."""
    longest = max(map(len, labels), default=0)
    return min(LABEL_WIDTH if longest <= LONG_LABEL else WIDE_LABEL_WIDTH, 0.34 * width)


class FigureMaker:
    """Draws the figures of one report.

    Parameters
    ----------
    findings
        Where every number comes from.
    formats
        How numbers and words are written for the reader.
    width
        Of the images, in units of 1/640 of the page's text width; less for a telephone.
    """

    def __init__(self, findings: Findings, formats: Formats, width: float = 640) -> None:
        self.findings = findings
        self.width = width
        self.formats = formats
        self.t = formats.t
        self.has_gap = any(measure.gap is not None for measure in (*findings.dimensions, *findings.items))
        self.kind: Kind = measured_kind(findings.measured)
        self._labels = {battery.id: battery.short for battery in findings.batteries}

    def overview(self) -> Figure | None:
        """Draw the dimensions by their headline number, worst first, for the summary page."""
        ranked = rank(self.findings, self.findings.dimensions)
        shown = [measure for measure in ranked if isinstance(headline_of(self.findings, measure), Estimate)]
        if not shown:
            return None
        rows = [Row(label=measure.label, cells=[self._headline_mark(measure)]) for measure in shown]
        # The caption names the measure, so the only panel needs no title of its own.
        panel = replace(self._headline_panel(shown), title="")
        return self._figure(rows, [panel], self._alt_of_measures(shown, with_levels=False))

    def dimensions(self) -> Figure | None:
        """Draw levels, and gaps beside them where the instrument has one, in the order of the instrument."""
        measures = self.findings.dimensions
        if not any(isinstance(headline_of(self.findings, measure), Estimate) for measure in measures):
            return None
        panels = [self._level_panel(list(measures[0].levels))]
        if self.has_gap:
            panels.append(self._headline_panel(measures))
        rows = []
        for measure in measures:
            cells = [self._level_marks(measure)]
            if self.has_gap:
                cells.append(self._headline_mark(measure))
            rows.append(Row(label=measure.label, cells=cells, absent=self.t("not available")))
        return self._figure(rows, panels, self._alt_of_measures(measures, with_levels=self.has_gap))

    def weights(self, weights: Weights) -> Figure:
        """Draw importance points beside the headline number of each dimension, most important first."""
        measures = sorted(
            (measure for measure in self.findings.dimensions if measure.id in weights.points),
            key=lambda measure: -weights.points[measure.id].value,
        )
        highest = max(weights.points[measure.id].ci_high or weights.points[measure.id].value for measure in measures)
        ticks = charts.round_ticks(0, highest, about=4)
        points = Panel(
            title=self.t("Importance, points of 100"),
            low=0,
            high=max(highest, ticks[-1]),
            ticks=self._ticks(ticks),
            form="bars",
        )
        rows = [
            Row(
                label=measure.label,
                cells=[
                    [self._mark(weights.points[measure.id], "points", "filled")],
                    self._headline_mark(measure),
                ],
                absent=self.t("not available"),
            )
            for measure in measures
        ]
        alt = (
            self.t("Importance points by dimension.")
            + " "
            + "; ".join(f"{m.label} {self.formats.with_interval(weights.points[m.id], 'points')}" for m in measures)
        )
        return self._figure(rows, [points, self._headline_panel(measures)], alt + ".")

    def change(self, change: Change) -> Figure | None:
        """Draw previous and current values joined, and the difference with its interval beside them."""
        rows, words = [], []
        levels: list[Estimate] = []
        differences: list[Estimate] = []
        kind = score_kind(self.findings.scores[0])
        for index, row in enumerate(change.rows):
            label = self.t("Overall") if index == 0 else self.t.say(row.label)
            pair = [estimate for estimate in (row.previous, row.current) if isinstance(estimate, Estimate)]
            levels.extend(pair)
            tones: tuple[Tone, Tone] = ("hollow", "filled")
            both = [self._mark(e, kind, tone, labelled=False) for e, tone in zip(pair, tones, strict=False)]
            difference: list[Mark] = []
            if isinstance(row.difference, Estimate):
                differences.append(row.difference)
                difference = [self._mark(row.difference, change_kind(kind), difference_tone(row.difference))]
                words.append(f"{label} {self.formats.with_interval(row.difference, change_kind(kind))}")
            rows.append(
                Row(
                    label=label,
                    cells=[both if len(pair) == len((row.previous, row.current)) else [], difference],
                    absent=self.t("not available"),
                    strong=index == 0,
                )
            )
        if not differences:
            return None
        panels = [self._change_levels(levels), self._difference_panel(differences, self.t("Change"))]
        return self._figure(rows, panels, self.t("Change since the previous wave.") + " " + "; ".join(words) + ".")

    def reliability(self, found: Sequence[Reliability]) -> Figure | None:
        """Draw alpha with its interval, a panel per battery, against the usual convention."""
        batteries = list(dict.fromkeys(entry.battery for entry in found))
        scales = list(dict.fromkeys((entry.dimension, entry.label) for entry in found))
        by_place = {(entry.battery, entry.dimension): entry for entry in found}
        estimates = [entry.alpha for entry in found if isinstance(entry.alpha, Estimate)]
        if not estimates:
            return None
        lowest = min(estimate.value if estimate.ci_low is None else estimate.ci_low for estimate in estimates)
        low = 0.5 if lowest >= 0.5 else 0.0  # most alphas lie above; the whole range when one does not
        ticks = charts.round_ticks(low, 1.0, about=3)
        panels = [
            Panel(
                title=self.battery_label(battery),
                low=low,
                high=1.0,
                ticks=self._ticks(ticks),
                reference=CONVENTIONAL_RELIABILITY,
            )
            for battery in batteries
        ]
        rows = []
        for dimension, label in scales:
            cells = []
            for battery in batteries:
                entry = by_place.get((battery, dimension))
                alpha = entry.alpha if entry else None
                cells.append([self._mark(alpha, "coefficient", "filled")] if isinstance(alpha, Estimate) else [])
            asked = [by_place[battery, dimension].alpha for battery in batteries if (battery, dimension) in by_place]
            lacking = any(isinstance(alpha, Unavailable) for alpha in asked)
            rows.append(Row(label=label, cells=cells, absent=self.t("not available") if lacking else ""))
        words = "; ".join(
            f"{entry.label}, {self.battery_label(entry.battery)} "
            f"{self.formats.with_interval(entry.alpha, 'coefficient')}"
            for entry in found
            if isinstance(entry.alpha, Estimate)
        )
        return self._figure(rows, panels, self.t("Cronbach's alpha by dimension and battery.") + f" {words}.")

    def battery_label(self, battery: str) -> str:
        """Short name of a battery, or of the gaps."""
        return self._labels.get(battery) or self.t("Gap")

    def _figure(self, rows: Sequence[Row], panels: Sequence[Panel], alt: str) -> Figure:
        width = label_width((row.label for row in rows), self.width)
        svg = charts.row_chart(rows, panels, width=self.width, label_width=width)
        return Figure(uri=charts.data_uri(svg), alt=alt)

    def _mark(self, estimate: Estimate, kind: Kind, tone: Tone, *, labelled: bool = True) -> Mark:
        label = self.formats.value(estimate.value, kind) if labelled else ""
        return Mark(value=estimate.value, ci_low=estimate.ci_low, ci_high=estimate.ci_high, tone=tone, label=label)

    def _headline_mark(self, measure: Measure) -> list[Mark]:
        estimate = headline_of(self.findings, measure)
        if isinstance(estimate, Unavailable):
            return []
        return [self._mark(estimate, self.kind, difference_tone(estimate) if self.has_gap else "filled")]

    def _level_marks(self, measure: Measure) -> list[Mark]:
        marks = []
        for battery, level in measure.levels.items():
            if isinstance(level, Estimate):
                tone: Tone = "filled" if battery == self.findings.headline_battery else "hollow"
                marks.append(self._mark(level, "level", tone, labelled=not self.has_gap))
        return marks if len(marks) == len(measure.levels) else []

    def _level_panel(self, batteries: Sequence[str]) -> Panel:
        scale = self.findings.scale
        if self.findings.measured in {"index", "share"}:
            return self._whole_panel()
        return Panel(
            title=self.t("Mean rating, {low} to {high}", low=scale.low, high=scale.high),
            low=scale.low,
            high=scale.high,
            ticks=self._ticks(range(scale.low, scale.high + 1)),
            form="dumbbell",
            note=self.anchors() if self.width >= WIDE_ENOUGH else "",
            key=[
                (self.battery_label(battery), "filled" if battery == self.findings.headline_battery else "hollow")
                for battery in batteries
            ]
            if len(batteries) > 1
            else (),
        )

    def _whole_panel(self) -> Panel:
        """Panel of indices from 0 to 100, or of shares of the attainable points."""
        high = 100.0 if self.findings.measured == "index" else 1.0
        ticks = charts.round_ticks(0.0, high, about=6)
        if self.findings.measured == "index":
            return Panel(title=self.t("Index, 0 to 100"), low=0.0, high=high, ticks=self._ticks(ticks))
        named = [Tick(value, self.formats.value(value, "share")) for value in ticks]
        return Panel(title=self.t("Share of the attainable points"), low=0.0, high=high, ticks=named)

    def overview_title(self) -> str:
        """Caption of the overview of the dimensions."""
        titles = {
            "gap": self.t("Gap by dimension, worst first"),
            "adequacy": self.t("Adequacy by dimension, worst first"),
            "index": self.t("Index by dimension, lowest first"),
            "share": self.t("Share of the attainable points by stage, lowest first"),
        }
        return titles.get(self.findings.measured, self.t("Mean rating by dimension, worst first"))

    def anchors(self) -> str:
        """What the ends of the response scale mean."""
        scale = self.findings.scale
        return " · ".join(
            f"{point} {scale.anchors[point]}" for point in (scale.low, scale.high) if point in scale.anchors
        )

    def gap_sides(self) -> tuple[str, str]:
        """What the two sides of zero mean for a gap."""
        if self.findings.measured == "adequacy":
            return self.t("← below the minimum"), self.t("above →")
        return self.t("← below expectations"), self.t("above →")

    def difference_name(self) -> str:
        """What the headline difference is called."""
        return self.t("Adequacy") if self.findings.measured == "adequacy" else self.t("Gap")

    def _headline_panel(self, measures: Iterable[Measure]) -> Panel:
        if not self.has_gap:
            return self._level_panel([self.findings.headline_battery])
        found = [headline_of(self.findings, measure) for measure in measures]
        return self._difference_panel(
            [e for e in found if isinstance(e, Estimate)], self.difference_name(), self.gap_sides()
        )

    def _difference_panel(
        self, estimates: Sequence[Estimate], title: str, sides: tuple[str, str] | None = None
    ) -> Panel:
        low, high = charts.zero_centred(_ends(estimates))
        return Panel(
            title=title,
            low=low,
            high=high,
            ticks=self._ticks(charts.round_ticks(low, high, about=5)),
            reference=0.0,
            sides=sides,
            share=0.9,
        )

    def _score_panel(self, score: OverallScore, estimates: Sequence[Estimate]) -> Panel:
        title = self.t.say(score.label)
        if score.kind.startswith(("gap", "adequacy")):
            return self._difference_panel(estimates, title, self.gap_sides())
        if score.unit == "points":
            return self._difference_panel(estimates, title)
        ticks = charts.round_ticks(score.low, score.high, about=7)
        if score.unit == "share":
            return Panel(
                title=title,
                low=0.0,
                high=1.0,
                ticks=[Tick(value, self.formats.value(value, "share")) for value in ticks],
            )
        return Panel(title=title, low=score.low, high=score.high, ticks=self._ticks(ticks))

    def _change_levels(self, estimates: Sequence[Estimate]) -> Panel:
        score = self.findings.scores[0]
        panel = self._score_panel(score, estimates)
        return Panel(
            title=self.difference_name() if self.has_gap else panel.title,
            low=panel.low,
            high=panel.high,
            ticks=panel.ticks,
            form="dumbbell",
            reference=panel.reference,
            key=[(self.t("previous wave"), "hollow"), (self.t("this wave"), "filled")],
        )

    def _ticks(self, values: Iterable[float]) -> list[Tick]:
        return [Tick(value, self.formats.tick(value)) for value in values]

    def _alt_of_measures(self, measures: Iterable[Measure], *, with_levels: bool) -> str:
        sentences = []
        for measure in measures:
            estimate = headline_of(self.findings, measure)
            if isinstance(estimate, Unavailable):
                sentences.append(f"{measure.label}: {self.t('not available')}")
                continue
            words = [f"{measure.label} {self.formats.with_interval(estimate, self.kind)}"]
            if with_levels:
                words.extend(
                    f"{self.battery_label(battery)} {self.formats.value(level.value, 'level')}"
                    for battery, level in measure.levels.items()
                    if isinstance(level, Estimate)
                )
            sentences.append(", ".join(words))
        what = {
            "gap": self.t("Gap by dimension."),
            "adequacy": self.t("Adequacy by dimension."),
            "index": self.t("Index by dimension."),
            "share": self.t("Share of the attainable points by stage."),
        }.get(self.findings.measured, self.t("Mean rating by dimension."))
        return f"{what} {'; '.join(sentences)}."


def rank(findings: Findings, measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """Sort from the worst headline number to the best; measures without one come last."""
    sign = 1.0 if findings.scale.better == "high" else -1.0

    def place(measure: Measure) -> tuple[bool, float]:
        estimate = headline_of(findings, measure)
        if isinstance(estimate, Unavailable):
            return True, 0.0
        return False, estimate.value if measure.gap is not None else sign * estimate.value

    return tuple(sorted(measures, key=place))


def _ends(estimates: Iterable[Estimate]) -> Iterable[float]:
    for estimate in estimates:
        yield from (end for end in (estimate.value, estimate.ci_low, estimate.ci_high) if end is not None)
