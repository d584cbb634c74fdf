"""Scores of a single item: net promoter score, top boxes, customer effort."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from servq import statistics
from servq.analysis.estimating import Array, Estimator, Rows
from servq.analysis.findings import OverallScore, Unavailable
from servq.analysis.labels import Labels
from servq.analysis.measures import count_points
from servq.instruments.model import EffortScore, NetPromoterScore, ResponseScale, TopBoxScore
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Estimate
from servq.statistics.net_promoter import HIGHEST_DETRACTOR, LOWEST_PROMOTER

ItemScore = NetPromoterScore | TopBoxScore | EffortScore


@dataclass(frozen=True)
class ItemScoreOfGroup:
    """How one single-item score is estimated and compared.

    With survey weights every one of these scores is a weighted mean of what an answer contributes to it.

    Parameters
    ----------
    values
        Ratings, shape (n_respondents,), NaN where missing.
    """

    score: ItemScore
    scale: ResponseScale
    values: Array
    estimator: Estimator

    def among(self, rows: Rows) -> ItemScoreOfGroup:
        """The same score of some of the respondents."""
        return replace(self, values=self.values[rows], estimator=self.estimator.among(rows))

    def estimate(self) -> Estimate | Unavailable:
        """The score of these respondents."""
        if self.estimator.weights is not None:
            return self.estimator.mean(self.contributions)
        ends = (self.scale.low, self.scale.high)
        match self.score:
            case NetPromoterScore():
                return self.estimator.estimate(statistics.net_promoter_score, self.values)
            case EffortScore():
                return self.estimator.mean(self.values)
            case TopBoxScore(boxes=boxes):
                return self.estimator.estimate(partial(statistics.top_box, points=boxes, scale=ends), self.good)

    def difference(self, previous: ItemScoreOfGroup) -> Estimate | Unavailable:
        """Difference to independent respondents of an earlier wave, current − previous."""
        if self.estimator.weights is None and previous.estimator.weights is None:
            if isinstance(self.score, NetPromoterScore):
                return self.estimator.estimate(statistics.net_promoter_difference, self.values, previous.values)
            if isinstance(self.score, TopBoxScore):
                return self._share_difference(previous)
        one, two = self.estimator.mean(self.contributions), previous.estimator.mean(previous.contributions)
        return self.estimator.difference(one, two)

    def easy(self) -> Estimate | Unavailable:
        """Share of the respondents on the points that count as easy."""
        if not isinstance(self.score, EffortScore):
            raise TypeError(f"{self.score.id} is no effort score.")
        share = TopBoxScore(id=self.score.id, battery=self.score.battery, item=self.score.item, boxes=self.score.boxes)
        return replace(self, score=share).estimate()

    @property
    def good(self) -> Array:
        """Ratings turned so that high is good."""
        return self.values if self.scale.better == "high" else self.scale.low + self.scale.high - self.values

    @property
    def contributions(self) -> Array:
        """What each answer adds to the score; the score is the mean of these."""
        match self.score:
            case NetPromoterScore():
                promoter = self.values >= LOWEST_PROMOTER
                detractor = self.values <= HIGHEST_DETRACTOR
                return np.where(np.isnan(self.values), np.nan, 100.0 * promoter - 100.0 * detractor)
            case EffortScore():
                return self.values
            case TopBoxScore(boxes=boxes):
                return np.where(np.isnan(self.values), np.nan, 1.0 * (self.good > self.scale.high - boxes))

    def _share_difference(self, previous: ItemScoreOfGroup) -> Estimate | Unavailable:
        one, two = self.contributions, previous.contributions

        def newcombe(current: Array, earlier: Array, *, confidence_level: float) -> Estimate:
            return statistics.newcombe_interval(
                int(current.sum()), current.size, int(earlier.sum()), earlier.size, confidence_level=confidence_level
            )

        return self.estimator.estimate(newcombe, one, two)


def item_score_of_group(score: ItemScore, scored: ScoredTable, estimator: Estimator) -> ItemScoreOfGroup:
    """The rule of a single-item score with its ratings."""
    block = scored.ratings[score.battery]
    return ItemScoreOfGroup(
        score=score,
        scale=scored.answers.instrument.scale_of(score.battery),
        values=block.values[:, block.items.index(score.item)],
        estimator=estimator,
    )


def make_item_scores(score: ItemScore, scored: ScoredTable, estimator: Estimator, labels: Labels) -> list[OverallScore]:
    """The overall score of one item; effort also yields the share who found it easy."""
    rule = item_score_of_group(score, scored, estimator)
    estimate = rule.estimate()
    points = tuple(rule.scale.points)
    base = OverallScore(
        id=score.id,
        kind="net_promoter",
        label=Message("Net Promoter Score"),
        estimate=estimate,
        low=-100,
        high=100,
        better="high",
        unit="points",
        points=points,
        distribution=() if isinstance(estimate, Unavailable) else count_points(rule.values, rule.scale.points),
        item_wording=labels.item(score.item, score.battery),
    )
    match score:
        case NetPromoterScore():
            return [replace(base, parts=_net_promoter_parts(estimate))]
        case TopBoxScore(boxes=boxes):
            label = Message("Share on the best {boxes} of {points} points", boxes=boxes, points=len(points))
            return [replace(base, kind="top_box", label=label, low=0, high=1, unit="share")]
        case EffortScore():
            scale = rule.scale
            mean = replace(
                base,
                kind="effort",
                label=Message("Customer effort, mean rating"),
                low=scale.low,
                high=scale.high,
                better=scale.better,
                unit="scale",
            )
            easy = replace(
                base,
                id=f"{score.id}.share",
                kind="effort_share",
                label=Message("Share who found it easy"),
                estimate=rule.easy(),
                low=0,
                high=1,
                unit="share",
            )
            return [mean, easy]


def _net_promoter_parts(estimate: Estimate | Unavailable) -> dict[str, Estimate]:
    if not isinstance(estimate, statistics.NetPromoterScore):
        return {}
    counts = {
        "promoters": estimate.n_promoters,
        "passives": estimate.n_passives,
        "detractors": estimate.n_detractors,
    }
    level = estimate.confidence_level
    return {
        part: statistics.wilson_interval(count, estimate.n, confidence_level=level) for part, count in counts.items()
    }
