"""Measures over the waves with control limits, of everybody or of each group. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.absence import Unavailable
from servq.analysis.trend_findings import Trend, TrendSeries
from servq.analysis.trends import make_trend, wave_point
from servq.reporting.charts import TrendAxis, TrendPanel, trend_chart
from servq.reporting.trend_figures import trend_marks
from servq.results.measures import OVERALL
from servq.web.manage.workbench.shown import TIDY_ESTIMATE, WIDTH, Desk, Shown

MOST_PANELS = 48


def show_trend(desk: Desk) -> Shown:
    """Answer with one small control chart per measure, or per group of the first measure."""
    found = _make(desk)
    by = desk.choices.by if desk.choices.by != "wave" else ""
    what = desk.what() if not by else desk.label(desk.measured[0])
    title = desk.title(
        desk.t("{what} over time, by {group}", what=what, group=desk.offer.name_of(by))
        if by
        else desk.t("{what} over time", what=what)
    )
    if isinstance(found, Unavailable):
        return Shown(title=title, reading=[desk.say(found.reason)])
    series = (found.sites if by else found.series)[:MOST_PANELS]
    kinds = {one.id: one for one in desk.measured}
    first = desk.measured[0]

    def kind(one: TrendSeries) -> str:
        return kinds[one.id].kind if one.id in kinds else first.kind

    n = sum(point.estimate.n for point in found.series[0].points)
    level = desk.formats.level_in_percent(desk.estimator.confidence_level)
    reading = [desk.say(found.reading)] if not by else []
    if by and not series:
        reading = [desk.t("No group has enough answers in at least three waves.")]
    return Shown(
        title=title,
        reading=[*reading, *(desk.say(one) for one in found.caveats)],
        svg=_chart(desk, found, series) if series else "",
        alternative=f"{title}. " + " ".join(f"{desk.t.say(one.label)}: {desk.say(one.reading)}" for one in series[:12]),
        note=desk.note(
            n,
            desk.t("Dots are estimates with {level} confidence intervals.", level=level),
            desk.t("The band holds three standard errors around the common value: what chance explains."),
        ),
        columns=[
            (desk.offer.name_of(by) if by else desk.t("Measure"), ""),
            (desk.t("Wave"), ""),
            ("n", "n"),
            (desk.t("Value"), "n"),
            (desk.t("Interval"), "n"),
            (desk.t("Limits"), "n"),
        ],
        rows=[
            [
                desk.t.say(one.label),
                point.wave,
                desk.t.count(point.estimate.n),
                desk.formats.value(point.estimate.value, kind(one)),  # type: ignore[arg-type]  # the kinds of measures
                desk.formats.interval(point.estimate, kind(one)),  # type: ignore[arg-type]  # the same
                desk.t(
                    "{low} to {high}",
                    low=desk.formats.value(point.lower, kind(one)),  # type: ignore[arg-type]  # the same
                    high=desk.formats.value(point.upper, kind(one)),  # type: ignore[arg-type]  # the same
                ),
            ]
            for one in series
            for point in one.points
        ],
        tidy_columns=("series", "wave", *TIDY_ESTIMATE, "centre", "lower_limit", "upper_limit", "is_outside"),
        tidy_rows=[
            [
                one.id,
                point.wave,
                *desk.tidy(point.estimate),
                one.centre,
                point.lower,
                point.upper,
                int(point.is_outside),
            ]
            for one in series
            for point in one.points
        ],
    )


def _make(desk: Desk) -> Trend | Unavailable:
    measures = desk.measured
    by = desk.choices.by if desk.choices.by != "wave" else ""
    points = []
    for wave in desk.offer.scored.waves:
        chosen = desk.offer.scored.select(
            waves=[wave.number], sites=desk.offer.viewer.sites, where=dict(desk.choices.conditions)
        )
        if chosen.n < desk.offer.minimum or (desk.offer.is_limited and not _may_show(desk, wave.number)):
            continue
        shown = measures[:1] if by else measures
        scores = {one.id: desk.offer.measures.rule(one, chosen, desk.estimator).contributions for one in shown}
        groups = desk.offer.groups(chosen, by).texts() if by else None
        points.append(wave_point(desk.offer.wave_called(wave.name), scores, desk.estimator, sites=groups))
    if len(points) < 3 or not points[-1].scores:
        return make_trend(points)
    first = measures[0]
    return make_trend(
        points,
        better=first.better,
        labels={one.id: desk.label(one) for one in measures},
        shares=frozenset(one.id for one in measures if one.kind == "share" and one.points),
    )


def _may_show(desk: Desk, number: int) -> bool:
    """Whether the group that a filter leaves can be shown in a wave without giving another one away."""
    from dataclasses import replace

    alone = replace(desk.choices, waves=(number,), show=type(desk.choices.show).DOTS, by="")
    return all(value in desk.offer.filterable(alone, name) for name, value in desk.choices.only)


def _chart(desk: Desk, found: Trend, series: Sequence[TrendSeries]) -> str:
    first = desk.measured[0]
    points = [point for one in series for point in one.points]
    limits = [limit for point in points for limit in (point.lower, point.upper)]
    low, high, ticks = desk.axis(first, [*desk.ends(point.estimate for point in points), *limits], holds_zero=False)
    places = {wave: place for place, wave in enumerate(found.waves)}
    panels = [
        TrendPanel(
            title=desk.t.say(one.label),
            marks=trend_marks(one, places),
            centre=one.centre,
            label=desk.formats.value(one.points[-1].estimate.value, first.kind),
            strong=one.id == OVERALL and len(series) > 1,
        )
        for one in series
    ]
    axis = TrendAxis(
        low=low,
        high=high,
        ticks=ticks[:: max(1, len(ticks) // 4)],
        first=found.waves[0],
        last=found.waves[-1],
        n_waves=len(found.waves),
    )
    columns = 1 if len(panels) == 1 else 2 if len(panels) <= 4 else 3
    return trend_chart(panels, axis, columns=columns, panel_height=200 if columns == 1 else 96, width=WIDTH)
