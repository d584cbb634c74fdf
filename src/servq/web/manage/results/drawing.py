"""Figures of the result pages: the charts of the report, each with its numbers as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from servq.analysis.absence import Unavailable
from servq.analysis.driver_findings import Drivers
from servq.analysis.findings import Findings, Measure
from servq.reporting import charts
from servq.reporting import figures as report
from servq.reporting.charts import Row
from servq.reporting.figures import FigureMaker
from servq.reporting.formats import measured_kind
from servq.reporting.metric_figures import distribution_figure
from servq.reporting.priority_figures import PriorityFigures
from servq.reporting.score_figures import ScoreFigureMaker
from servq.reporting.score_views import QUADRANT_NAMES, kano_view, priorities_view
from servq.statistics.estimate import Estimate
from servq.web.manage.figures import Figure
from servq.web.manage.results.group_drawing import GroupDrawer
from servq.web.manage.results.pen import NARROW
from servq.web.manage.results.trend_drawing import TrendDrawer


class Drawer(GroupDrawer, TrendDrawer):
    """Draws for one reader."""

    def dimensions(self, findings: Findings, title: str) -> Figure | None:
        """Levels and gaps by dimension, in the order of the instrument; on a telephone the gaps alone."""
        wide = FigureMaker(findings, self.formats, self.width).dimensions() if findings.dimensions else None
        if wide is None:
            return None
        maker = FigureMaker(findings, self.formats, NARROW)
        kind = measured_kind(findings.measured)
        batteries = list(findings.dimensions[0].levels) if maker.has_gap else []
        heads = [
            (self.t("Dimension"), ""),
            (self.t("n"), "n"),
            *((maker.battery_label(battery), "n") for battery in batteries),
            (maker.difference_name() if maker.has_gap else self.t("Mean"), "n"),
        ]
        rows = [
            (
                measure.label,
                self.count(headline),
                *(self.number(measure.levels[battery], "level") for battery in batteries),
                self.number(headline, kind),
            )
            for measure in findings.dimensions
            for headline in [report.headline_of(findings, measure)]
        ]
        return self.shown(
            wide,
            title,
            narrow=maker.overview(),
            note=self.note(
                self.words(
                    "Dots are means, lines {confidence} confidence intervals. An open dot under “Gap” means that the "
                    "interval holds zero.",
                    confidence=self.confidence(findings),
                )
                if maker.has_gap
                else self.words(
                    "Dots are means, lines {confidence} confidence intervals.", confidence=self.confidence(findings)
                ),
                (report.headline_of(findings, measure) for measure in findings.dimensions),
            ),
            columns=heads,
            rows=rows,
        )

    def answers(self, findings: Findings, title: str) -> Figure | None:
        """The answers to the one item of the headline, by point of its scale; None where it rests on several."""
        if findings.dimensions or not findings.scores:
            return None
        score = findings.scores[0]
        wide = distribution_figure(score, findings.scale, self.formats)
        if wide is None:
            return None
        total = sum(score.distribution)
        return self.shown(
            wide,
            title,
            note=score.item_wording,
            columns=[(self.t("Point"), ""), (self.t("n"), "n"), (self.t("Share"), "n")],
            rows=[
                (str(point), self.words.count(count), self.words.percent(count / total))
                for point, count in zip(score.points, score.distribution, strict=True)
            ],
        )

    def classes(self, findings: Findings, title: str) -> Figure | None:
        """How far attributes please and annoy, where the headline is a class of each."""
        view = kano_view(findings, ScoreFigureMaker(self.formats, self.width)) if findings.kano else None
        return None if view is None or view.figure is None else self.shown(view.figure, title)

    def items(self, findings: Findings, title: str) -> Figure | None:
        """Every item by its headline number, the largest shortfall first."""
        ranked = [one for one in report.rank(findings, findings.items) if self._headline(findings, one)]
        if not ranked:
            return None
        wide, narrow = (ItemFigures(findings, self.formats, width).items(ranked) for width in (self.width, NARROW))
        kind = measured_kind(findings.measured)
        dimensions = {one.id: one.label for one in findings.dimensions}
        has_gap = ranked[0].gap is not None
        batteries = list(ranked[0].levels) if has_gap else []
        maker = FigureMaker(findings, self.formats)
        return self.shown(
            wide,
            title,
            narrow=narrow,
            note=self.note(
                self.t(
                    "Lines are {confidence} confidence intervals. A grey bar means that the interval holds zero; the "
                    "tests are adjusted over all items (Holm).",
                    confidence=self.confidence(findings),
                )
                if has_gap
                else self.words(
                    "Dots are means, lines {confidence} confidence intervals.", confidence=self.confidence(findings)
                ),
                (report.headline_of(findings, one) for one in ranked),
            ),
            columns=[
                (self.t("Item"), ""),
                (self.t("Dimension"), ""),
                (self.t("n"), "n"),
                *((maker.battery_label(battery), "n") for battery in batteries),
                (maker.difference_name() if has_gap else self.t("Mean"), "n"),
            ],
            rows=[
                (
                    f"{one.number} · {one.label}" if one.number else one.label,
                    dimensions.get(one.dimension or "", ""),
                    self.count(report.headline_of(findings, one)),
                    *(self.number(one.levels[battery], "level") for battery in batteries),
                    self.number(report.headline_of(findings, one), kind),
                )
                for one in ranked
            ],
        )

    def _headline(self, findings: Findings, measure: Measure) -> bool:
        return isinstance(report.headline_of(findings, measure), Estimate)

    def importance(self, findings: Findings, title: str) -> Figure | None:
        """Importance points beside the headline number of each dimension."""
        weights = findings.weights
        if isinstance(weights, Unavailable) or not findings.dimensions:
            return None
        maker = FigureMaker(findings, self.formats, self.width)
        kind = measured_kind(findings.measured)
        return self.shown(
            maker.weights(weights),
            title,
            note=self.t(
                "n = {n:,} with valid points. Lines are {confidence} confidence intervals.",
                n=weights.n_valid,
                confidence=self.confidence(findings),
            ),
            columns=[
                (self.t("Dimension"), ""),
                (self.t("Points of 100"), "n"),
                (maker.difference_name() if maker.has_gap else self.t("Mean"), "n"),
            ],
            rows=[
                (
                    one.label,
                    self.number(weights.points.get(one.id), "points"),
                    self.number(report.headline_of(findings, one), kind),
                )
                for one in findings.dimensions
            ],
        )

    def priorities(self, findings: Findings, title: str = "") -> Figure | None:
        """The importance–performance map: of the items where their importance was asked, else of the dimensions."""
        view, small = (
            priorities_view(findings, ScoreFigureMaker(self.formats, width)) for width in (self.width, NARROW)
        )
        if view is None or view.figure is None:
            return None
        found, kinds = view.priorities, (view.importance_kind, view.performance_kind)
        by_name = found.basis != "stated"
        return self.shown(
            view.figure,
            title,
            narrow=small.figure if small else None,
            note=self.t(
                "Crosses are {confidence} confidence intervals; dashed lines are the averages. An open dot lies on a "
                "line and belongs to no quarter yet.",
                confidence=self.confidence(findings),
            ),
            columns=[
                (self.t("Dimension") if by_name else self.t("Item"), ""),
                (self.t("n"), "n"),
                (self.t("Importance"), "n"),
                (self.t("Performance"), "n"),
                (self.t("Quarter"), ""),
            ],
            rows=[
                (
                    one.label if by_name else f"{one.number} · {one.label}",
                    self.count(one.performance),
                    self.number(one.importance, kinds[0]),
                    self.number(one.performance, kinds[1]),
                    self.say(QUADRANT_NAMES[one.quadrant]),
                )
                for one in found.items
            ],
        )

    def drivers(self, findings: Findings, title: str) -> Figure | None:
        """What goes with the outcome, the most important first."""
        found = findings.drivers
        if not isinstance(found, Drivers):
            return None
        wide, narrow = (PriorityFigures(self.formats, width).drivers(found) for width in (self.width, NARROW))
        return self.shown(
            wide,
            title,
            narrow=narrow,
            note=self.note(
                self.t(
                    "Lines are {confidence} bootstrap intervals. This describes the answers and proves no cause.",
                    confidence=self.confidence(findings),
                ),
                [found.r_squared],
            ),
            columns=[
                (self.t("Dimension"), ""),
                (self.t("Share of what is explained"), "n"),
                (self.t("Performance"), "n"),
            ],
            rows=[
                (one.label, self.number(one.importance, "share"), self.number(one.performance, "level"))
                for one in found.drivers
            ],
        )


class ItemFigures(FigureMaker):
    """Draws the items by their headline numbers."""

    def items(self, ranked: Sequence[Measure]) -> report.Figure:
        """One row per item in the order given."""
        rows = [
            Row(label=f"{one.number} · {one.label}" if one.number else one.label, cells=[self._headline_mark(one)])
            for one in ranked
        ]
        panel = self._headline_panel(ranked)
        form = "bars" if self.has_gap else panel.form
        svg = charts.row_chart(
            rows, [replace(panel, title="", form=form)], width=self.width, label_width=0.46 * self.width
        )
        return report.Figure(uri=charts.data_uri(svg), alt=self._alt_of_measures(ranked, with_levels=False))
