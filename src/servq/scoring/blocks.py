"""Item values with the scores made from them, respondent by respondent; a score exists or is NaN."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from servq.instruments.model import Instrument

Array = NDArray[np.float64]


def share_mean(values: Array, minimum_share: float) -> Array:
    """Mean over the columns of the rows in which at least ``ceil(minimum_share * n_columns)`` values exist.

    Parameters
    ----------
    values
        Shape (n_respondents, n_columns), NaN where missing.
    minimum_share
        Share of the columns that must be there, 0–1; at least one value is always needed.

    Returns
    -------
    ndarray
        Shape (n_respondents,), NaN where too little was answered.
    """
    present = ~np.isnan(values)
    n_present = present.sum(axis=1)
    needed = max(1, math.ceil(round(minimum_share * values.shape[1], 9)))
    total = np.where(present, values, 0.0).sum(axis=1)
    enough = n_present >= needed
    mean: Array = np.divide(total, n_present, out=np.full(values.shape[0], np.nan), where=enough)
    return mean


@dataclass(frozen=True)
class Block:
    """Item values of one kind (a battery, or the gap between two) with the scores made from them.

    Parameters
    ----------
    values
        Shape (n_respondents, n_items), scored direction, NaN where missing.
    items
        Item ids, one per column of `values`.
    dimensions
        Ids of the dimensions that have items in `items`.
    positions
        For each dimension the columns of its items.
    minimum_share
        The missing-data rule of the instrument.
    """

    values: Array
    items: tuple[str, ...]
    dimensions: tuple[str, ...]
    positions: tuple[tuple[int, ...], ...]
    minimum_share: float

    @cached_property
    def dimension_scores(self) -> Array:
        """Shape (n_respondents, n_dimensions)."""
        columns = [share_mean(self.values[:, list(where)], self.minimum_share) for where in self.positions]
        return np.column_stack(columns) if columns else np.empty((self.values.shape[0], 0))

    @cached_property
    def overall(self) -> Array:
        """Mean of all dimension scores, none missing; of all items where there are no dimensions."""
        return self.dimension_scores.mean(axis=1) if self.dimensions else self.by_items

    @cached_property
    def by_items(self) -> Array:
        """Item-weighted overall: mean of the items answered, by the missing-data rule over all items."""
        return share_mean(self.values, self.minimum_share)

    def item(self, item_id: str) -> Array:
        """Values of one item, shape (n_respondents,)."""
        return self.values[:, self.items.index(item_id)]

    def dimension(self, dimension_id: str) -> Array:
        """Scores of one dimension, shape (n_respondents,)."""
        return self.dimension_scores[:, self.dimensions.index(dimension_id)]


def make_block(instrument: Instrument, items: Sequence[str], values: Array) -> Block:
    """Item values with the dimensions that the instrument declares for these items."""
    where = {
        dimension.id: tuple(items.index(item.id) for item in instrument.items_of(dimension.id) if item.id in items)
        for dimension in instrument.definition.dimensions
    }
    kept = {dimension: positions for dimension, positions in where.items() if positions and is_mapped(instrument)}
    return Block(
        values=values,
        items=tuple(items),
        dimensions=tuple(kept),
        positions=tuple(kept.values()),
        minimum_share=instrument.definition.missing.minimum_share,
    )


def is_mapped(instrument: Instrument) -> bool:
    """Whether it is known which item measures which dimension: from the publication, or from whoever adapted it."""
    definition = instrument.definition
    return definition.status == "verified" or (definition.adaptation is not None and definition.adaptation.mapped)
