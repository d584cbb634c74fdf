"""Answers to scores, row by row: reverse keys, the missing-data rule, dimension scores, gaps and weights.

A score exists for a respondent or is NaN; nothing is averaged over respondents here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from servq.instruments.model import (
    ChecklistScore,
    GapScore,
    Instrument,
    KanoScore,
    PointsBattery,
    RatingBattery,
    Score,
    ToleranceScore,
)
from servq.scoring.answers import AnswerTable
from servq.scoring.blocks import Array, Block, make_block
from servq.scoring.checklist import ChecklistBlock, make_checklist
from servq.scoring.tolerance import Tolerance, make_tolerance


@dataclass(frozen=True)
class Points:
    """Importance points of the respondents.

    Parameters
    ----------
    shares
        Points / total, shape (n_respondents, n_dimensions), NaN in the rows that cannot be used.
    dimensions
        The dimensions that got points, one per column of `shares`.
    n_invalid
        Respondents who gave points that are incomplete or do not sum to the total; their `shares` are NaN.
    total
        The sum asked for, usually 100.
    """

    shares: Array
    dimensions: tuple[str, ...]
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
        The block that the instrument's first score reports: the gap if it is one, the adequacy of a tolerance score,
        the attained shares of a checklist, else the ratings of its battery.
    gap
        Perception − expectation per respondent and item where both exist, or None.
    paired
        The rating batteries of the gap or of the tolerance score, kept only where a respondent has every side of an
        item.
    points
        Importance points, or None without a points battery.
    tolerance, checklist
        What the first score of that kind yields, or None without one.
    """

    answers: AnswerTable
    ratings: dict[str, Block]
    headline: Block
    gap: Block | None
    paired: dict[str, Block]
    points: Points | None
    tolerance: Tolerance | None = None
    checklist: ChecklistBlock | None = None

    @property
    def difference(self) -> Block | None:
        """The headline block where it is a difference from what was expected or accepted, else None."""
        sides = (self.gap, self.tolerance.adequacy if self.tolerance else None)
        return self.headline if any(self.headline is side for side in sides) else None

    def block_of(self, score: Score) -> Block:
        """The item values that a score is the mean of; the ratings of its battery where it is none."""
        made: dict[type[Score], Block | None] = {
            GapScore: self.gap,
            ToleranceScore: self.tolerance.adequacy if self.tolerance else None,
            ChecklistScore: self.checklist,
        }
        return made.get(type(score)) or self.ratings[headline_battery(score)]

    def weighted_dimensions(self, block: Block) -> Array:
        """Points × dimension score / total, shape (n_respondents, n_dimensions); NaN where either is missing.

        A dimension that gets no points by the instrument is NaN throughout.
        """
        weighted = np.full_like(block.dimension_scores, np.nan)
        for position, dimension in enumerate(block.dimensions if self.points else ()):
            if self.points is not None and dimension in self.points.dimensions:
                share = self.points.shares[:, self.points.dimensions.index(dimension)]
                weighted[:, position] = share * block.dimension_scores[:, position]
        return weighted

    def weighted_overall(self, block: Block) -> Array:
        """Sum of points × dimension score / total over the dimensions that get points; NaN where one is missing."""
        weighted = self.weighted_dimensions(block)
        counted = [i for i, name in enumerate(block.dimensions) if self.points and name in self.points.dimensions]
        if self.points is None or len(counted) < len(self.points.dimensions):
            return np.full(len(weighted), np.nan)
        return np.asarray(weighted[:, counted].sum(axis=1), dtype=np.float64)


def headline_battery(score: Score) -> str:
    """The rating battery that says how the service was."""
    match score:
        case GapScore():
            return score.perception
        case ToleranceScore():
            return score.perceived
        case KanoScore():
            return score.functional
        case ChecklistScore():
            return score.batteries[0]
        case _:
            return score.battery


def keyed_values(answers: AnswerTable, battery_id: str) -> Array:
    """Ratings of one battery with reverse-keyed items turned round (min + max − x), shape (n_respondents, n_items)."""
    instrument = answers.instrument
    values = answers.values(battery_id)
    scale = instrument.scale_of(battery_id)
    turned = [i for i, item in enumerate(instrument.asked_in(battery_id)) if instrument.item(item).reversed]
    values[:, turned] = scale.low + scale.high - values[:, turned]
    return values


def score(answers: AnswerTable) -> ScoredTable:
    """Score every respondent by the rules that the instrument declares."""
    instrument = answers.instrument
    definition = instrument.definition
    ratings = {
        battery_id: make_block(instrument, instrument.asked_in(battery_id), keyed_values(answers, battery_id))
        for battery_id, battery in definition.batteries.items()
        if isinstance(battery, RatingBattery)
    }
    gap_score = next((s for s in definition.scores if isinstance(s, GapScore)), None)
    gap, paired = _pair(instrument, ratings, gap_score) if gap_score else (None, {})
    tolerance_score = next((s for s in definition.scores if isinstance(s, ToleranceScore)), None)
    tolerance = make_tolerance(instrument, tolerance_score, ratings) if tolerance_score else None
    checklist_score = next((s for s in definition.scores if isinstance(s, ChecklistScore)), None)
    checklist = make_checklist(answers, checklist_score, ratings) if checklist_score else None
    first = definition.scores[0]
    scored = ScoredTable(
        answers=answers,
        ratings=ratings,
        headline=ratings[headline_battery(first)],
        gap=gap,
        paired=tolerance.levels if tolerance and isinstance(first, ToleranceScore) else paired,
        points=_points(answers),
        tolerance=tolerance,
        checklist=checklist,
    )
    return replace(scored, headline=scored.block_of(first))


def _pair(instrument: Instrument, ratings: dict[str, Block], gap_score: GapScore) -> tuple[Block, dict[str, Block]]:
    perception, expectation = ratings[gap_score.perception], ratings[gap_score.expectation]
    shared = tuple(item for item in perception.items if item in expectation.items)
    p = perception.values[:, [perception.items.index(item) for item in shared]]
    e = expectation.values[:, [expectation.items.index(item) for item in shared]]
    difference = p - e
    both = ~np.isnan(difference)
    paired = {
        gap_score.expectation: make_block(instrument, shared, np.where(both, e, np.nan)),
        gap_score.perception: make_block(instrument, shared, np.where(both, p, np.nan)),
    }
    return make_block(instrument, shared, difference), paired


def _points(answers: AnswerTable) -> Points | None:
    """Points of the battery that weights the first score, or of the only one."""
    batteries = answers.instrument.definition.batteries
    declared = getattr(answers.instrument.definition.scores[0], "weights", None)
    found = next(((k, b) for k, b in batteries.items() if isinstance(b, PointsBattery) and declared in (None, k)), None)
    if found is None:
        return None
    battery_id, battery = found
    values = answers.values(battery_id)
    given = ~np.isnan(values).all(axis=1)
    valid = values.sum(axis=1) == battery.total  # NaN never equals the total
    shares = np.where(valid[:, None], values / battery.total, np.nan)
    return Points(
        shares=shares,
        dimensions=answers.instrument.asked_in(battery_id),
        n_invalid=int((given & ~valid).sum()),
        total=battery.total,
    )
