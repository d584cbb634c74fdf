"""Dimensions and items: levels, gaps, Holm's adjustment within each family, distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from servq.analysis.estimating import Array, Estimator, adjust_family
from servq.analysis.findings import Measure, Scale
from servq.analysis.labels import Labels
from servq.analysis.readings import read_measure
from servq.scoring import Block, ScoredTable


def make_dimensions(scored: ScoredTable, estimator: Estimator, labels: Labels, scale: Scale) -> tuple[Measure, ...]:
    """One measure per dimension, in the instrument's order; their gaps are one family of tests."""
    measures = []
    for dimension in scored.headline.dimensions:
        measure = Measure(
            id=dimension,
            label=labels.dimension(dimension),
            n_items=len(scored.headline.positions[scored.headline.dimensions.index(dimension)]),
            levels_all={id_: estimator.mean(_dimension(b, dimension)) for id_, b in scored.ratings.items()},
            levels={id_: estimator.mean(_dimension(b, dimension)) for id_, b in _compared(scored).items()},
            gap=estimator.test_of_zero(_dimension(scored.gap, dimension)) if scored.gap else None,
        )
        measures.append(replace(measure, reading=read_measure(measure, scale)))
    return _with_holm(measures)


def make_items(scored: ScoredTable, estimator: Estimator, labels: Labels, scale: Scale) -> tuple[Measure, ...]:
    """One measure per item of the headline block, in the instrument's order; their gaps are one family of tests."""
    instrument = scored.answers.instrument
    measures = []
    for item_id in scored.headline.items:
        item = instrument.item(item_id)
        asking = {id_: block for id_, block in scored.ratings.items() if item_id in block.items}
        wording = labels.wordings(item_id)
        measure = Measure(
            id=item_id,
            label=wording[labels.headline_battery],
            number=item.number,
            dimension=item.dimension,
            reversed=item.reversed,
            levels_all={id_: estimator.mean(_item(block, item_id)) for id_, block in asking.items()},
            levels={id_: estimator.mean(_item(b, item_id)) for id_, b in _compared(scored).items() if id_ in asking},
            gap=estimator.test_of_zero(_item(scored.gap, item_id)) if scored.gap else None,
            distribution={
                id_: count_points(_item(block, item_id), instrument.scale_of(id_).points)
                for id_, block in asking.items()
                if estimator.too_few(int(np.isfinite(_item(block, item_id)).sum())) is None
            },
            wording=wording,
        )
        measures.append(replace(measure, reading=read_measure(measure, scale)))
    return _with_holm(measures)


def count_points(values: Array, points: range) -> tuple[int, ...]:
    """Number of answers on each scale point, low to high."""
    present = values[~np.isnan(values)].astype(np.intp) - points.start
    return tuple(int(count) for count in np.bincount(present, minlength=len(points)))


def _compared(scored: ScoredTable) -> dict[str, Block]:
    """The batteries shown beside a gap over the same respondents, or all batteries where there is no gap."""
    return scored.paired or scored.ratings


def _dimension(block: Block, dimension: str) -> Array:
    return block.dimension_scores[:, block.dimensions.index(dimension)]


def _item(block: Block, item: str) -> Array:
    return block.values[:, block.items.index(item)]


def _with_holm(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    gaps = adjust_family([measure.gap for measure in measures])
    return tuple(replace(measure, gap=gap) for measure, gap in zip(measures, gaps, strict=True))
