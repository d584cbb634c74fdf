"""Answers to scores, row by row: reverse keys, the missing-data rule, dimension scores, gaps and weights.

A score exists for a respondent or is NaN; nothing is averaged over respondents here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from servq.instruments.model import GapScore, Instrument, PointsBattery
from servq.scoring.answers import AnswerTable

Array = NDArray[np.float64]


def keyed_values(answers: AnswerTable, battery_id: str) -> Array:
    """Ratings of one battery with reverse-keyed items turned round (min + max − x), shape (n_respondents, n_items)."""
    instrument = answers.instrument
    values = answers.values(battery_id)
    scale = instrument.scale_of(battery_id)
    turned = [i for i, item in enumerate(instrument.asked_in(battery_id)) if instrument.item(item).reversed]
    values[:, turned] = scale.low + scale.high - values[:, turned]
    return values


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


@dataclass(frozen=True)
class Points:
    """Importance points of the respondents.

    Parameters
    ----------
    shares
        Points / total, shape (n_respondents, n_dimensions), NaN in the rows that cannot be used.
    n_invalid
        Respondents who gave points that are incomplete or do not sum to the total; their `shares` are NaN.
    total
        The sum asked for, usually 100.
    """

    shares: Array
    n_invalid: int
    total: int


@dataclass(frozen=True)
class ScoredTable:
    """Everything scored from one `AnswerTable`.

    Parameters
    ----------
    ratings
        One block per rating battery, over everybody.
    headline
        The block that the instrument's first score reports: the gap if it is one, else its battery.
    gap
        Perception − expectation per respondent and item where both exist, or None.
    paired
        The two rating batteries of the gap, kept only where a respondent has both sides of an item.
    points
        Importance points, or None without a points battery.
    """

    answers: AnswerTable
    ratings: dict[str, Block]
    headline: Block
    gap: Block | None
    paired: dict[str, Block]
    points: Points | None

    def weighted_dimensions(self, block: Block) -> Array:
        """Points × dimension score / total, shape (n_respondents, n_dimensions); NaN where either is missing."""
        if self.points is None:
            return np.full_like(block.dimension_scores, np.nan)
        return self.points.shares * block.dimension_scores


def score(answers: AnswerTable) -> ScoredTable:
    """Score every respondent by the rules that the instrument declares."""
    definition = answers.instrument.definition
    ratings = {
        battery_id: _block(answers.instrument, battery_id, keyed_values(answers, battery_id))
        for battery_id, battery in definition.batteries.items()
        if not isinstance(battery, PointsBattery)
    }
    gap_score = next((s for s in definition.scores if isinstance(s, GapScore)), None)
    gap, paired = _pair(answers.instrument, ratings, gap_score) if gap_score else (None, {})
    first = definition.scores[0]
    if isinstance(first, GapScore) and gap is not None:
        headline = gap
    else:
        headline = ratings[first.perception if isinstance(first, GapScore) else first.battery]
    return ScoredTable(
        answers=answers, ratings=ratings, headline=headline, gap=gap, paired=paired, points=_points(answers)
    )


def _pair(instrument: Instrument, ratings: dict[str, Block], gap_score: GapScore) -> tuple[Block, dict[str, Block]]:
    perception, expectation = ratings[gap_score.perception], ratings[gap_score.expectation]
    shared = tuple(item for item in perception.items if item in expectation.items)
    p = perception.values[:, [perception.items.index(item) for item in shared]]
    e = expectation.values[:, [expectation.items.index(item) for item in shared]]
    difference = p - e
    both = ~np.isnan(difference)
    paired = {
        gap_score.expectation: _block_of(instrument, shared, np.where(both, e, np.nan)),
        gap_score.perception: _block_of(instrument, shared, np.where(both, p, np.nan)),
    }
    return _block_of(instrument, shared, difference), paired


def _block(instrument: Instrument, battery_id: str, values: Array) -> Block:
    return _block_of(instrument, instrument.asked_in(battery_id), values)


def _block_of(instrument: Instrument, items: Sequence[str], values: Array) -> Block:
    where = {
        dimension.id: tuple(items.index(item.id) for item in instrument.items_of(dimension.id) if item.id in items)
        for dimension in instrument.definition.dimensions
    }
    kept = {dimension: positions for dimension, positions in where.items() if positions}
    return Block(
        values=values,
        items=tuple(items),
        dimensions=tuple(kept),
        positions=tuple(kept.values()),
        minimum_share=instrument.definition.missing.minimum_share,
    )


def _points(answers: AnswerTable) -> Points | None:
    batteries = answers.instrument.definition.batteries
    found = next(((k, b) for k, b in batteries.items() if isinstance(b, PointsBattery)), None)
    if found is None:
        return None
    battery_id, battery = found
    values = answers.values(battery_id)
    given = ~np.isnan(values).all(axis=1)
    valid = values.sum(axis=1) == battery.total  # NaN never equals the total
    shares = np.where(valid[:, None], values / battery.total, np.nan)
    return Points(shares=shares, n_invalid=int((given & ~valid).sum()), total=battery.total)
