"""Overall scores that the instrument declares, and the rule by which groups are compared on the headline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from servq.analysis.estimating import Array, Estimator
from servq.analysis.findings import OverallScore, ScoreKind, Unavailable
from servq.analysis.item_scores import item_score_of_group, make_item_scores
from servq.analysis.labels import Labels
from servq.analysis.readings import read_score
from servq.instruments.model import GapScore, MeanScore
from servq.messages import Message
from servq.scoring import Block, ScoredTable
from servq.statistics import Estimate, MeanEstimate

GAP_LABELS: dict[ScoreKind, Message] = {
    "gap": Message("Overall gap, perception − expectation"),
    "gap_weighted": Message("Overall gap, weighted by importance points"),
    "gap_by_items": Message("Overall gap, every item counted alike"),
}
MEAN_LABELS: dict[ScoreKind, Message] = {
    "mean": Message("Overall performance"),
    "mean_weighted": Message("Overall performance, weighted by importance points"),
    "mean_by_items": Message("Overall performance, every item counted alike"),
}


class ScoreOfGroup(Protocol):
    """A score of some respondents: how it is estimated, and how it differs from that of others."""

    @property
    def estimator(self) -> Estimator:
        """With the survey weights of these respondents."""

    @property
    def contributions(self) -> Array:
        """What each respondent adds to the score, which is their mean: shape (n_respondents,), NaN where nothing."""

    def among(self, rows: NDArray[np.bool_], /) -> Self:
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

    def among(self, rows: NDArray[np.bool_]) -> MeanScoreOfGroup:
        """The same score of some of the respondents."""
        return MeanScoreOfGroup(self.contributions[rows], self.estimator.among(rows))

    def estimate(self) -> MeanEstimate | Unavailable:
        """The mean."""
        return self.estimator.mean(self.contributions)

    def difference(self, previous: MeanScoreOfGroup) -> Estimate | Unavailable:
        """Difference of the means, current − previous (Welch)."""
        return self.estimator.difference(self.estimate(), previous.estimate())


def headline_of_group(scored: ScoredTable, estimator: Estimator) -> ScoreOfGroup:
    """The rule of the instrument's first score, for segments and waves."""
    score = scored.answers.instrument.definition.scores[0]
    if isinstance(score, GapScore | MeanScore):
        return MeanScoreOfGroup(scored.headline.overall, estimator)
    return item_score_of_group(score, scored, estimator)


def make_scores(scored: ScoredTable, estimator: Estimator, labels: Labels) -> tuple[OverallScore, ...]:
    """Every overall score of the instrument with its variants; the first is the headline."""
    made: list[OverallScore] = []
    for score in scored.answers.instrument.definition.scores:
        if isinstance(score, GapScore):
            made += _gap_scores(score, scored, estimator)
        elif isinstance(score, MeanScore):
            made += _mean_scores(score, scored, estimator)
        else:
            made += make_item_scores(score, scored, estimator, labels)
    return tuple(replace(one, reading=read_score(one)) for one in made)


def _gap_scores(score: GapScore, scored: ScoredTable, estimator: Estimator) -> list[OverallScore]:
    block = scored.gap
    if block is None:
        return []
    scale = scored.answers.instrument.scale_of(score.perception)
    span = scale.high - scale.low
    levels = {
        id_: estimator.mean(np.where(np.isnan(block.overall), np.nan, side.overall))
        for id_, side in scored.paired.items()
    }
    return [
        OverallScore(
            id=_variant_id(score.id, kind),
            kind=kind,
            label=GAP_LABELS[kind],
            estimate=estimator.test_of_zero(values),
            low=-span,
            high=span,
            better=scale.better,
            unit="scale",
            levels={k: v for k, v in levels.items() if isinstance(v, MeanEstimate)} if kind == "gap" else {},
        )
        for kind, values in _variants(("gap", "gap_weighted", "gap_by_items"), block, scored, weighted=score.weights)
    ]


def _mean_scores(score: MeanScore, scored: ScoredTable, estimator: Estimator) -> list[OverallScore]:
    scale = scored.answers.instrument.scale_of(score.battery)
    block = scored.ratings[score.battery]
    return [
        OverallScore(
            id=_variant_id(score.id, kind),
            kind=kind,
            label=MEAN_LABELS[kind],
            estimate=estimator.mean(values),
            low=scale.low,
            high=scale.high,
            better=scale.better,
            unit="scale",
        )
        for kind, values in _variants(("mean", "mean_weighted", "mean_by_items"), block, scored, weighted=score.weights)
    ]


def _variants(
    kinds: tuple[ScoreKind, ScoreKind, ScoreKind], block: Block, scored: ScoredTable, *, weighted: str | None
) -> list[tuple[ScoreKind, Array]]:
    """The plain overall score, weighted by points where declared, and by items where there are dimensions."""
    plain, by_points, by_items = kinds
    variants = [(plain, block.overall)]
    if weighted is not None and scored.points is not None:
        # the sum is NaN unless the points and every dimension are there
        variants.append((by_points, scored.weighted_dimensions(block).sum(axis=1)))
    if len(block.dimensions) > 1:
        variants.append((by_items, block.by_items))
    return variants


def _variant_id(score_id: str, kind: ScoreKind) -> str:
    _, _, variant = kind.partition("_")
    return f"{score_id}.{variant}" if variant else score_id
