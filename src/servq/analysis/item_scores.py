"""Scores of a single item: net promoter score, top boxes, customer effort."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from servq import statistics
from servq.analysis.estimating import Array, Estimator
from servq.analysis.findings import OverallScore, Unavailable
from servq.analysis.labels import Labels
from servq.analysis.measures import count_points
from servq.instruments.model import EffortScore, NetPromoterScore, ResponseScale, TopBoxScore
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Estimate

ItemScore = NetPromoterScore | TopBoxScore | EffortScore


@dataclass(frozen=True)
class ItemRule:
    """How one single-item score is estimated and compared.

    Parameters
    ----------
    values
        Ratings, shape (n_respondents,), NaN where missing.
    """

    score: ItemScore
    scale: ResponseScale
    values: Array
    estimator: Estimator

    def estimate(self, ratings: Array) -> Estimate | Unavailable:
        """The score of any group of respondents."""
        ends = (self.scale.low, self.scale.high)
        match self.score:
            case NetPromoterScore():
                return self.estimator.estimate(statistics.net_promoter_score, ratings)
            case EffortScore(boxes=boxes):
                effort = partial(
                    statistics.customer_effort_score,
                    scale=ends,
                    boxes=boxes,
                    direction="high_is_good" if self.scale.better == "high" else "low_is_good",
                )
                return self.estimator.estimate(effort, ratings)
            case TopBoxScore(boxes=boxes):
                best = partial(statistics.top_box, points=boxes, scale=ends)
                return self.estimator.estimate(best, self._best_high(ratings))

    def difference(self, current: Array, previous: Array) -> Estimate | Unavailable:
        """Difference of two independent groups, current − previous."""
        match self.score:
            case NetPromoterScore():
                return self.estimator.estimate(statistics.net_promoter_difference, current, previous)
            case EffortScore():
                return self.estimator.difference(current, previous)
            case TopBoxScore():
                return self._share_difference(current, previous)

    def _best_high(self, ratings: Array) -> Array:
        return ratings if self.scale.better == "high" else self.scale.low + self.scale.high - ratings

    def _share_difference(self, current: Array, previous: Array) -> Estimate | Unavailable:
        one, two = self.estimate(current), self.estimate(previous)
        for share in (one, two):
            if isinstance(share, Unavailable):
                return share
        if isinstance(one, statistics.ProportionEstimate) and isinstance(two, statistics.ProportionEstimate):
            return statistics.newcombe_interval(
                one.successes, one.n, two.successes, two.n, confidence_level=self.estimator.confidence_level
            )
        return Unavailable(reason=Message("The two waves have no share to compare."))


def item_rule(score: ItemScore, scored: ScoredTable, estimator: Estimator) -> ItemRule:
    """The rule of a single-item score with its ratings."""
    block = scored.ratings[score.battery]
    return ItemRule(
        score=score,
        scale=scored.answers.instrument.scale_of(score.battery),
        values=block.values[:, block.items.index(score.item)],
        estimator=estimator,
    )


def make_item_scores(score: ItemScore, scored: ScoredTable, estimator: Estimator, labels: Labels) -> list[OverallScore]:
    """The overall score of one item; effort also yields the share who found it easy."""
    rule = item_rule(score, scored, estimator)
    estimate = rule.estimate(rule.values)
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
                estimate=estimate.easy if isinstance(estimate, statistics.EffortScore) else estimate,
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
