"""Batteries with items of their own beside the headline's, such as loyalty intentions."""

from __future__ import annotations

from dataclasses import replace

from servq.analysis.estimating import Estimator
from servq.analysis.findings import BesideBattery, Measure
from servq.analysis.labels import Labels
from servq.analysis.measures import measure_item
from servq.analysis.readings import read_level
from servq.instruments.model import (
    AntecedentScore,
    EffortScore,
    GapRatingScore,
    KanoScore,
    ManagersViewScore,
    NetPromoterScore,
    TopBoxScore,
)
from servq.scoring import Block, ScoredTable


def make_beside(scored: ScoredTable, estimator: Estimator, labels: Labels) -> tuple[BesideBattery, ...]:
    """Dimensions and items of every rating battery that the headline and its own sections do not show."""
    shown = _shown_elsewhere(scored)
    made = []
    for battery, block in scored.ratings.items():
        items = [item for item in block.items if item not in scored.headline.items]
        if battery not in shown and items:
            made.append(_battery(battery, block, items, scored, estimator, labels))
    return tuple(made)


def _shown_elsewhere(scored: ScoredTable) -> frozenset[str]:
    """Batteries of classes, of gaps 1 to 4 and of one-item scores, which have places of their own."""
    found: set[str] = set()
    for score in scored.answers.instrument.definition.scores:
        match score:
            case KanoScore():
                found |= {score.functional, score.dysfunctional}
            case ManagersViewScore() | GapRatingScore() | AntecedentScore():
                found.add(score.battery)
            case NetPromoterScore() | TopBoxScore() | EffortScore() if len(scored.ratings[score.battery].items) == 1:
                found.add(score.battery)
    return frozenset(found)


def _battery(
    battery: str, block: Block, items: list[str], scored: ScoredTable, estimator: Estimator, labels: Labels
) -> BesideBattery:
    scale = labels.scale(battery)
    overall = estimator.mean(block.overall)

    def read(measure: Measure) -> Measure:
        return replace(measure, reading=read_level(measure.levels[battery], scale))

    dimensions = []
    for dimension, positions in zip(block.dimensions, block.positions, strict=True):
        level = {battery: estimator.mean(block.dimension(dimension))}
        dimensions.append(
            read(
                Measure(
                    id=dimension,
                    label=labels.dimension(dimension),
                    n_items=len(positions),
                    levels=level,
                    levels_all=level,
                )
            )
        )
    return BesideBattery(
        battery=battery,
        label=labels.battery(battery),
        scale=scale,
        overall=overall,
        dimensions=tuple(dimensions),
        items=tuple(read(measure_item(item, {battery: block}, scored, estimator, labels)) for item in items),
        reading=read_level(overall, scale),
    )
