"""Figures of several waves: small control charts of every score, and of the headline by site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from servq.analysis.trend_findings import Trend, TrendSeries
from servq.reporting import charts
from servq.reporting.charts import Tick, TrendAxis, TrendMark, TrendPanel
from servq.reporting.figures import Figure, FigureMaker
from servq.reporting.formats import Kind, score_kind

ACROSS, NARROW_ACROSS = 3, 2
SITES_ACROSS, NARROW_SITES_ACROSS = 5, 2
SITES_PER_FIGURE = 40
SITE_HEIGHT = 42.0
NARROW = 500.0


class TrendFigures(FigureMaker):
    """Draws the waves of one report."""

    def scores(self, trend: Trend) -> Figure:
        """Draw the headline and every dimension against one axis."""
        columns = NARROW_ACROSS if self.width < NARROW else ACROSS
        return self._multiples(trend, trend.series, min(columns, len(trend.series)), strong_first=True)

    def sites(self, trend: Trend) -> tuple[Figure, ...]:
        """Draw the headline of every site against one axis."""
        columns = NARROW_SITES_ACROSS if self.width < NARROW else SITES_ACROSS
        return tuple(
            self._multiples(
                trend,
                trend.sites[start : start + SITES_PER_FIGURE],
                columns,
                panel_height=SITE_HEIGHT,
                among=trend.sites,
            )
            for start in range(0, len(trend.sites), SITES_PER_FIGURE)
        )

    def _multiples(
        self,
        trend: Trend,
        series: Sequence[TrendSeries],
        columns: int,
        *,
        panel_height: float = 84.0,
        among: Sequence[TrendSeries] = (),
        strong_first: bool = False,
    ) -> Figure:
        kind = score_kind(self.findings.scores[0])
        waves = [self.t.say(wave) for wave in trend.waves]
        places = {wave: place for place, wave in enumerate(trend.waves)}
        ends = list(_ends(among or series))
        room = (max(ends) - min(ends)) * 0.06 or 0.5
        low, high = min(ends) - room, max(ends) + room
        axis = TrendAxis(
            low=low,
            high=high,
            ticks=[Tick(value, self._tick(value, kind)) for value in charts.round_ticks(low, high, about=4)],
            first=waves[0],
            last=waves[-1],
            n_waves=len(waves),
        )
        panels = [
            TrendPanel(
                title=self.t.say(one.label),
                marks=trend_marks(one, places),
                centre=one.centre,
                label=self.formats.value(one.points[-1].estimate.value, kind),
                strong=strong_first and index == 0,
            )
            for index, one in enumerate(series)
        ]
        svg = charts.trend_chart(panels, axis, columns=columns, panel_height=panel_height, width=self.width)
        words = "; ".join(
            f"{self.t.say(one.label)}: "
            + ", ".join(
                f"{self.t.say(point.wave)} {self.formats.value(point.estimate.value, kind)}"
                + (f" ({self.t('outside the limits')})" if point.is_outside else "")
                for point in one.points
            )
            for one in series
        )
        alt = self.t("Waves from {first} to {last} with control limits.", first=waves[0], last=waves[-1])
        return Figure(uri=charts.data_uri(svg), alt=f"{alt} {words}.")

    def _tick(self, value: float, kind: Kind) -> str:
        return self.formats.value(value, "share") if kind == "share" else self.formats.tick(value)


def _ends(series: Sequence[TrendSeries]) -> Iterator[float]:
    for one in series:
        for point in one.points:
            yield from (
                end for end in (point.estimate.value, point.estimate.ci_low, point.estimate.ci_high) if end is not None
            )


def trend_marks(series: TrendSeries, places: Mapping[str, int]) -> list[TrendMark]:
    """Return the points of a series with their limits, at the places of their waves on the axis."""
    return [
        TrendMark(
            wave=places[point.wave],
            value=point.estimate.value,
            ci_low=point.estimate.ci_low,
            ci_high=point.estimate.ci_high,
            lower=point.lower,
            upper=point.upper,
            is_outside=point.is_outside,
        )
        for point in series.points
    ]
