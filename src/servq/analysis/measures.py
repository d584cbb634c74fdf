"""Dimensions and items: levels, gaps, Holm's adjustment within each family, distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from servq.analysis.estimating import Array, Estimator, adjust_family
from servq.analysis.findings import Measure, Scale, Unavailable
from servq.analysis.labels import Labels
from servq.analysis.readings import read_adequacy, read_measure
from servq.analysis.score_findings import Checklist, PathModelFinding
from servq.instruments.model import GapRatingScore, ManagersViewScore
from servq.messages import Message
from servq.scoring import Block, ScoredTable
from servq.statistics import MeanEstimate


def make_dimensions(scored: ScoredTable, estimator: Estimator, labels: Labels, scale: Scale) -> tuple[Measure, ...]:
    """One measure per dimension, in the instrument's order; their gaps are one family of tests."""
    measures = []
    difference = scored.difference
    for dimension in scored.headline.dimensions:
        measure = Measure(
            id=dimension,
            label=labels.dimension(dimension),
            n_items=len(scored.headline.positions[scored.headline.dimensions.index(dimension)]),
            levels_all=_dimension_levels(scored.ratings, dimension, estimator),
            levels=_dimension_levels(_compared(scored, labels), dimension, estimator),
            gap=estimator.test_of_zero(difference.dimension(dimension)) if difference else None,
        )
        measures.append(replace(measure, reading=_reading(measure, scored, labels, scale)))
    return _with_holm(measures)


def make_items(scored: ScoredTable, estimator: Estimator, labels: Labels, scale: Scale) -> tuple[Measure, ...]:
    """One measure per item of the headline block, in the instrument's order; their gaps are one family of tests."""
    measures = []
    difference = scored.difference
    for item_id in scored.headline.items:
        measure = replace(
            measure_item(item_id, scored.ratings, scored, estimator, labels),
            levels={
                id_: estimator.mean(block.item(item_id))
                for id_, block in _compared(scored, labels).items()
                if item_id in block.items
            },
            gap=estimator.test_of_zero(difference.item(item_id)) if difference else None,
        )
        measures.append(replace(measure, reading=_reading(measure, scored, labels, scale)))
    return _with_holm(measures)


def measure_item(
    item_id: str, blocks: Mapping[str, Block], scored: ScoredTable, estimator: Estimator, labels: Labels
) -> Measure:
    """One item in every one of these batteries that asks it, without a gap and without its reading."""
    instrument = scored.answers.instrument
    item = instrument.item(item_id)
    asking = {id_: block for id_, block in blocks.items() if item_id in block.items}
    wording = {id_: text for id_, text in labels.wordings(item_id).items() if id_ in asking}
    levels = {id_: estimator.mean(block.item(item_id)) for id_, block in asking.items()}
    return Measure(
        id=item_id,
        label=wording.get(labels.headline_battery) or next(iter(wording.values())),
        number=item.number,
        dimension=item.dimension if item.dimension in scored_dimensions(blocks) else None,
        reversed=item.reversed,
        levels_all=levels,
        levels=levels,
        distribution={
            id_: count_points(block.item(item_id), instrument.scale_of(id_).points)
            for id_, block in asking.items()
            if estimator.too_few(int(np.isfinite(block.item(item_id)).sum())) is None
        },
        wording=wording,
    )


def scored_dimensions(blocks: Mapping[str, Block]) -> frozenset[str]:
    """Dimensions that have a score in one of these blocks."""
    return frozenset(dimension for block in blocks.values() for dimension in block.dimensions)


def count_points(values: Array, points: range) -> tuple[int, ...]:
    """Number of answers on each scale point, low to high."""
    present = values[~np.isnan(values)].astype(np.intp) - points.start
    return tuple(int(count) for count in np.bincount(present, minlength=len(points)))


def _compared(scored: ScoredTable, labels: Labels) -> Mapping[str, Block]:
    """Batteries shown beside each other: over the same respondents where they are compared, else on one scale."""
    if scored.difference is not None:
        return scored.paired
    instrument = scored.answers.instrument
    if isinstance(instrument.definition.scores[0], ManagersViewScore | GapRatingScore):
        # what its batteries ask of a dimension cannot be compared, although the points are the same
        return {labels.headline_battery: scored.ratings[labels.headline_battery]}
    headline = instrument.scale_of(labels.headline_battery)
    return {
        id_: block
        for id_, block in scored.ratings.items()
        if (scale := instrument.scale_of(id_)).low == headline.low and scale.high == headline.high
    }


def _dimension_levels(
    blocks: Mapping[str, Block], dimension: str, estimator: Estimator
) -> dict[str, MeanEstimate | Unavailable]:
    return {
        id_: estimator.mean(block.dimension(dimension))
        for id_, block in blocks.items()
        if dimension in block.dimensions
    }


def _reading(measure: Measure, scored: ScoredTable, labels: Labels, scale: Scale) -> Message:
    if scored.tolerance is not None and scored.difference is scored.tolerance.adequacy and measure.gap is not None:
        return read_adequacy(measure.gap)
    return read_measure(measure, labels.headline_battery, scale)


def _with_holm(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    gaps = adjust_family([measure.gap for measure in measures])
    return tuple(replace(measure, gap=gap) for measure, gap in zip(measures, gaps, strict=True))


def index_measures(model: PathModelFinding, battery: str) -> tuple[Measure, ...]:
    """Indices from 0 to 100 as the dimensions of a report."""
    return tuple(
        Measure(
            id=index.id,
            label=index.label,
            n_items=len(index.items),
            levels={battery: index.index},
            levels_all={battery: index.index},
            reading=index.reading,
        )
        for index in model.indices
    )


def stage_measures(checklist: Checklist, battery: str) -> tuple[Measure, ...]:
    """Stages of a checklist as the dimensions of a report."""
    return tuple(
        Measure(
            id=stage.id,
            label=stage.label,
            n_items=stage.n_items,
            levels={battery: stage.share},
            levels_all={battery: stage.share},
            reading=stage.reading,
        )
        for stage in checklist.stages
    )


def checklist_measures(checklist: Checklist) -> tuple[Measure, ...]:
    """Items of a checklist by the share of their attainable points."""
    return tuple(
        Measure(
            id=item.id,
            label=item.label,
            number=item.number,
            dimension=item.stage,
            levels={item.battery: item.share},
            levels_all={item.battery: item.share},
            distribution={item.battery: item.counts} if item.counts else {},
            wording={item.battery: item.label},
            reading=item.reading,
        )
        for item in checklist.items
    )
