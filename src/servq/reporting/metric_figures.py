"""Charts of one-item scores: how the answers spread over the points, and which points count together."""

from __future__ import annotations

from itertools import groupby
from typing import Literal

from servq.analysis.findings import OverallScore, Scale, Unavailable
from servq.reporting import charts
from servq.reporting.charts import Column, ColumnGroup
from servq.reporting.figures import Figure
from servq.reporting.formats import PART_NAMES, Formats
from servq.statistics.estimate import Estimate

Tone = Literal["low", "middle", "high"]
# Reichheld (2003): the points that make detractors, passives and promoters.
DETRACTORS_UP_TO = 6
PASSIVES_UP_TO = 8
_EQUAL = 1e-9


def distribution_figure(score: OverallScore, scale: Scale, formats: Formats) -> Figure | None:
    """Draw the answers to a one-item score; None where nobody answered or the score has no points of its own."""
    total = sum(score.distribution)
    if not total:
        return None
    tones = _tones(score)
    shares = [count / total for count in score.distribution]
    columns = [
        Column(name=str(point), share=share, label=formats.value(share, "share"), tone=tone)
        for point, share, tone in zip(score.points, shares, tones, strict=True)
    ]
    low, high = scale.anchors.get(score.points[0], ""), scale.anchors.get(score.points[-1], "")
    svg = charts.column_chart(columns, _groups(score, tones, formats), ends=(low, high))
    answers = "; ".join(
        formats.t("{point}: {n} answers, {share}", point=str(point), n=formats.t.count(count), share=column.label)
        for point, count, column in zip(score.points, score.distribution, columns, strict=True)
    )
    parts = "; ".join(
        f"{formats.t.say(part_name(name))} {formats.with_interval(part, 'share')}" for name, part in score.parts.items()
    )
    alt = formats.t("Answers by point of the scale.") + f" {answers}." + (f" {parts}." if parts else "")
    return Figure(uri=charts.data_uri(svg), alt=alt)


def part_name(name: str) -> str:
    """Name of a part of a score as a translatable sentence."""
    return PART_NAMES.get(name, name)


def _tones(score: OverallScore) -> list[Tone]:
    if score.kind == "net_promoter":
        return [
            "low" if point <= DETRACTORS_UP_TO else "middle" if point <= PASSIVES_UP_TO else "high"
            for point in score.points
        ]
    counted = _points_that_count(score)
    return ["high" if point in counted else "middle" for point in score.points]


def _points_that_count(score: OverallScore) -> frozenset[int]:
    """The best points whose share is the score; empty where no run of best points gives it (weighted surveys)."""
    if score.unit != "share" or isinstance(score.estimate, Unavailable):
        return frozenset()
    total = sum(score.distribution)
    pairs = list(zip(score.points, score.distribution, strict=True))
    best_first = pairs[::-1] if score.better == "high" else pairs
    chosen: list[int] = []
    reached = 0
    for point, count in best_first:
        chosen.append(point)
        reached += count
        if abs(reached / total - score.estimate.value) < _EQUAL:
            return frozenset(chosen)
    return frozenset()


def _groups(score: OverallScore, tones: list[Tone], formats: Formats) -> list[ColumnGroup]:
    names: dict[Tone, str]
    estimates: dict[Tone, Estimate | None]
    if score.kind == "net_promoter":
        names = {"low": "detractors", "middle": "passives", "high": "promoters"}
        estimates = {tone: score.parts.get(name) for tone, name in names.items()}
    else:
        names = {"high": "top_box"}
        estimates = {"high": score.estimate if isinstance(score.estimate, Estimate) else None}
    groups, first = [], 0
    for tone, run in groupby(tones):
        last = first + len(list(run)) - 1
        estimate = estimates.get(tone)
        if estimate is not None:
            groups.append(
                ColumnGroup(
                    first=first,
                    last=last,
                    title=f"{formats.t.say(part_name(names[tone]))} {formats.value(estimate.value, 'share')}",
                    label=formats.interval(estimate, "share"),
                    tone=tone,
                )
            )
        first = last + 1
    return groups
