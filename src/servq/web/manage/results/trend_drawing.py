"""Figures of waves. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.findings import Findings
from servq.analysis.trend_findings import Trend, TrendSeries
from servq.reporting import figures as report
from servq.reporting.formats import score_kind
from servq.reporting.trend_figures import TrendFigures
from servq.web.manage.figures import Figure
from servq.web.manage.results.pen import NARROW, Pen

TREND_HEIGHT = 150.0


class TrendDrawer(Pen):
    """Draws waves for one reader."""

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


class OverallTrend(TrendFigures):
    """Draws the headline by itself, higher than among the others."""

    def overall(self, trend: Trend) -> report.Figure:
        """The first series of a trend."""
        return self._multiples(trend, trend.series[:1], 1, panel_height=TREND_HEIGHT, strong_first=True)
