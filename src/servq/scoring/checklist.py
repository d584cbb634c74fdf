"""Checklists, row by row: the share of the attainable points that was attained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from servq.instruments.model import ChecklistScore, Column
from servq.scoring.answers import AnswerTable, Missing
from servq.scoring.blocks import Array, Block, is_mapped


@dataclass(frozen=True)
class ChecklistBlock(Block):
    """Shares of the attainable points; an item that does not apply, or was not asked, is attainable by nobody.

    Parameters
    ----------
    weights
        What each item counts, shape (n_items,).
    applies
        Whether an item could be answered at all, shape (n_respondents, n_items).
    batteries
        The battery that asks each item.
    """

    weights: Array
    applies: NDArray[np.bool_]
    batteries: tuple[str, ...]

    @cached_property
    def dimension_scores(self) -> Array:
        """Share of the attainable points of each stage, shape (n_respondents, n_dimensions)."""
        columns = [self._share(list(where)) for where in self.positions]
        return np.column_stack(columns) if columns else np.empty((self.values.shape[0], 0))

    @cached_property
    def overall(self) -> Array:
        """Share of all attainable points, every item by its weight; stages are not weighted again."""
        return self._share(list(range(len(self.items))))

    @cached_property
    def by_items(self) -> Array:
        """The same as `overall`: the points count, not the stages."""
        return self.overall

    def _share(self, where: list[int]) -> Array:
        values, weights, applies = self.values[:, where], self.weights[where], self.applies[:, where]
        present = ~np.isnan(values)
        n_applying = applies.sum(axis=1)
        needed = np.array([max(1, math.ceil(round(self.minimum_share * n, 9))) for n in n_applying.tolist()])
        attainable = (present * weights).sum(axis=1)
        attained = (np.where(present, values, 0.0) * weights).sum(axis=1)
        enough = present.sum(axis=1) >= needed
        share: Array = np.divide(attained, attainable, out=np.full(len(values), np.nan), where=enough)
        return share


def make_checklist(answers: AnswerTable, score: ChecklistScore, ratings: dict[str, Block]) -> ChecklistBlock:
    """Turn points into shares: (point − low) / (high − low) towards the good end of each battery's scale."""
    instrument = answers.instrument
    items: list[str] = []
    batteries: list[str] = []
    shares: list[Array] = []
    applies: list[NDArray[np.bool_]] = []
    columns = instrument.columns
    for battery in score.batteries:
        scale = instrument.scale_of(battery)
        for item in ratings[battery].items:
            attained = (ratings[battery].item(item) - scale.low) / (scale.high - scale.low)
            codes = answers.codes[:, columns.index(Column(battery, item))]
            items.append(item)
            batteries.append(battery)
            shares.append(attained if scale.better == "high" else 1 - attained)
            applies.append((codes != Missing.NOT_APPLICABLE) & (codes != Missing.NOT_SHOWN))
    stages = {
        dimension.id: tuple(i for i, item in enumerate(items) if instrument.item(item).dimension == dimension.id)
        for dimension in instrument.definition.dimensions
        if is_mapped(instrument)
    }
    kept = {stage: positions for stage, positions in stages.items() if positions}
    return ChecklistBlock(
        values=np.column_stack(shares),
        items=tuple(items),
        dimensions=tuple(kept),
        positions=tuple(kept.values()),
        minimum_share=instrument.definition.missing.minimum_share,
        weights=np.array([instrument.item(item).weight for item in items]),
        applies=np.column_stack(applies),
        batteries=tuple(batteries),
    )
