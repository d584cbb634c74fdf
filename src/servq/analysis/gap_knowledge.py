"""Gap 1: what managers believe that customers expect − what customers expect."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, adjust_family
from servq.analysis.gap_findings import Verdict
from servq.analysis.readings import SLIGHT_D, direction_of
from servq.analysis.study_answers import Role
from servq.analysis.study_findings import KnowledgeGap, KnowledgeRow, PointsRow
from servq.analysis.study_sides import Side, Sides, mean_points, nobody, shared, weighted_by, with_known_weights
from servq.instruments.model import GapScore, ManagersViewScore
from servq.messages import Message
from servq.scoring import Block
from servq.statistics import Comparison, TwoSampleComparison

SIGNIFICANCE = 0.05


def make_knowledge_gap(sides: Sides, absences: Mapping[Role, Message]) -> KnowledgeGap | Unavailable:
    """Gap 1 by item, by dimension and overall, with the 100 points of both sides.

    Items are matched by their id, dimensions by theirs; what only one side has is left out here and named by
    `study_notices`.
    """
    for role in ("managers", "customers"):
        if role not in sides:
            return nobody(role, absences)
    managers, customers = sides["managers"], sides["customers"]
    view, perceived = managers.view, customers.perceived
    if view is None:
        return Unavailable(reason=Message("The managers were not asked what they believe that customers expect."))
    if perceived is None:
        return Unavailable(reason=Message("The customers were not asked what they expect."))
    scales = (managers.labels.scale(view.battery), customers.labels.scale(perceived.expectation))
    if (scales[0].low, scales[0].high) != (scales[1].low, scales[1].high):
        return Unavailable(
            reason=Message(
                "Managers answered on the points {first_low} to {first_high}, customers on {second_low} to "
                "{second_high}; means on different scales cannot be compared.",
                first_low=scales[0].low,
                first_high=scales[0].high,
                second_low=scales[1].low,
                second_high=scales[1].high,
            )
        )
    return _compare(managers, customers, view, perceived)


def _compare(managers: Side, customers: Side, view: ManagersViewScore, perceived: GapScore) -> KnowledgeGap:
    theirs, ours = customers.scored.ratings[perceived.expectation], managers.scored.ratings[view.battery]
    overall: Comparison | Unavailable
    weighted: Comparison | Unavailable
    if set(theirs.dimensions) == set(ours.dimensions):
        overall = _difference(managers, ours.overall, customers, theirs.overall)
        weighted = _weighted(managers, ours, customers, theirs)
    else:
        overall = weighted = Unavailable(
            reason=Message("Managers and customers rate different dimensions, so there is no overall gap 1.")
        )
    dimensions = _read(
        KnowledgeRow(
            id=dimension,
            label=customers.labels.dimension(dimension),
            managers=managers.estimator.mean(ours.dimension(dimension)),
            customers=customers.estimator.mean(theirs.dimension(dimension)),
            gap=_difference(managers, ours.dimension(dimension), customers, theirs.dimension(dimension)),
        )
        for dimension in shared(theirs.dimensions, ours.dimensions)
    )
    instrument = customers.scored.answers.instrument
    items = _read(
        KnowledgeRow(
            id=item,
            label=customers.labels.item(item, perceived.expectation),
            number=instrument.item(item).number,
            dimension=instrument.item(item).dimension,
            managers=managers.estimator.mean(ours.item(item)),
            customers=customers.estimator.mean(theirs.item(item)),
            gap=_difference(managers, ours.item(item), customers, theirs.item(item)),
        )
        for item in shared(theirs.items, ours.items)
    )
    verdict = _verdict(overall, dimensions)
    return KnowledgeGap(
        overall=overall,
        weighted=weighted,
        scale=customers.labels.scale(perceived.expectation),
        dimensions=dimensions,
        items=items,
        points=_points(managers, customers),
        verdict=verdict,
        reading=_reading(overall, dimensions),
    )


def _difference(managers: Side, ours: Array, customers: Side, theirs: Array) -> Comparison | Unavailable:
    return managers.estimator.difference(managers.estimator.mean(ours), customers.estimator.mean(theirs))


def _weighted(managers: Side, ours: Block, customers: Side, theirs: Block) -> Comparison | Unavailable:
    points = mean_points(customers)
    mine, yours = weighted_by(ours, points), weighted_by(theirs, points)
    if mine is None or yours is None:
        return Unavailable(reason=Message("Too few customers spread their points over the dimensions."))
    return with_known_weights(_difference(managers, mine, customers, yours))


def _points(managers: Side, customers: Side) -> tuple[PointsRow, ...] | Unavailable:
    ours, theirs = managers.scored.points, customers.scored.points
    if ours is None or theirs is None:
        return Unavailable(reason=Message("Importance points were not asked from both managers and customers."))
    rows = []
    for dimension in shared(theirs.dimensions, ours.dimensions):
        mine = managers.estimator.mean(ours.shares[:, ours.dimensions.index(dimension)] * ours.total)
        yours = customers.estimator.mean(theirs.shares[:, theirs.dimensions.index(dimension)] * theirs.total)
        rows.append(
            PointsRow(
                id=dimension,
                label=customers.labels.dimension(dimension),
                managers=mine,
                customers=yours,
                difference=managers.estimator.difference(mine, yours),
            )
        )
    if ours.total != theirs.total or all(isinstance(row.difference, Unavailable) for row in rows):
        return Unavailable(reason=Message("Too few managers or customers spread their points so that they sum up."))
    adjusted = adjust_family([row.difference for row in rows])
    return tuple(replace(row, difference=one) for row, one in zip(rows, adjusted, strict=True))


def _read(rows: Iterable[KnowledgeRow]) -> tuple[KnowledgeRow, ...]:
    made = list(rows)
    gaps = adjust_family([row.gap for row in made])
    return tuple(replace(row, gap=gap, reading=read_knowledge(gap)) for row, gap in zip(made, gaps, strict=True))


def is_shown(gap: Comparison | Unavailable) -> bool:
    """Whether a difference is there beyond chance: by its interval and, in a family, after Holm's adjustment."""
    if isinstance(gap, Unavailable) or direction_of(gap) == "open":
        return False
    p = gap.p_value if gap.p_adjusted is None else gap.p_adjusted
    return bool(p < SIGNIFICANCE)


def read_knowledge(gap: Comparison | Unavailable) -> Message:
    """Reading of managers − customers for one dimension or item."""
    if isinstance(gap, Unavailable):
        return gap.reason
    ends = [gap.ci_low, gap.ci_high]
    low, high = (gap.value if end is None else end for end in ends)
    if not is_shown(gap):
        return Message(
            "No difference can be told from chance: it lies between {low:+.2f} and {high:+.2f} points.",
            low=low,
            high=high,
        )
    smaller, larger = sorted((abs(low), abs(high)))
    facts = {"size": abs(gap.value), "low": smaller, "high": larger}
    if _is_slight(gap):
        return Message(
            "Managers and customers differ slightly, by {size:.2f} points ({low:.2f} to {high:.2f}).", **facts
        )
    if gap.value < 0:
        return Message("Managers underestimate it by {size:.2f} points ({low:.2f} to {high:.2f}).", **facts)
    return Message("Managers overestimate it by {size:.2f} points ({low:.2f} to {high:.2f}).", **facts)


def _is_slight(gap: Comparison) -> bool:
    """Whether a difference is small beside the spread within both groups (Cohen's d), as it may be in large samples."""
    if not isinstance(gap, TwoSampleComparison):
        return False
    spread = math.sqrt((gap.first.sd**2 + gap.second.sd**2) / 2)
    return spread > 0 and abs(gap.value) < SLIGHT_D * spread


def _matters(gap: Comparison | Unavailable) -> bool:
    """Whether a difference is there beyond chance and more than a trifle."""
    return isinstance(gap, Comparison) and is_shown(gap) and not _is_slight(gap)


def _verdict(overall: Comparison | Unavailable, dimensions: tuple[KnowledgeRow, ...]) -> Verdict:
    gaps = [overall, *(row.gap for row in dimensions)]
    if any(map(_matters, gaps)):
        return "shown"
    if any(map(is_shown, gaps)):
        return "not_shown"
    if all(isinstance(gap, Unavailable) for gap in gaps):
        return "unavailable"
    return "unclear"  # an interval that holds zero never shows that there is no difference


def _reading(overall: Comparison | Unavailable, dimensions: tuple[KnowledgeRow, ...]) -> Message:
    below = [row.label for row in dimensions if _matters(row.gap) and _value(row) < 0]
    above = [row.label for row in dimensions if _matters(row.gap) and _value(row) > 0]
    if below and above:
        return Message(
            "Managers underestimate what customers expect of {below}, and overestimate it for {above}.",
            below=", ".join(below),
            above=", ".join(above),
        )
    if below:
        return Message("Managers underestimate what customers expect of {below}.", below=", ".join(below))
    if above:
        return Message("Managers overestimate what customers expect of {above}.", above=", ".join(above))
    return _reading_of_all(overall, dimensions)


def _reading_of_all(overall: Comparison | Unavailable, dimensions: tuple[KnowledgeRow, ...]) -> Message:
    """What may be said where no single dimension differs enough to matter."""
    if isinstance(overall, Comparison) and _matters(overall):
        if overall.value < 0:
            return Message("Over all dimensions, managers underestimate what customers expect.")
        return Message("Over all dimensions, managers overestimate what customers expect.")
    if is_shown(overall) or any(is_shown(row.gap) for row in dimensions):
        return Message("Managers and customers differ only slightly.")
    if all(isinstance(row.gap, Unavailable) for row in dimensions):
        return dimensions[0].reading if dimensions else Message("No dimension is rated by both sides.")
    return Message("No difference between what managers believe and what customers expect can be told from chance.")


def _value(row: KnowledgeRow) -> float:
    return row.gap.value if isinstance(row.gap, Comparison) else math.nan
