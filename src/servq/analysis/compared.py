"""What groups and waves are compared on: any declared score of some respondents, and how it differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, Estimator, Rows
from servq.analysis.item_scores import item_score_of_group
from servq.analysis.labels import Labels
from servq.analysis.path_models import fit_indices
from servq.instruments.model import (
    EffortScore,
    KanoScore,
    NetPromoterScore,
    PathScore,
    Score,
    TopBoxScore,
)
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Estimate, MeanEstimate


class ScoreOfGroup(Protocol):
    """A score of some respondents: how it is estimated, and how it differs from that of others."""

    @property
    def estimator(self) -> Estimator:
        """With the survey weights of these respondents."""

    @property
    def contributions(self) -> Array:
        """What each respondent adds to the score, which is their mean: shape (n_respondents,), NaN where nothing."""

    def among(self, rows: Rows, /) -> Self:
        """The same score of some of the respondents."""

    def estimate(self) -> Estimate | Unavailable:
        """The score."""

    def difference(self, previous: Self, /) -> Estimate | Unavailable:
        """Difference to independent respondents of an earlier wave, current − previous."""


@dataclass(frozen=True)
class MeanScoreOfGroup:
    """A score that is the mean of the respondents' scores."""

    contributions: Array
    estimator: Estimator

    def among(self, rows: Rows) -> MeanScoreOfGroup:
        """The same score of some of the respondents."""
        return MeanScoreOfGroup(self.contributions[rows], self.estimator.among(rows))

    def estimate(self) -> MeanEstimate | Unavailable:
        """The mean."""
        return self.estimator.mean(self.contributions)

    def difference(self, previous: MeanScoreOfGroup) -> Estimate | Unavailable:
        """Difference of the means, current − previous (Welch)."""
        return self.estimator.difference(self.estimate(), previous.estimate())


@dataclass(frozen=True)
class Compared:
    """The headline score and its dimensions, respondent by respondent."""

    overall: ScoreOfGroup
    dimensions: Mapping[str, Array]

    @property
    def dimension_scores(self) -> Array:
        """Shape (n_respondents, n_dimensions)."""
        columns = list(self.dimensions.values())
        return np.column_stack(columns) if columns else np.empty((self.overall.contributions.size, 0))


def score_of_group(
    score: Score, scored: ScoredTable, estimator: Estimator, labels: Labels
) -> ScoreOfGroup | Unavailable:
    """The rule of a declared score."""
    if isinstance(score, NetPromoterScore | TopBoxScore | EffortScore):
        return item_score_of_group(score, scored, estimator)
    if isinstance(score, KanoScore):
        return Unavailable(reason=Message("Classes of items have no mean that groups could be compared on."))
    if isinstance(score, PathScore):
        fitted = fit_indices(scored, score, estimator, labels)
        if isinstance(fitted, Unavailable):
            return fitted
        return MeanScoreOfGroup(fitted.scores(score.target), estimator)
    return MeanScoreOfGroup(scored.block_of(score).overall, estimator)


def make_compared(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Compared | Unavailable:
    """What the groups and waves of the instrument's first score are compared on."""
    first = scored.answers.instrument.definition.scores[0]
    if isinstance(first, PathScore):
        fitted = fit_indices(scored, first, estimator, labels)
        if isinstance(fitted, Unavailable):
            return fitted
        overall = MeanScoreOfGroup(fitted.scores(first.target), estimator)
        return Compared(overall, {dimension: fitted.scores(dimension) for dimension in fitted.names})
    rule = score_of_group(first, scored, estimator, labels)
    if isinstance(rule, Unavailable):
        return rule
    block = scored.headline
    return Compared(rule, {dimension: block.dimension(dimension) for dimension in block.dimensions})
