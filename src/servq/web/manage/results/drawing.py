"""Figures of the result pages: the charts of the report, each with its numbers as a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from servq.analysis.absence import Unavailable
from servq.analysis.driver_findings import Drivers
from servq.analysis.findings import Findings, Measure
from servq.analysis.segment_findings import OVERALL, Ranking, Segment, SegmentGroup
from servq.analysis.trend_findings import Trend, TrendSeries
from servq.reporting import charts
from servq.reporting import figures as report
from servq.reporting.charts import Row
from servq.reporting.charts.mirror import mirror_images
from servq.reporting.figures import FigureMaker
from servq.reporting.formats import Formats, Kind, measured_kind, score_kind
from servq.reporting.group_figures import GroupFigures
from servq.reporting.priority_figures import PriorityFigures
from servq.reporting.score_figures import ScoreFigureMaker
from servq.reporting.score_views import QUADRANT_NAMES, priorities_view
from servq.reporting.trend_figures import TrendFigures
from servq.statistics.estimate import Estimate
from servq.translation import Translator, translator
from servq.web.manage.figures import Figure
from servq.web.manage.results.pictures import called

NARROW, HALF, WIDE = 320.0, 460.0, 640.0
"""Widths of charts: on a telephone, in half a page and in a whole one. A chart drawn for another width than it is
shown in has letters that are too small or too large."""
TREND_HEIGHT = 150.0
Column = tuple[str, str]


class Drawer:
    """Draws for one reader.

    Parameters
    ----------
    locale
        Of the reader; the words of the charts are those of the report.
    width
        Of the charts, unless they are shown on a telephone.
    """

    def __init__(self, locale: str, width: float = WIDE) -> None:
        self.width = width
        self.words = translator(locale)
        self.formats = Formats(self.words)
        self.t: Translator = translator(locale, "results")

    def say(self, text: str) -> str:
        """A sentence of the findings in the reader's language."""
        return self.words.say(text)

    def wave(self, name: str) -> str:
        """What people call a wave."""
        return called(name, self.words.locale)

    def source(self, uri: str) -> str:
        """A drawing as the reader reads it: turned round where reading begins at the right."""
        return mirror_images(uri) if self.words.direction == "rtl" else uri

    def shown(
        self,
        wide: report.Figure,
        title: str,
        *,
        narrow: report.Figure | None = None,
        note: str = "",
        columns: Sequence[Column] = (),
        rows: Sequence[Sequence[str]] = (),
        figure_id: str = "",
    ) -> Figure:
        """A figure of the report as a page shows it."""
        return Figure(
            title=title,
            source=self.source(wide.uri),
            narrow=self.source(narrow.uri) if narrow else "",
            alternative=wide.alt,
            note=note,
            columns=tuple(columns),
            rows=tuple(rows),
            id=figure_id,
        )

    def number(self, estimate: object, kind: Kind) -> str:
        """A number with its interval, or a dash."""
        return self.formats.with_interval(estimate, kind) if isinstance(estimate, Estimate) else "–"

    def count(self, estimate: object) -> str:
        """How many respondents a number rests on, or a dash."""
        return self.words.count(estimate.n) if isinstance(estimate, Estimate) else "–"

    def note(self, sentence: str, estimates: Iterable[object]) -> str:
        """What the marks are, with the numbers of respondents behind them."""
        sizes = sorted({one.n for one in estimates if isinstance(one, Estimate)})
        if not sizes:
            return sentence
        if sizes[0] == sizes[-1]:
            return f"{sentence} {self.t('n = {n:,}.', n=sizes[0])}"
        return f"{sentence} {self.t('n = {low:,} to {high:,}.', low=sizes[0], high=sizes[-1])}"

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

    def overall_trend(self, findings: Findings, title: str = "") -> Figure | None:
        """The headline over the waves with its limits of chance."""
        trend = findings.trend
        if not isinstance(trend, Trend):
            return None
        wide, narrow = (OverallTrend(findings, self.formats, width).overall(trend) for width in (self.width, NARROW))
        return self._trend(findings, trend.series[:1], title, wide, narrow)

    def trend_of(self, findings: Findings, trend: Trend, title: str = "") -> Figure:
        """Every series of a trend as a small control chart."""
        wide, narrow = (TrendFigures(findings, self.formats, width).scores(trend) for width in (self.width, NARROW))
        return self._trend(findings, trend.series, title, wide, narrow)

    def trend_by_site(self, findings: Findings, title: str = "") -> Figure | None:
        """The headline of every site over the waves."""
        trend = findings.trend
        if not isinstance(trend, Trend) or not trend.sites:
            return None
        wide, narrow = (TrendFigures(findings, self.formats, width).sites(trend)[0] for width in (self.width, NARROW))
        return self._trend(findings, trend.sites, title, wide, narrow)

    def _trend(
        self,
        findings: Findings,
        series: Sequence[TrendSeries],
        title: str,
        wide: report.Figure,
        narrow: report.Figure,
    ) -> Figure:
        kind = score_kind(findings.scores[0])
        return self.shown(
            wide,
            title,
            narrow=narrow,
            note=self.t(
                "Lines are {confidence} confidence intervals. The band holds what chance alone moves a wave (three "
                "standard errors); an open dot lies outside it.",
                confidence=self.confidence(findings),
            ),
            columns=[
                (self.t("Score"), ""),
                (self.t("Wave"), ""),
                (self.t("n"), "n"),
                (self.t("Value"), "n"),
                (self.t("Limits of chance"), "n"),
            ],
            rows=[
                (
                    self.say(one.label),
                    self.say(point.wave),
                    self.count(point.estimate),
                    self.number(point.estimate, kind),
                    self.words(
                        "{low} to {high}",
                        low=self.formats.value(point.lower, kind),
                        high=self.formats.value(point.upper, kind),
                    ),
                )
                for one in series
                for point in one.points
            ],
        )

    def ranking(
        self, segment: Segment, findings: Findings, *, most: int | None = None, title: str = ""
    ) -> Figure | None:
        """The places that the data cannot rule out, the best group first; without a ranking the scores by group."""
        ranking = segment.ranking
        if not isinstance(ranking, Ranking):
            return self.dots(segment, findings, title)
        shown = replace(segment, ranking=replace(ranking, groups=ranking.groups[:most])) if most else segment
        wide, narrow = (GroupFigures(findings, self.formats, width).ranking(shown)[0] for width in (self.width, NARROW))
        kind = score_kind(findings.scores[0])
        return self.shown(
            wide,
            title,
            narrow=narrow,
            note=self.t(
                "Bars are the places that cannot be ruled out, lines {confidence} confidence intervals. Places hold "
                "together after Holm's correction; what cannot be told apart shares a place.",
                confidence=self.confidence(findings),
            ),
            columns=[
                (self.t("Group"), ""),
                (self.t("Place"), "n"),
                (self.t("Places possible"), "n"),
                (self.t("n"), "n"),
                (self.say(findings.scores[0].label), "n"),
            ],
            rows=[
                (
                    one.label,
                    self.words("{place}, shared", place=one.place) if one.is_shared else self.words.count(one.place),
                    self.words("{low} to {high}", low=str(one.rank_low), high=str(one.rank_high)),
                    self.count(one.estimate),
                    self.number(one.estimate, kind),
                )
                for one in ranking.groups
            ],
        )

    def dots(self, segment: Segment, findings: Findings, title: str = "") -> Figure | None:
        """The headline by group with its interval."""
        drawn = GroupFigures(findings, self.formats, self.width).dots(segment)
        if not drawn:
            return None
        narrow = GroupFigures(findings, self.formats, NARROW).dots(segment)[0]
        return self.shown(
            drawn[0],
            title,
            narrow=narrow,
            note=self.words(
                "Dots are estimates, lines {confidence} confidence intervals.", confidence=self.confidence(findings)
            ),
            columns=[
                (self.t("Group"), ""),
                (self.t("n"), "n"),
                (self.say(findings.scores[0].label), "n"),
            ],
            rows=[
                (
                    self.say(group.label),
                    "–" if group.n is None else self.words.count(group.n),
                    self.words("not shown")
                    if group.suppressed
                    else self.number(group.overall, score_kind(findings.scores[0])),
                )
                for group in segment.groups
            ],
        )

    def stages(self, segment: Segment, findings: Findings, order: Sequence[str]) -> Figure | None:
        """The headline of every touchpoint, in the order given."""
        groups = {group.label: group for group in segment.groups}
        ordered = [groups[name] for name in order]
        if not any(isinstance(group.overall, Estimate) for group in ordered):
            return None
        wide, narrow = (StageFigures(findings, self.formats, width).stages(ordered) for width in (self.width, NARROW))
        kind = score_kind(findings.scores[0])
        return self.shown(
            wide,
            "",
            narrow=narrow,
            note=self.t(
                "Dots are scores with their {confidence} confidence intervals; coloured only where a stage differs "
                "from all others together after correction.",
                confidence=self.confidence(findings),
            ),
            columns=[
                (self.t("Stage"), ""),
                (self.t("n"), "n"),
                (self.say(findings.scores[0].label), "n"),
            ],
            rows=[
                (
                    self.say(group.label),
                    "–" if group.n is None else self.words.count(group.n),
                    self.words("not shown") if group.suppressed else self.number(group.overall, kind),
                )
                for group in ordered
            ],
        )

    def heat_map(self, segment: Segment, findings: Findings, title: str = "") -> Figure | None:
        """Every score of every group; colour only where a difference may be claimed."""
        drawn = GroupFigures(findings, self.formats, self.width).heat_map(segment)
        if not drawn:
            return None
        kind = score_kind(findings.scores[0])
        measured = measured_kind(findings.measured)
        return self.shown(
            drawn[0],
            title,
            note=self.t(
                "Colour and arrow only where a group differs from all others together after correction "
                "(Benjamini–Hochberg); everything else may be chance."
            ),
            columns=[
                (self.t("Group"), ""),
                (self.t("n"), "n"),
                (self.words("Overall"), "n"),
                *((one.label, "n") for one in findings.dimensions),
            ],
            rows=[
                (
                    self.say(group.label),
                    "–" if group.n is None else self.words.count(group.n),
                    self.words("not shown") if group.suppressed else self.number(group.overall, kind),
                    *(self.number(group.dimensions.get(one.id), measured) for one in findings.dimensions),
                )
                for group in segment.groups
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

    def confidence(self, findings: Findings) -> str:
        """The confidence level of the findings, as people say it."""
        level = next(
            (one.estimate.confidence_level for one in findings.scores if isinstance(one.estimate, Estimate)), 0.95
        )
        return self.formats.level_in_percent(level)

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


class OverallTrend(TrendFigures):
    """Draws the headline by itself, higher than among the others."""

    def overall(self, trend: Trend) -> report.Figure:
        """The first series of a trend."""
        return self._multiples(trend, trend.series[:1], 1, panel_height=TREND_HEIGHT, strong_first=True)


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


class StageFigures(FigureMaker):
    """Draws the stages of a journey."""

    def stages(self, ordered: Sequence[SegmentGroup]) -> report.Figure:
        """One row per stage, from the first to the last."""
        score = self.findings.scores[0]
        kind = score_kind(score)
        found = [group.overall for group in ordered if isinstance(group.overall, Estimate)]
        panel = replace(self._score_panel(score, found), title="")
        rows, words = [], []
        for place, group in enumerate(ordered, start=1):
            label = f"{place} · {self.t.say(group.label)}"
            if isinstance(group.overall, Estimate):
                rows.append(Row(label=label, cells=[[self._mark(group.overall, kind, self._tone(group))]]))
                words.append(f"{label} {self.formats.with_interval(group.overall, kind)}")
            else:
                rows.append(Row(label=label, cells=[[]], absent=self.t("not shown")))
                words.append(f"{label}: {self.t('not shown')}")
        return self._figure(rows, [panel], f"{self.t.say(score.label)}. {'; '.join(words)}.")

    def _tone(self, group: SegmentGroup) -> report.Tone:
        """Blue for a better stage, rust for a worse one, grey where no difference may be claimed."""
        mark = group.marks.get(OVERALL)
        if mark is None or mark.direction == "none":
            return "hollow"
        is_good = (mark.direction == "above") == (self.findings.scores[0].better == "high")
        return "above" if is_good else "below"
