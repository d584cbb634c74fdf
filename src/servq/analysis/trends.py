"""Several waves side by side: control charts of the headline, of the dimensions, and of the headline by site.

What is said in words is about the newest wave only, because that is the one decision of a report: every earlier point
was judged when it was new, and judging them all again would raise false alarms with every wave.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, Estimator, unavailable
from servq.analysis.grouping import factorised
from servq.analysis.readings import SLIGHT_D
from servq.analysis.suppression import hidden_groups, hidden_in_score
from servq.analysis.trend_findings import Newest, Trend, TrendPoint, TrendSeries
from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics import (
    ControlChart,
    MeanEstimate,
    SampleSummary,
    adjust_p_values,
    mean_interval_from,
    p_chart,
    welch_t_test_from,
    xbar_chart_from,
)

LEAST_WAVES = 3
"""Two waves are a change, not a trend."""
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class WavePoint:
    """One wave as a trend needs it: n, mean and standard deviation of each score, hidden ones left out.

    Parameters
    ----------
    label
        Name of the wave.
    scores
        By id of the score, the headline first.
    sites
        The headline by site.
    """

    label: str
    scores: Mapping[str, SampleSummary]
    sites: Mapping[str, SampleSummary] = field(default_factory=dict)


def wave_point(
    label: str, scores: Mapping[str, Array], estimator: Estimator, *, sites: NDArray[np.object_] | None = None
) -> WavePoint:
    """Sum up one wave.

    Parameters
    ----------
    label
        Name of the wave.
    scores
        By id, shape (n_respondents,) each, NaN where missing: the headline first. A net promoter score or a share is
        given as what each respondent adds to it.
    estimator
        With the smallest group that may be shown and the survey weights of this wave.
    sites
        Site of each respondent, "" where it is not known, shape (n_respondents,); None without sites.
    """
    summaries = {id_: summary for id_, values in scores.items() if (summary := _summary(values, estimator)) is not None}
    by_site: dict[str, SampleSummary] = {}
    if sites is not None and scores:
        values = next(iter(scores.values()))
        names, codes, counts = factorised(sites)
        minimum = estimator.minimum_group_size
        having = np.bincount(codes[np.isfinite(values)], minlength=len(names)).tolist()
        hidden = hidden_groups(dict(zip(names, counts.tolist(), strict=True)), minimum)
        concealed = hidden_in_score(dict(zip(names, having, strict=True)), hidden, minimum)
        for position, name in enumerate(names):
            rows = codes == position
            summary = None if not name or name in concealed else _summary(values[rows], estimator.among(rows))
            if summary is not None:
                by_site[name] = summary
    return WavePoint(label, summaries, by_site)


def make_trend(
    waves: Sequence[WavePoint],
    *,
    better: str = "high",
    labels: Mapping[str, str | Message] | None = None,
    shares: frozenset[str] = frozenset(),
    confidence_level: float = 0.95,
) -> Trend | Unavailable:
    """Control charts of every score that at least three waves have.

    Parameters
    ----------
    waves
        Oldest first; the last one is the wave of the report.
    better
        ``high`` or ``low``: which end of the headline is the good one.
    labels
        What the scores are called; their ids without it.
    shares
        Ids of scores that are shares of respondents (1 or 0 each): they get a p chart.
    confidence_level
        Of the interval of each point; the limits are three sigma.

    Returns
    -------
    Trend or Unavailable
        Unavailable with fewer than three waves, or when the headline does not vary.
    """
    if len(waves) < LEAST_WAVES:
        return Unavailable(
            reason=Message("A trend needs at least {least} waves; there are {n}.", least=LEAST_WAVES, n=len(waves))
        )
    names = labels or {}
    headline = next(iter(waves[-1].scores), None)
    series = []
    caveats: list[Message] = []
    for id_ in waves[-1].scores:
        found = [(wave.label, wave.scores[id_]) for wave in waves if id_ in wave.scores]
        try:
            chart = _chart(found, is_share=id_ in shares)
        except NotEstimable as error:
            if id_ == headline:
                return unavailable(error)
            continue
        caveats += [caveat for caveat in chart.caveats if caveat not in caveats]
        series.append(_series(id_, names.get(id_, id_), found, chart, better, confidence_level))
    if not series:
        return Unavailable(reason=Message("The newest wave has no score that may be shown."))
    return Trend(
        waves=tuple(wave.label for wave in waves),
        series=tuple(series),
        sites=_by_site(waves, better, confidence_level, is_share=headline in shares),
        caveats=tuple(caveats),
        reading=series[0].reading,
    )


def _summary(values: Array, estimator: Estimator) -> SampleSummary | None:
    mean = estimator.mean(values)
    return SampleSummary(mean.n, mean.value, mean.se * math.sqrt(mean.n)) if isinstance(mean, MeanEstimate) else None


def _chart(found: Sequence[tuple[str, SampleSummary]], *, is_share: bool) -> ControlChart:
    if len(found) < LEAST_WAVES:
        raise NotEstimable(
            Message("A trend needs at least {least} waves; there are {n}.", least=LEAST_WAVES, n=len(found)),
            n=sum(one.n for _, one in found),
        )
    labels = [label for label, _ in found]
    counted = [round(one.n * one.mean, 6) for _, one in found]
    if is_share and all(count.is_integer() for count in counted):  # a weighted share counts no heads
        return p_chart(counted, [one.n for _, one in found], labels=labels)
    return xbar_chart_from([one for _, one in found], labels=labels)


def _series(
    id_: str,
    label: str | Message,
    found: Sequence[tuple[str, SampleSummary]],
    chart: ControlChart,
    better: str,
    confidence_level: float,
    *,
    newest: Newest | None = None,
) -> TrendSeries:
    points = tuple(
        TrendPoint(
            wave=wave,
            estimate=mean_interval_from(*one, confidence_level=confidence_level),
            lower=float(chart.lower[i]),
            upper=float(chart.upper[i]),
            is_outside=bool(chart.outside[i]),
            ends_run=bool(chart.in_run[i]),
        )
        for i, (wave, one) in enumerate(found)
    )
    distance = points[-1].estimate.value - chart.centre
    place = newest or _place(points[-1], distance)
    is_slight = place != "within" and abs(distance) < SLIGHT_D * chart.sigma
    return TrendSeries(
        id=id_,
        label=label,
        points=points,
        centre=chart.centre,
        sigma=chart.sigma,
        newest=place,
        is_slight=is_slight,
        method=chart.method,
        reading=_read(place, points[-1], better, is_slight=is_slight),
    )


def _place(point: TrendPoint, distance: float) -> Newest:
    if not point.is_outside:
        return "within"
    return "above" if distance > 0 else "below"


def _read(place: Newest, point: TrendPoint, better: str, *, is_slight: bool) -> Message:
    wave = point.wave
    if place == "within":
        return Message("The newest wave ({wave}) lies within the limits of chance.", wave=wave)
    if is_slight:
        return Message("The newest wave ({wave}) lies outside the limits of chance, but only slightly.", wave=wave)
    if (place == "above") == (better == "high"):
        return Message("The newest wave ({wave}) lies outside the limits of chance, on the better side.", wave=wave)
    return Message("The newest wave ({wave}) lies outside the limits of chance, on the worse side.", wave=wave)


def _by_site(
    waves: Sequence[WavePoint], better: str, confidence_level: float, *, is_share: bool
) -> tuple[TrendSeries, ...]:
    """The headline of every site of the newest wave; claims hold the false discovery rate over the sites."""
    charts: dict[str, tuple[list[tuple[str, SampleSummary]], ControlChart]] = {}
    for site in waves[-1].sites:
        found = [(wave.label, wave.sites[site]) for wave in waves if site in wave.sites]
        try:
            charts[site] = found, _chart(found, is_share=is_share)
        except NotEstimable:
            continue
    p_values = adjust_p_values([_p_of_newest(found) for found, _ in charts.values()], "benjamini_hochberg")
    made = []
    for (site, (found, chart)), p in zip(charts.items(), p_values.tolist(), strict=True):
        newest: Newest = "within"
        if bool(chart.outside[-1]) and p < SIGNIFICANCE:
            newest = "above" if chart.points[-1] > chart.centre else "below"
        made.append(_series(site, site, found, chart, better, confidence_level, newest=newest))
    return tuple(made)


def _p_of_newest(found: Sequence[tuple[str, SampleSummary]]) -> float:
    """Test of the newest wave against all earlier ones together."""
    earlier = [one for _, one in found[:-1]]
    n = sum(one.n for one in earlier)
    mean = sum(one.n * one.mean for one in earlier) / n
    squares = sum((one.n - 1) * one.sd**2 for one in earlier)
    try:
        spread = math.sqrt(squares / max(n - len(earlier), 1))
        return welch_t_test_from(found[-1][1], SampleSummary(n, mean, spread)).p_value
    except NotEstimable:
        return 1.0
